#include "artifacts/url_signer.h"

#include <gtest/gtest.h>

#include "base/testing/manual_clock.h"
#include "base/testing/seeded_entropy.h"

namespace gyre::artifacts {
namespace {

class UrlSignerTest : public ::testing::Test {
 protected:
  base::testing::ManualClock clock_{base::FromMicros(1'700'000'000'000'000)};
  base::testing::SeededEntropy entropy_{1};
  UrlSigner signer_{clock_, entropy_};
};

TEST_F(UrlSignerTest, HoldsUntilItExpires) {
  const auto signature = signer_.Sign("GET a/b", std::chrono::minutes(1));
  const auto expires = std::to_string(signature.expires);
  EXPECT_TRUE(signer_.Check("GET a/b", expires, signature.text));
  clock_.Advance(std::chrono::seconds(60));
  EXPECT_TRUE(signer_.Check("GET a/b", expires, signature.text));
  clock_.Advance(std::chrono::seconds(1));
  EXPECT_EQ(signer_.Check("GET a/b", expires, signature.text).error().name(), "expires");
}

TEST_F(UrlSignerTest, IsForOneThingAndOneTime) {
  const auto signature = signer_.Sign("GET a/b", std::chrono::minutes(1));
  const auto expires = std::to_string(signature.expires);
  const auto refused = [&](std::string_view what, std::string_view until, std::string_view text) {
    const auto checked = signer_.Check(what, until, text);
    return !checked && checked.error().code() == base::ErrorCode::kPermissionDenied;
  };
  EXPECT_TRUE(refused("GET a/c", expires, signature.text));
  EXPECT_TRUE(refused("GET a/b", std::to_string(signature.expires + 1), signature.text));
  EXPECT_TRUE(refused("GET a/b", expires, ""));
  EXPECT_TRUE(refused("GET a/b", "", signature.text));
  EXPECT_TRUE(refused("GET a/b", "soon", signature.text));
  EXPECT_TRUE(refused("GET a/b", expires, signature.text + "0"));
  const UrlSigner other(clock_, entropy_);
  EXPECT_FALSE(other.Check("GET a/b", expires, signature.text)) << "the key of another process";
}

}  // namespace
}  // namespace gyre::artifacts
