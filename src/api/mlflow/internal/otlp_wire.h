#pragma once

#include <cstdint>
#include <string_view>

namespace gyre::api::mlflow::internal {

/// Reads the fields of a message of protocol buffers one after the other, in place. Whatever the bytes, it ends, and
/// looks at each once; what the fields mean is the caller's.
class WireReader {
 public:
  enum class Type { kNumber, kBytes };

  explicit WireReader(std::string_view message) : rest_(message) {}

  /// False at the end, and where the bytes are no message: then `broken`.
  bool Next();
  bool broken() const { return broken_; }

  uint32_t field() const { return field_; }
  Type type() const { return type_; }
  /// The field is this one and has bytes (a text, a message), or a number.
  bool IsBytes(uint32_t field) const { return field_ == field && type_ == Type::kBytes; }
  bool IsNumber(uint32_t field) const { return field_ == field && type_ == Type::kNumber; }
  uint64_t number() const { return number_; }
  std::string_view bytes() const { return bytes_; }

 private:
  bool TakeVarint(uint64_t& value);
  bool TakeFixed(size_t size);
  bool TakeBytes();
  bool Fail() {
    broken_ = true;
    return false;
  }

  std::string_view rest_;
  uint32_t field_ = 0;
  Type type_ = Type::kNumber;
  uint64_t number_ = 0;
  std::string_view bytes_;
  bool broken_ = false;
};

}  // namespace gyre::api::mlflow::internal
