#include <cmath>

#include "package/internal/graph_writer.h"

namespace gyre::package::internal {
namespace {

using model::CategoryEncoding;
using model::NumberEncoding;

constexpr const char* kMl = "ai.onnx.ml";

std::string Inside(std::string_view name) {
  return kInside + std::string(name);
}

struct Numbers {
  std::vector<std::string> columns;
  std::vector<float> fills;
  std::vector<float> shifts;
  std::vector<float> scales;
};

/// Joined, imputed and scaled; empty if there are none.
std::string WriteNumbers(const Numbers& numbers, onnx::GraphBuilder& graph) {
  if (numbers.columns.empty()) return {};
  std::string value = numbers.columns[0];
  if (numbers.columns.size() > 1) {
    value = Inside("numbers");
    graph.Node(
        {.op_type = "Concat", .inputs = numbers.columns, .outputs = {value}, .attributes = {{"axis", int64_t{1}}}});
  }
  graph.Node({.op_type = "Imputer",
              .inputs = {value},
              .outputs = {Inside("filled")},
              .attributes = {{"imputed_value_floats", numbers.fills}, {"replaced_value_float", NAN}},
              .domain = kMl});
  const bool scaled = std::ranges::any_of(numbers.shifts, [](float shift) { return shift != 0; }) ||
                      std::ranges::any_of(numbers.scales, [](float scale) { return scale != 1; });
  if (!scaled) return Inside("filled");
  graph.Node({.op_type = "Scaler",
              .inputs = {Inside("filled")},
              .outputs = {Inside("scaled")},
              .attributes = {{"offset", numbers.shifts}, {"scale", numbers.scales}},
              .domain = kMl});
  return Inside("scaled");
}

/// One column per category; unseen and missing values have none. `name` is the graph's own: a feature's might clash.
std::string WriteCategory(const std::string& column, const std::string& name, const CategoryEncoding& encoding,
                          onnx::GraphBuilder& graph) {
  const auto cube = name + "_cube";
  graph.Node({.op_type = "OneHotEncoder",
              .inputs = {column},
              .outputs = {cube},
              .attributes = {{"cats_strings", encoding.categories}, {"zeros", int64_t{1}}},
              .domain = kMl});
  graph.Node({.op_type = "Flatten", .inputs = {cube}, .outputs = {name}, .attributes = {{"axis", int64_t{1}}}});
  return name;
}

}  // namespace

EncodedFeatures WriteEncodings(const std::vector<model::ColumnEncoding>& encodings, onnx::GraphBuilder& graph) {
  Numbers numbers;
  for (const auto& encoding : encodings) {
    if (const auto* number = std::get_if<NumberEncoding>(&encoding.encoding)) {
      numbers.columns.push_back(encoding.column);
      numbers.fills.push_back(number->fill);
      numbers.shifts.push_back(number->shift);
      numbers.scales.push_back(number->scale);
    }
  }
  std::vector<std::string> parts;
  if (auto value = WriteNumbers(numbers, graph); !value.empty()) parts.push_back(std::move(value));
  EncodedFeatures features;
  size_t next_number = 0;
  size_t next_category = numbers.columns.size();
  for (const auto& encoding : encodings) {
    const auto* category = std::get_if<CategoryEncoding>(&encoding.encoding);
    if (category == nullptr) {
      features.place.push_back(next_number++);
      continue;
    }
    // A column without a value in training is an input that nothing reads.
    if (category->categories.empty()) continue;
    parts.push_back(WriteCategory(encoding.column, Inside(fmt::format("category{}", parts.size())), *category, graph));
    for (size_t i = 0; i < category->categories.size(); ++i) features.place.push_back(next_category++);
  }
  features.value = parts[0];
  if (parts.size() > 1) {
    features.value = Inside("features");
    graph.Node(
        {.op_type = "Concat", .inputs = parts, .outputs = {features.value}, .attributes = {{"axis", int64_t{1}}}});
  }
  return features;
}

void WriteLabels(const std::string& indices, const model::Signature& signature, onnx::GraphBuilder& graph) {
  const auto names = Inside("classes");
  graph.Initializer(names, {.shape = {static_cast<int64_t>(signature.classes.size())}, .values = signature.classes});
  graph.Node({.op_type = "Gather", .inputs = {names, indices}, .outputs = {signature.label_output}});
}

std::string WriteCast(const std::string& value, onnx::ElementType type, const std::string& name,
                      onnx::GraphBuilder& graph) {
  // The numbers are of onnx.proto's TensorProto.DataType.
  const int64_t to = type == onnx::ElementType::kDouble ? 11 : type == onnx::ElementType::kInt64 ? 7 : 1;
  graph.Node({.op_type = "Cast", .inputs = {value}, .outputs = {name}, .attributes = {{"to", to}}});
  return name;
}

}  // namespace gyre::package::internal
