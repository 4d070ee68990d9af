#include "onnx/value_info.h"

#include "base/text.h"

namespace gyre::onnx {

std::string_view ElementTypeName(ElementType type) {
  switch (type) {
    case ElementType::kFloat:
      return "float";
    case ElementType::kDouble:
      return "double";
    case ElementType::kInt32:
      return "int32";
    case ElementType::kInt64:
      return "int64";
    case ElementType::kString:
      return "string";
    case ElementType::kBool:
      return "bool";
    case ElementType::kOther:
      break;
  }
  return "unsupported type";
}

std::string DescribeType(const ValueInfo& value) {
  const auto type = ElementTypeName(value.type);
  if (value.kind == ValueKind::kClassMaps) {
    return fmt::format("sequence of maps from {} to {}", ElementTypeName(value.key_type), type);
  }
  if (value.kind == ValueKind::kOther) return "unsupported kind of value";
  if (!value.has_shape) return fmt::format("{}[any shape]", type);
  std::vector<std::string> dimensions;
  for (const int64_t dimension : value.shape) dimensions.push_back(dimension < 0 ? "?" : std::to_string(dimension));
  return fmt::format("{}[{}]", type, base::Join(dimensions, ","));
}

}  // namespace gyre::onnx
