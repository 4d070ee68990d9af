#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::onnx {

/// Element types that are read and written here; a graph may use any inside.
enum class ElementType { kFloat, kDouble, kInt32, kInt64, kString, kBool, kOther };

std::string_view ElementTypeName(ElementType type);

enum class ValueKind {
  kTensor,
  kClassMaps,  ///< a sequence of maps from class to score, one map a row: what skl2onnx's ZipMap gives
  kOther,      ///< other sequences and maps, sparse tensors, optionals
};

/// One input or output of a graph.
struct ValueInfo {
  std::string name;
  ValueKind kind = ValueKind::kTensor;
  ElementType type = ElementType::kOther;      ///< of the elements; of a map's values
  ElementType key_type = ElementType::kOther;  ///< of a map's keys
  bool has_shape = false;                      ///< false if the graph does not even say how many dimensions
  std::vector<int64_t> shape;                  ///< -1 where it varies

  bool operator==(const ValueInfo&) const = default;
};

/// "float[?,3]", "sequence of maps from string to float": for error messages.
std::string DescribeType(const ValueInfo& value);

}  // namespace gyre::onnx
