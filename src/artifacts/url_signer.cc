#include "artifacts/url_signer.h"

#include "base/hash.h"
#include "base/text.h"

namespace gyre::artifacts {
namespace {

/// Without telling by its duration how much of it was right.
bool SameText(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned char>(a[i] ^ b[i]);
  return difference == 0;
}

int64_t Seconds(base::Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

}  // namespace

UrlSigner::UrlSigner(const base::Clock& clock, base::Entropy& entropy)
    : clock_(clock), key_(base::NewHexId(entropy) + base::NewHexId(entropy)) {}

std::string UrlSigner::Mac(std::string_view what, int64_t expires) const {
  return base::HmacSha256(key_, fmt::format("{}\n{}", expires, what)).ToHex();
}

UrlSigner::Signature UrlSigner::Sign(std::string_view what, std::chrono::seconds lasts) const {
  const int64_t expires = Seconds(clock_.Now()) + lasts.count();
  return {.expires = expires, .text = Mac(what, expires)};
}

base::Result<void> UrlSigner::Check(std::string_view what, std::string_view expires, std::string_view signature) const {
  const auto until = base::ParseInt(expires);
  if (!until || !SameText(Mac(what, *until), signature)) {
    return base::Error(base::ErrorCode::kPermissionDenied,
                       "the URL is not signed by this server, or was before its last start; ask for a new one",
                       "signature");
  }
  if (Seconds(clock_.Now()) <= *until) return base::Ok();
  return base::Error(base::ErrorCode::kPermissionDenied, "the URL has expired; ask for a new one", "expires");
}

}  // namespace gyre::artifacts
