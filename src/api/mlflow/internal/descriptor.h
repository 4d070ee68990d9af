#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace gyre::api::mlflow::internal {

/// The types that fields of MLflow's protocol buffers have, and what their JSON may be.
enum class Type : uint8_t {
  kString,
  kInt32,    ///< a whole number, or a string that has one
  kInt64,    ///< the same
  kDouble,   ///< a number, or a string that has one, or "NaN", "Infinity", "-Infinity"
  kBool,     ///< true or false; in a query the words, in any case
  kEnum,     ///< one of `enumeration` by name, or its number
  kMessage,  ///< an object described by `message`
};

struct EnumValue {
  std::string_view name;
  int32_t number = 0;
};

struct Descriptor;

/// One field of a message: reading, checking and complaining all go by this.
struct Field {
  std::string_view name;  ///< snake_case, as it is written; its lowerCamel form is read too
  Type type = Type::kString;
  bool required = false;  ///< absent, null and "" are "Missing value for required parameter"
  bool repeated = false;
  const Descriptor* message = nullptr;          ///< kMessage
  std::span<const EnumValue> enumeration = {};  ///< kEnum; an unknown name is read as an absent field, as by MLflow
  std::string_view alias = {};                  ///< an older name, read if `name` is not there ("run_uuid")
  /// Bounds of a whole number. Outside of them `range_message` is the error, or the usual "Invalid value".
  int64_t min = std::numeric_limits<int64_t>::min();
  int64_t max = std::numeric_limits<int64_t>::max();
  std::string_view range_message = {};
};

/// The fields of one message, in the order in which mistakes are looked for.
struct Descriptor {
  std::span<const Field> fields;

  static constexpr size_t kNone = static_cast<size_t>(-1);
  constexpr size_t Find(std::string_view name) const {
    for (size_t i = 0; i < fields.size(); ++i) {
      if (fields[i].name == name) return i;
    }
    return kNone;
  }
};

/// Of calls whose whole request is in the path.
inline constexpr Descriptor kNoFields = {};

}  // namespace gyre::api::mlflow::internal
