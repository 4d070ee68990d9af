#include "server/internal/registry_links.h"

#include <gmock/gmock.h>

#include "base/testing/seeded_entropy.h"
#include "release/testing/release_home.h"
#include "webhooks/webhooks.h"

namespace gyre::server::internal {
namespace {

using registry::ModelName;
using release::testing::kRain;
using release::testing::Rain;

TEST(EndpointUsers, AreThoseWhoServeOrTryAVersion) {
  release::testing::ReleaseHome home;
  EndpointUsers users(*home);
  EXPECT_EQ(users.UserOf(ModelName("rain"), 0).value(), "");
  ASSERT_TRUE(home->Deploy(kRain, Rain(1), "ann"));
  ASSERT_TRUE(home->StartCanary(kRain, Rain(2), {}, "ann"));
  for (const int64_t version : {0, 1, 2})
    EXPECT_EQ(users.UserOf(ModelName("rain"), version).value(), "endpoint 'rain'");
  EXPECT_EQ(users.UserOf(ModelName("rain"), 3).value(), "");
  EXPECT_EQ(users.UserOf(ModelName("snow"), 0).value(), "");
}

TEST(RegistryHooks, QueueAChangeWithIt) {
  registry::testing::TempRegistry registry;
  base::testing::SeededEntropy entropy(3);
  base::Logger log({.level = base::LogLevel::kOff});
  const auto webhooks = webhooks::Webhooks::Open({}, {registry.database(), registry.clock(), entropy, log}).value();
  const auto webhook = webhooks
                           ->Create({.name = "ours",
                                     .url = "https://example.com",
                                     .events = {webhooks::Event{"registered_model", "created"}}},
                                    "ann")
                           .value();
  RegistryHooks hooks(*webhooks);
  registry->Connect({.changes = &hooks});
  ASSERT_TRUE(registry->CreateModel(ModelName("rain"), {}, "", "ann"));
  ASSERT_FALSE(registry->CreateModel(ModelName("rain"), {}, "", "ann"));
  const auto queued = webhooks->Deliveries(webhook.id, 10).value();
  ASSERT_EQ(queued.size(), 1u);
  EXPECT_THAT(queued[0].body, ::testing::HasSubstr(R"("name":"rain")"));
}

}  // namespace
}  // namespace gyre::server::internal
