#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace gyre::store {

/// A bound parameter of a statement. Text and blobs are borrowed until the call returns.
struct BlobView {
  std::string_view bytes;
};
using Value = std::variant<std::nullptr_t, int64_t, double, std::string_view, BlobView>;

inline Value ToValue(std::nullptr_t) {
  return nullptr;
}
inline Value ToValue(int64_t value) {
  return value;
}
inline Value ToValue(int value) {
  return int64_t{value};
}
inline Value ToValue(bool value) {
  return int64_t{value ? 1 : 0};
}
inline Value ToValue(double value) {
  return value;
}
inline Value ToValue(std::string_view value) {
  return value;
}
inline Value ToValue(const std::string& value) {
  return std::string_view(value);
}
inline Value ToValue(const char* value) {
  return std::string_view(value);
}
inline Value ToValue(BlobView value) {
  return value;
}
template <class T>
Value ToValue(const std::optional<T>& value) {
  return value ? ToValue(*value) : Value(nullptr);
}

/// One result row; columns count from 0. Views live until the callback that got the row returns.
class Row {
 public:
  virtual ~Row() = default;
  virtual bool IsNull(int column) const = 0;
  virtual int64_t Int(int column) const = 0;
  virtual double Real(int column) const = 0;
  virtual std::string_view Text(int column) const = 0;
  virtual std::string_view Bytes(int column) const = 0;

  bool Bool(int column) const { return Int(column) != 0; }
  std::string String(int column) const { return std::string(Text(column)); }
  std::optional<std::string> OptionalString(int column) const {
    return IsNull(column) ? std::nullopt : std::optional(String(column));
  }
  std::optional<int64_t> OptionalInt(int column) const {
    return IsNull(column) ? std::nullopt : std::optional(Int(column));
  }
  std::optional<double> OptionalReal(int column) const {
    return IsNull(column) ? std::nullopt : std::optional(Real(column));
  }
};

}  // namespace gyre::store
