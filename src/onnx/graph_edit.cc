#include "onnx/graph_edit.h"

#include <onnx.pb.h>

#include "onnx/graph.h"

namespace gyre::onnx {
namespace {

using ::onnx::GraphProto;
using ::onnx::NodeProto;
using ::onnx::TensorProto;

/// Counts the uses of each value by nodes, those of inner graphs included, and as outputs.
void CountUses(const GraphProto& graph, std::map<std::string, int, std::less<>>& uses) {
  for (const auto& node : graph.node()) {
    for (const auto& input : node.input()) ++uses[input];
    for (const auto& attribute : node.attribute()) {
      if (attribute.has_g()) CountUses(attribute.g(), uses);
      for (const auto& inner : attribute.graphs()) CountUses(inner, uses);
    }
  }
  for (const auto& output : graph.output()) ++uses[output.name()];
}

bool IsColumn(const ::onnx::ValueInfoProto& input) {
  const auto& type = input.type().tensor_type();
  return type.elem_type() == TensorProto::FLOAT && type.shape().dim_size() == 2 &&
         !type.shape().dim(0).has_dim_value() && type.shape().dim(1).dim_value() == 1;
}

bool JoinsColumns(const NodeProto& node) {
  if (node.op_type() != "Concat" || !(node.domain().empty() || node.domain() == "ai.onnx")) return false;
  const auto axis =
      std::ranges::find_if(node.attribute(), [](const auto& attribute) { return attribute.name() == "axis"; });
  return axis != node.attribute().end() && axis->i() == 1 && node.input_size() > 1 && node.output_size() == 1;
}

/// The index of the first node that joins columns which nothing else uses; -1 if there is none.
int FindJoin(const GraphProto& graph) {
  std::map<std::string, int, std::less<>> uses;
  CountUses(graph, uses);
  std::set<std::string_view> columns;
  for (const auto& input : graph.input()) {
    if (IsColumn(input) && uses[input.name()] == 1) columns.insert(input.name());
  }
  for (const auto& initializer : graph.initializer()) columns.erase(initializer.name());
  for (int i = 0; i < graph.node_size(); ++i) {
    const auto& node = graph.node(i);
    const auto folds = [&](const std::string& input) { return columns.contains(input); };
    if (JoinsColumns(node) && std::ranges::all_of(node.input(), folds)) return i;
  }
  return -1;
}

template <class Fields>
void RemoveNamed(Fields& fields, const std::set<std::string>& names) {
  const auto removed =
      std::remove_if(fields.begin(), fields.end(), [&](const auto& field) { return names.contains(field.name()); });
  fields.erase(removed, fields.end());
}

}  // namespace

base::Result<std::optional<FoldedGraph>> FoldColumns(std::string_view bytes) {
  TRY(Graph::Parse(bytes));
  ::onnx::ModelProto model;
  if (!model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return base::Internal("a graph was read only once");
  auto& graph = *model.mutable_graph();
  const int join = FindJoin(graph);
  if (join < 0) return std::optional<FoldedGraph>();
  const NodeProto node = graph.node(join);
  FoldedGraph folded{.bytes = {}, .input = node.output(0), .columns = {node.input().begin(), node.input().end()}};
  graph.mutable_node()->DeleteSubrange(join, 1);
  RemoveNamed(*graph.mutable_input(), {folded.columns.begin(), folded.columns.end()});
  RemoveNamed(*graph.mutable_value_info(), {folded.input});
  auto& input = *graph.add_input();
  input.set_name(folded.input);
  auto& type = *input.mutable_type()->mutable_tensor_type();
  type.set_elem_type(TensorProto::FLOAT);
  type.mutable_shape()->add_dim()->set_dim_param("N");
  type.mutable_shape()->add_dim()->set_dim_value(node.input_size());
  if (!model.SerializeToString(&folded.bytes)) return base::Internal("an ONNX graph could not be serialized");
  return std::optional(std::move(folded));
}

}  // namespace gyre::onnx
