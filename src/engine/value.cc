#include "engine/value.h"

namespace gyre::engine {
namespace {

struct TypeName {
  DataType type;
  std::string_view name;
  std::string_view sql;
};
constexpr std::array kTypeNames = {
    TypeName{DataType::kBoolean, "boolean", "BOOLEAN"},       TypeName{DataType::kInteger, "integer", "BIGINT"},
    TypeName{DataType::kNumber, "number", "DOUBLE"},          TypeName{DataType::kText, "text", "VARCHAR"},
    TypeName{DataType::kTimestamp, "timestamp", "TIMESTAMP"},
};

const TypeName& NamesOf(DataType type) {
  return kTypeNames.at(static_cast<size_t>(type));
}

}  // namespace

std::string_view DataTypeName(DataType type) {
  return NamesOf(type).name;
}

std::string_view SqlTypeName(DataType type) {
  return NamesOf(type).sql;
}

base::Result<DataType> ParseDataType(std::string_view name) {
  for (const auto& known : kTypeNames) {
    if (known.name == name) return known.type;
  }
  return base::InvalidArgument(
      fmt::format("'{}' is not a type; the types are boolean, integer, number, text and timestamp", name.substr(0, 64)),
      std::string(name));
}

base::Json ToJson(const Value& value) {
  return std::visit(
      [](const auto& held) -> base::Json {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, base::Timestamp>) {
          return base::FormatTimestamp(held);
        } else {
          return held;
        }
      },
      value);
}

}  // namespace gyre::engine
