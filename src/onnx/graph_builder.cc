#include "onnx/graph_builder.h"

#include <onnx.pb.h>

#include "base/text.h"

namespace gyre::onnx {
namespace {

using ::onnx::AttributeProto;
using ::onnx::TensorProto;

/// IR version 8 and operator set 17 are of 2022: every runtime in use reads them.
constexpr int64_t kIrVersion = 8;

TensorProto::DataType ToProtoType(ElementType type) {
  switch (type) {
    case ElementType::kFloat:
      return TensorProto::FLOAT;
    case ElementType::kDouble:
      return TensorProto::DOUBLE;
    case ElementType::kInt32:
      return TensorProto::INT32;
    case ElementType::kInt64:
      return TensorProto::INT64;
    case ElementType::kString:
      return TensorProto::STRING;
    case ElementType::kBool:
      return TensorProto::BOOL;
    case ElementType::kOther:
      break;
  }
  return TensorProto::UNDEFINED;
}

/// Numbers as ONNX's raw form: little-endian, as is every machine this runs on.
static_assert(std::endian::native == std::endian::little);

void FillTensor(const Tensor& tensor, TensorProto& proto) {
  for (const int64_t dimension : tensor.shape) proto.add_dims(dimension);
  proto.set_data_type(ToProtoType(tensor.type()));
  if (const auto* texts = std::get_if<std::vector<std::string>>(&tensor.values)) {
    for (const auto& text : *texts) proto.add_string_data(text);
    return;
  }
  std::visit(
      [&](const auto& elements) {
        proto.set_raw_data(
            std::string(reinterpret_cast<const char*>(elements.data()), elements.size() * sizeof(elements[0])));
      },
      tensor.values);
}

struct AttributeFiller {
  AttributeProto& proto;

  void operator()(int64_t value) const {
    proto.set_type(AttributeProto::INT);
    proto.set_i(value);
  }
  void operator()(float value) const {
    proto.set_type(AttributeProto::FLOAT);
    proto.set_f(value);
  }
  void operator()(const std::string& value) const {
    proto.set_type(AttributeProto::STRING);
    proto.set_s(value);
  }
  void operator()(const std::vector<int64_t>& values) const {
    proto.set_type(AttributeProto::INTS);
    proto.mutable_ints()->Add(values.begin(), values.end());
  }
  void operator()(const std::vector<float>& values) const {
    proto.set_type(AttributeProto::FLOATS);
    proto.mutable_floats()->Add(values.begin(), values.end());
  }
  void operator()(const std::vector<std::string>& values) const {
    proto.set_type(AttributeProto::STRINGS);
    for (const auto& value : values) proto.add_strings(value);
  }
  void operator()(const Tensor& tensor) const {
    proto.set_type(AttributeProto::TENSOR);
    FillTensor(tensor, *proto.mutable_t());
  }
};

void FillValueInfo(std::string_view name, ElementType type, std::span<const int64_t> shape,
                   ::onnx::ValueInfoProto& proto) {
  proto.set_name(std::string(name));
  auto& tensor = *proto.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(ToProtoType(type));
  auto& dimensions = *tensor.mutable_shape();
  for (const int64_t dimension : shape) {
    auto& added = *dimensions.add_dim();
    if (dimension < 0) {
      added.set_dim_param("N");
    } else {
      added.set_dim_value(dimension);
    }
  }
}

}  // namespace

struct GraphBuilder::State {
  ::onnx::ModelProto model;
};

GraphBuilder::GraphBuilder(std::string_view graph_name, std::string_view producer_version)
    : state_(std::make_unique<State>()) {
  auto& model = state_->model;
  model.set_ir_version(kIrVersion);
  model.set_producer_name("gyre");
  model.set_producer_version(std::string(producer_version));
  model.mutable_graph()->set_name(std::string(graph_name));
}

GraphBuilder::~GraphBuilder() = default;

void GraphBuilder::Opset(std::string_view domain, int64_t version) {
  auto& opset = *state_->model.add_opset_import();
  opset.set_domain(std::string(domain));
  opset.set_version(version);
}

void GraphBuilder::Metadata(std::string_view key, std::string_view value) {
  auto& entry = *state_->model.add_metadata_props();
  entry.set_key(std::string(key));
  entry.set_value(std::string(value));
}

void GraphBuilder::Input(std::string_view name, ElementType type, std::span<const int64_t> shape) {
  FillValueInfo(name, type, shape, *state_->model.mutable_graph()->add_input());
}

void GraphBuilder::Output(std::string_view name, ElementType type, std::span<const int64_t> shape) {
  FillValueInfo(name, type, shape, *state_->model.mutable_graph()->add_output());
}

void GraphBuilder::Node(NodeSpec node) {
  auto& proto = *state_->model.mutable_graph()->add_node();
  proto.set_op_type(std::move(node.op_type));
  if (!node.domain.empty()) proto.set_domain(std::move(node.domain));
  for (auto& input : node.inputs) proto.add_input(std::move(input));
  for (auto& output : node.outputs) proto.add_output(std::move(output));
  // A name that tells nodes apart in ONNX Runtime's messages.
  if (proto.output_size() > 0) proto.set_name(fmt::format("{}:{}", proto.op_type(), proto.output(0)));
  for (const auto& attribute : node.attributes) {
    auto& added = *proto.add_attribute();
    added.set_name(attribute.name);
    std::visit(AttributeFiller{added}, attribute.value);
  }
}

void GraphBuilder::Initializer(std::string_view name, const Tensor& tensor) {
  auto& proto = *state_->model.mutable_graph()->add_initializer();
  FillTensor(tensor, proto);
  proto.set_name(std::string(name));
}

base::Result<std::string> GraphBuilder::Serialize() const {
  const size_t bytes = state_->model.ByteSizeLong();
  if (bytes > INT32_MAX) {
    return base::TooLarge(
        fmt::format("the graph takes {}; an ONNX file holds at most 2 GiB", base::FormatBytes(bytes)));
  }
  std::string serialized;
  if (!state_->model.SerializeToString(&serialized)) return base::Internal("an ONNX graph could not be serialized");
  return serialized;
}

}  // namespace gyre::onnx
