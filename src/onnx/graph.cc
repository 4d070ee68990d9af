#include "onnx/graph.h"

#include <cstring>
#include <onnx.pb.h>

#include "base/text.h"
#include "onnx/internal/wire_check.h"

namespace gyre::onnx {
namespace {

using ::onnx::AttributeProto;
using ::onnx::GraphProto;
using ::onnx::ModelProto;
using ::onnx::NodeProto;
using ::onnx::TensorProto;
using ::onnx::TypeProto;

ElementType ReadElementType(int type) {
  switch (type) {
    case TensorProto::FLOAT:
      return ElementType::kFloat;
    case TensorProto::DOUBLE:
      return ElementType::kDouble;
    case TensorProto::INT32:
      return ElementType::kInt32;
    case TensorProto::INT64:
      return ElementType::kInt64;
    case TensorProto::STRING:
      return ElementType::kString;
    case TensorProto::BOOL:
      return ElementType::kBool;
    default:
      return ElementType::kOther;
  }
}

void ReadTensorType(const TypeProto::Tensor& type, ValueInfo& info) {
  info.type = ReadElementType(type.elem_type());
  info.has_shape = type.has_shape();
  for (const auto& dimension : type.shape().dim()) {
    info.shape.push_back(dimension.has_dim_value() ? dimension.dim_value() : -1);
  }
}

ValueInfo ReadValueInfo(const ::onnx::ValueInfoProto& proto) {
  ValueInfo info{.name = proto.name()};
  const auto& type = proto.type();
  if (type.has_tensor_type()) {
    ReadTensorType(type.tensor_type(), info);
    return info;
  }
  info.kind = ValueKind::kOther;
  const auto& map = type.sequence_type().elem_type().map_type();
  info.key_type = ReadElementType(map.key_type());
  info.type = ReadElementType(map.value_type().tensor_type().elem_type());
  const bool keyed = info.key_type == ElementType::kString || info.key_type == ElementType::kInt64;
  if (keyed && info.type == ElementType::kFloat) info.kind = ValueKind::kClassMaps;
  return info;
}

/// True if any tensor of the graph, or of a graph inside it, says that its values lie in another file.
class ExternalDataSearch {
 public:
  static bool Finds(const ModelProto& model) {
    return InGraph(model.graph()) ||
           std::ranges::any_of(model.functions(), [](const auto& function) { return InNodes(function.node()); }) ||
           std::ranges::any_of(model.training_info(), [](const auto& training) {
             return InGraph(training.initialization()) || InGraph(training.algorithm());
           });
  }

 private:
  static bool InTensor(const TensorProto& tensor) {
    return tensor.data_location() == TensorProto::EXTERNAL || tensor.external_data_size() > 0;
  }
  static bool InSparse(const ::onnx::SparseTensorProto& tensor) {
    return InTensor(tensor.values()) || InTensor(tensor.indices());
  }
  static bool InAttribute(const AttributeProto& attribute) {
    return InTensor(attribute.t()) || InSparse(attribute.sparse_tensor()) || InGraph(attribute.g()) ||
           std::ranges::any_of(attribute.tensors(), InTensor) ||
           std::ranges::any_of(attribute.sparse_tensors(), InSparse) ||
           std::ranges::any_of(attribute.graphs(), InGraph);
  }
  template <class Nodes>
  static bool InNodes(const Nodes& nodes) {
    return std::ranges::any_of(
        nodes, [](const NodeProto& node) { return std::ranges::any_of(node.attribute(), InAttribute); });
  }
  // Recursion is as deep as the file's nesting, which CheckWire has bounded.
  static bool InGraph(const GraphProto& graph) {
    return std::ranges::any_of(graph.initializer(), InTensor) ||
           std::ranges::any_of(graph.sparse_initializer(), InSparse) || InNodes(graph.node());
  }
};

base::Result<void> CheckSize(std::string_view bytes, const GraphLimits& limits) {
  if (bytes.empty()) return base::InvalidArgument("the file is empty; an ONNX graph is expected");
  const uint64_t limit = std::min<uint64_t>(limits.bytes, INT32_MAX);
  if (bytes.size() > limit) {
    return base::TooLarge(fmt::format("the ONNX graph is {}, above the limit of {}", base::FormatBytes(bytes.size()),
                                      base::FormatBytes(limit)));
  }
  return base::Ok();
}

template <class T>
std::vector<std::string> RawIntegerTexts(const std::string& raw) {
  std::vector<std::string> texts;
  for (size_t i = 0; i + sizeof(T) <= raw.size(); i += sizeof(T)) {
    T value;
    std::memcpy(&value, raw.data() + i, sizeof(T));
    texts.push_back(std::to_string(value));
  }
  return texts;
}

template <class Values>
std::vector<std::string> IntegerTexts(const Values& values) {
  std::vector<std::string> texts;
  for (const auto value : values) texts.push_back(std::to_string(value));
  return texts;
}

std::vector<std::string> TensorTexts(const TensorProto& tensor) {
  switch (tensor.data_type()) {
    case TensorProto::STRING:
      return {tensor.string_data().begin(), tensor.string_data().end()};
    case TensorProto::INT64:
      return tensor.has_raw_data() ? RawIntegerTexts<int64_t>(tensor.raw_data()) : IntegerTexts(tensor.int64_data());
    case TensorProto::INT32:
      return tensor.has_raw_data() ? RawIntegerTexts<int32_t>(tensor.raw_data()) : IntegerTexts(tensor.int32_data());
    default:
      return {};
  }
}

}  // namespace

struct Graph::State {
  ModelProto model;
  std::map<std::string, int64_t> opsets;
  std::map<std::string, std::string> metadata;
  std::vector<ValueInfo> inputs;
  std::vector<ValueInfo> outputs;
  std::vector<NodeInfo> nodes;
  std::map<std::string, size_t, std::less<>> producers;  ///< index into nodes by output

