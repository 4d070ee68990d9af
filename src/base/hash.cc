#include "base/hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/text.h"

namespace gyre::base {

Result<Digest> Digest::Parse(std::string_view hex) {
  const auto bytes = HexDecode(hex);
  if (!bytes || bytes->size() != 32) {
    return InvalidArgument(fmt::format("'{}' is not a SHA-256 digest of 64 hexadecimal digits", hex.substr(0, 80)));
  }
  std::array<unsigned char, 32> digest{};
  std::copy(bytes->begin(), bytes->end(), digest.begin());
  return Digest(digest);
}

std::string Digest::ToHex() const {
  return HexEncode(bytes_);
}

struct Sha256::State {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
  // Fetched once per hasher: an implicit fetch costs more than hashing a kilobyte.
  std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm{EVP_MD_fetch(nullptr, "SHA256", nullptr), EVP_MD_free};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  EVP_DigestInit_ex2(state_->context.get(), state_->algorithm.get(), nullptr);
}
Sha256::~Sha256() = default;

Sha256& Sha256::Update(std::string_view bytes) {
  EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size());
  return *this;
}

Digest Sha256::Finish() {
  std::array<unsigned char, 32> digest{};
  EVP_DigestFinal_ex(state_->context.get(), digest.data(), nullptr);
  EVP_DigestInit_ex2(state_->context.get(), state_->algorithm.get(), nullptr);
  return Digest(digest);
}

Digest Sha256Of(std::string_view bytes) {
  return Sha256().Update(bytes).Finish();
}
Digest Sha256Of(const Json& value) {
  return Sha256Of(std::string_view(DumpJson(value)));
}

Digest HmacSha256(std::string_view key, std::string_view message) {
  std::array<unsigned char, 32> digest{};
  unsigned size = 32;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(message.data()),
       message.size(), digest.data(), &size);
  return Digest(digest);
}

}  // namespace gyre::base
