#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/id.h"
#include "base/result.h"
#include "base/time.h"

namespace gyre::artifacts {

/// Signs URLs of this server, so that whoever was given one may use it without other credentials until it expires. The
/// key is made up at start: a restart ends all of them. Thread-safe.
class UrlSigner {
 public:
  UrlSigner(const base::Clock& clock, base::Entropy& entropy);

  struct Signature {
    int64_t expires = 0;  ///< seconds since the epoch
    std::string text;     ///< 64 hexadecimal digits
  };
  /// `what` says what the URL allows, e.g. "GET 0/abc/x": no two things may have the same text.
  Signature Sign(std::string_view what, std::chrono::seconds lasts) const;
  /// kPermissionDenied if it was not signed here, or has expired.
  base::Result<void> Check(std::string_view what, std::string_view expires, std::string_view signature) const;

 private:
  std::string Mac(std::string_view what, int64_t expires) const;

  const base::Clock& clock_;
  std::string key_;
};

}  // namespace gyre::artifacts
