#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"

namespace gyre::engine {

/// The kinds of values Gyre's tables hold. SQL's other types are widened to one of these when a result is read.
enum class DataType {
  kBoolean,
  kInteger,    ///< 64 bits, signed
  kNumber,     ///< double
  kText,       ///< UTF-8
  kTimestamp,  ///< microseconds since the Unix epoch, UTC
};

/// "boolean", "integer", "number", "text", "timestamp": the names people write in gyre.yaml.
std::string_view DataTypeName(DataType type);
base::Result<DataType> ParseDataType(std::string_view name);

/// "BOOLEAN", "BIGINT", "DOUBLE", "VARCHAR", "TIMESTAMP".
std::string_view SqlTypeName(DataType type);

/// One value, as a parameter of a query or a figure of a profile; nullptr is SQL's NULL.
using Value = std::variant<std::nullptr_t, bool, int64_t, double, std::string, base::Timestamp>;

/// Timestamps become RFC 3339 text.
base::Json ToJson(const Value& value);

}  // namespace gyre::engine