  void Read();
  const AttributeProto* FindAttribute(const NodeInfo& node, std::string_view name) const;
};

void Graph::State::Read() {
  for (const auto& opset : model.opset_import()) {
    opsets[opset.domain() == "ai.onnx" ? "" : opset.domain()] = opset.version();
  }
  for (const auto& entry : model.metadata_props()) metadata[entry.key()] = entry.value();
  const auto& graph = model.graph();
  std::set<std::string_view> initializers;
  for (const auto& tensor : graph.initializer()) initializers.insert(tensor.name());
  for (const auto& input : graph.input()) {
    if (!initializers.contains(input.name())) inputs.push_back(ReadValueInfo(input));
  }
  for (const auto& output : graph.output()) outputs.push_back(ReadValueInfo(output));
  for (const auto& node : graph.node()) {
    nodes.push_back({.domain = node.domain() == "ai.onnx" ? "" : node.domain(),
                     .op_type = node.op_type(),
                     .inputs = {node.input().begin(), node.input().end()},
                     .outputs = {node.output().begin(), node.output().end()}});
    for (const auto& output : node.output()) producers.emplace(output, nodes.size() - 1);
  }
}

const AttributeProto* Graph::State::FindAttribute(const NodeInfo& node, std::string_view name) const {
  const auto index = static_cast<int>(&node - nodes.data());
  const auto& attributes = model.graph().node(index).attribute();
  const auto found = std::ranges::find_if(attributes, [&](const auto& attribute) { return attribute.name() == name; });
  return found == attributes.end() ? nullptr : &*found;
}

Graph::Graph(std::unique_ptr<State> state) : state_(std::move(state)) {}
Graph::Graph(Graph&&) noexcept = default;
Graph& Graph::operator=(Graph&&) noexcept = default;
Graph::~Graph() = default;

base::Result<Graph> Graph::Parse(std::string_view bytes, const GraphLimits& limits) {
  TRY(CheckSize(bytes, limits));
  TRY(internal::CheckWire(bytes, limits));
  auto state = std::make_unique<State>();
  if (!state->model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return base::InvalidArgument("the file is not an ONNX graph: its fields have other types than ONNX's");
  }
  if (!state->model.has_graph() || state->model.graph().node_size() == 0) {
    return base::InvalidArgument("the file is not an ONNX graph: it has no nodes");
  }
  if (ExternalDataSearch::Finds(state->model)) {
    return base::Error(base::ErrorCode::kUnsupported,
                       "the ONNX graph keeps weights in other files; save it again as one file (onnx.save_model with "
                       "save_as_external_data=False)");
  }
  state->Read();
  return Graph(std::move(state));
}

const std::string& Graph::producer_name() const {
  return state_->model.producer_name();
}
const std::string& Graph::producer_version() const {
  return state_->model.producer_version();
}
const std::map<std::string, int64_t>& Graph::opsets() const {
  return state_->opsets;
}
const std::map<std::string, std::string>& Graph::metadata() const {
  return state_->metadata;
}
const std::vector<ValueInfo>& Graph::inputs() const {
  return state_->inputs;
}
const std::vector<ValueInfo>& Graph::outputs() const {
  return state_->outputs;
}
const std::vector<NodeInfo>& Graph::nodes() const {
  return state_->nodes;
}

const NodeInfo* Graph::Producer(std::string_view name) const {
  const auto found = state_->producers.find(name);
  return found == state_->producers.end() ? nullptr : &state_->nodes[found->second];
}

std::vector<std::string> Graph::ListAttribute(const NodeInfo& node, std::string_view name) const {
  const auto* attribute = state_->FindAttribute(node, name);
  if (attribute == nullptr) return {};
  if (attribute->strings_size() > 0) return {attribute->strings().begin(), attribute->strings().end()};
  return IntegerTexts(attribute->ints());
}

double Graph::NumberAttribute(const NodeInfo& node, std::string_view name, double fallback) const {
  const auto* attribute = state_->FindAttribute(node, name);
  if (attribute == nullptr) return fallback;
  if (attribute->has_f()) return static_cast<double>(attribute->f());
  return attribute->has_i() ? static_cast<double>(attribute->i()) : fallback;
}

std::vector<std::string> Graph::InitializerTexts(std::string_view name) const {
  for (const auto& tensor : state_->model.graph().initializer()) {
    if (tensor.name() == name) return TensorTexts(tensor);
  }
  return {};
}

}  // namespace gyre::onnx
