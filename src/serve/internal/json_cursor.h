#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace gyre::serve::internal {

/// Walks over one JSON document (RFC 8259) from left to right. Steps that fail return false and leave an error; the
/// first one stays. For one thread at a time.
class JsonCursor {
 public:
  /// Texts with escapes are decoded to the end of `unescaped`, which must be empty. Both must outlive what is read.
  void Begin(std::string_view document, std::string& unescaped);

  bool at_end() const { return at_ == end_; }
  /// The next byte; not at the end.
  char peek() const { return *at_; }
  bool At(char c) const { return at_ < end_ && *at_ == c; }
  bool At(std::string_view bytes) const {
    return static_cast<size_t>(end_ - at_) >= bytes.size() && std::memcmp(at_, bytes.data(), bytes.size()) == 0;
  }

  void SkipSpace() {
    while (at_ < end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }
  bool Take(char c) {
    if (!At(c)) return false;
    ++at_;
    return true;
  }
  bool Take(std::string_view bytes) {
    if (!At(bytes)) return false;
    at_ += bytes.size();
    return true;
  }

  /// A text whose opening quote has been taken, past its closing one: UTF-8 without U+0000, which not every kernel
  /// keeps apart from the end of a text.
  bool ReadText(std::string_view& text);
  /// A number that starts here; infinite beyond the range of double. `token` is its text.
  bool ReadNumber(double& value, std::string_view& token);

  /// kInvalidArgument with the place; returns false.
  bool Malformed(std::string_view why);
  bool Fail(base::Error error);
  /// After a step has failed.
  base::Error TakeError() { return *std::move(error_); }

 private:
  bool Unescape(const char* start, std::string_view& text);
  bool TakeEscape();
  bool TakeUnicodeEscape();
  bool TakeLowSurrogate(uint32_t& point);
  bool TakeCodeUnit(uint32_t& unit);

  const char* begin_ = nullptr;
  const char* at_ = nullptr;
  const char* end_ = nullptr;
  std::string* unescaped_ = nullptr;
  std::optional<base::Error> error_;
};

/// "a number" and so on by the first byte of a value; empty if no value starts so.
std::string_view DescribeValue(char first);

}  // namespace gyre::serve::internal
