#include "serve/endpoints.h"

#include <gtest/gtest.h>

#include "serve/internal/endpoint.h"
#include "serve/testing/fake_model.h"
#include "serve/testing/weather.h"

namespace gyre::serve {
namespace {

using base::ErrorCode;
using testing::FakeModel;

std::shared_ptr<const LoadedModel> Weather(const std::string& version,
                                           const model::Signature& signature = testing::WeatherSignature()) {
  return FakeModel(version, signature, [](const auto&, std::span<float>) { return base::Ok(); });
}

class EndpointsTest : public ::testing::Test {
 protected:
  base::Metrics metrics_;
  Endpoints endpoints_{metrics_};
  const EndpointName rain_{"rain"};
};

TEST_F(EndpointsTest, InstallsReplacesAndRemoves) {
  EXPECT_EQ(endpoints_.Find("rain"), nullptr);
  ASSERT_TRUE(endpoints_.Install(rain_, {.champion = Weather("rain/1")}));
  ASSERT_TRUE(endpoints_.Install(rain_, {.champion = Weather("rain/2")}));
  EXPECT_EQ(endpoints_.RoutingOf(rain_).value().champion->version().ToString(), "rain/2");
  EXPECT_EQ(endpoints_.Names(), std::vector{rain_});
  EXPECT_TRUE(endpoints_.Remove(rain_));
  EXPECT_FALSE(endpoints_.Remove(rain_));
  EXPECT_EQ(endpoints_.Find("rain"), nullptr);
  EXPECT_EQ(endpoints_.RoutingOf(rain_).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(endpoints_.Figures(rain_).error().code(), ErrorCode::kNotFound);
}

TEST_F(EndpointsTest, AModelIsFreedWithTheLastRequestThatUsesIt) {
  auto model = Weather("rain/1");
  const std::weak_ptr<const LoadedModel> watch = model;
  ASSERT_TRUE(endpoints_.Install(rain_, {.champion = std::move(model)}));
  auto request = endpoints_.Find("rain");
  ASSERT_TRUE(endpoints_.Install(rain_, {.champion = Weather("rain/2")}));
  EXPECT_FALSE(watch.expired());
  request.reset();
  EXPECT_TRUE(watch.expired());
}

TEST_F(EndpointsTest, RefusesNamesSharesAndRoutingsThatMakeNoSense) {
  const auto code = [&](const EndpointName& name, Routing routing) {
    return endpoints_.Install(name, std::move(routing)).error().code();
  };
  EXPECT_EQ(code(EndpointName("a/b"), {.champion = Weather("rain/1")}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(rain_, {}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(rain_, {.champion = Weather("rain/1"), .candidate = Weather("rain/1")}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(rain_, {.champion = Weather("rain/1"), .candidate = Weather("rain/2"), .candidate_share = 1.5}),
            ErrorCode::kInvalidArgument);
  EXPECT_TRUE(endpoints_.Names().empty());
}

TEST_F(EndpointsTest, ACandidateThatNeedsMoreThanTheChampionIsRefusedAndNothingChanges) {
  ASSERT_TRUE(endpoints_.Install(rain_, {.champion = Weather("rain/1")}));
  auto signature = testing::WeatherSignature();
  signature.inputs.push_back({.name = "wind"});
  const auto refused = endpoints_.Install(
      rain_, {.champion = Weather("rain/1"), .candidate = Weather("rain/2", signature), .candidate_share = 0.1});
  ASSERT_FALSE(refused);
  EXPECT_EQ(
      refused.error().message(),
      "rain/2 cannot be tried beside rain/1: it needs the feature 'wind', which the champion's callers do not send");
  EXPECT_EQ(endpoints_.RoutingOf(rain_).value().candidate, nullptr);
}

TEST_F(EndpointsTest, FiguresOutliveAChangeOfRoutingButNotTheEndpoint) {
  ASSERT_TRUE(endpoints_.Install(rain_, {.champion = Weather("rain/1")}));
  endpoints_.Find("rain")->counters().answered.Add(3);
  endpoints_.Find("rain")->champion().predictions.Add(5);
  ASSERT_TRUE(endpoints_.Install(rain_, {.champion = Weather("rain/2")}));
  endpoints_.Find("rain")->counters().refused.Add(1);
  endpoints_.Find("rain")->champion().predictions.Add(2);
  const auto figures = endpoints_.Figures(rain_).value();
  EXPECT_EQ(figures.requests, 4u);
  EXPECT_EQ(figures.refused, 1u);
  EXPECT_EQ(figures.predictions, 7u);
  endpoints_.Remove(rain_);
  EXPECT_EQ(metrics_.Expose().find("rain"), std::string::npos);
  ASSERT_TRUE(endpoints_.Install(rain_, {.champion = Weather("rain/2")}));
  EXPECT_EQ(endpoints_.Figures(rain_).value().requests, 0u);
}

TEST_F(EndpointsTest, MetricNamesAreTheAgreedOnes) {
  ASSERT_TRUE(endpoints_.Install(rain_, {.champion = Weather("rain/1")}));
  EXPECT_EQ(metrics_.Names(), (std::vector<std::string>{"gyre_candidate_errors_total", "gyre_predict_requests_total",
                                                        "gyre_predict_seconds", "gyre_predictions_total"}));
  EXPECT_NE(metrics_.Expose().find("gyre_predictions_total{endpoint=\"rain\",version=\"rain/1\"} 0\n"),
            std::string::npos);
}

TEST_F(EndpointsTest, AKeyStaysWithItsVariantWhenTheShareGrows) {
  const auto picked = [&](double share) {
    EXPECT_TRUE(endpoints_.Install(
        rain_, {.champion = Weather("rain/1"), .candidate = Weather("rain/2"), .candidate_share = share}));
    std::set<int> keys;
    for (int key = 0; key < 10'000; ++key) {
      if (endpoints_.Find("rain")->PicksCandidate(fmt::format("user {}", key), {})) keys.insert(key);
    }
    return keys;
  };
  const auto few = picked(0.1);
  const auto more = picked(0.3);
  EXPECT_NEAR(static_cast<double>(few.size()), 1000, 150);
  EXPECT_NEAR(static_cast<double>(more.size()), 3000, 250);
  EXPECT_TRUE(std::ranges::includes(more, few));
  EXPECT_TRUE(picked(0).empty());
  EXPECT_EQ(picked(1).size(), 10'000u);
}

TEST_F(EndpointsTest, ReadersSeeAWholeRoutingWhileItChanges) {
  const auto first = Weather("rain/1");
  const auto second = Weather("rain/2");
  ASSERT_TRUE(endpoints_.Install(rain_, {.champion = first}));
  std::atomic<bool> stop = false;
  std::thread reader([&] {
    while (!stop) {
      const auto endpoint = endpoints_.Find("rain");
      ASSERT_NE(endpoint, nullptr);
      const bool canary = endpoint->candidate() != nullptr;
      ASSERT_EQ(canary, endpoint->routing().candidate_share > 0);
    }
  });
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(endpoints_.Install(rain_, {.champion = first}));
    ASSERT_TRUE(endpoints_.Install(rain_, {.champion = first, .candidate = second, .candidate_share = 0.5}));
  }
  stop = true;
  reader.join();
}

}  // namespace
}  // namespace gyre::serve
