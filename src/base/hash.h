#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace gyre::base {

/// A SHA-256 digest, written as 64 lower-case hexadecimal digits.
class Digest {
 public:
  Digest() = default;
  explicit Digest(const std::array<unsigned char, 32>& bytes) : bytes_(bytes) {}
  static Result<Digest> Parse(std::string_view hex);

  std::string ToHex() const;
  const std::array<unsigned char, 32>& bytes() const { return bytes_; }
  auto operator<=>(const Digest&) const = default;

 private:
  std::array<unsigned char, 32> bytes_{};
};

/// Hashes bytes as they pass by. One thread.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  Sha256& Update(std::string_view bytes);
  /// The digest of all that was passed; the object starts afresh.
  Digest Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Digest Sha256Of(std::string_view bytes);
/// Of the compact text with sorted keys: equal values have equal digests.
Digest Sha256Of(const Json& value);

/// HMAC-SHA-256 (RFC 2104).
Digest HmacSha256(std::string_view key, std::string_view message);

}  // namespace gyre::base
