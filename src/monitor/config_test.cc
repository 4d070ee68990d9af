#include "monitor/config.h"

#include <gmock/gmock.h>

namespace gyre::monitor {
namespace {

using ::testing::HasSubstr;

TEST(MonitorConfig, NothingSaidMeansTheDefaults) {
  EXPECT_EQ(MonitorConfig::FromJson(base::Json::object(), "monitor").value(), MonitorConfig{});
}

TEST(MonitorConfig, ReadsWhatItWrites) {
  const base::Json json = {{"window", "36h"},
                           {"lateness", "90m"},
                           {"min_rows", 50},
                           {"psi", 0.25},
                           {"p_value", 0.001},
                           {"drifted_share", 0.5},
                           {"persistence", 2},
                           {"performance", {{{"metric", "brier"}, {"threshold", 0.1}, {"min_labels", 30}}}},
                           {"webhooks", {"https://example.com/hook"}}};
  const auto config = MonitorConfig::FromJson(json, "monitor").value();
  EXPECT_EQ(config.window, std::chrono::hours(36));
  EXPECT_EQ(config.lateness, std::chrono::minutes(90));
  EXPECT_EQ(config.performance[0].metric, "brier");
  EXPECT_EQ(config.ToJson(), json);
}

TEST(MonitorConfig, NamesTheFieldThatIsWrong) {
  const auto error_of = [](const char* key, base::Json value) {
    const auto config = MonitorConfig::FromJson({{key, std::move(value)}}, "endpoints.rain.monitor");
    return config ? "none" : config.error().message();
  };
  EXPECT_THAT(error_of("window", "soon"), HasSubstr("endpoints.rain.monitor.window"));
  EXPECT_THAT(error_of("window", "1ms"), HasSubstr("endpoints.rain.monitor.window must be from 1s"));
  EXPECT_THAT(error_of("lateness", 5), HasSubstr("endpoints.rain.monitor.lateness"));
  EXPECT_THAT(error_of("psi", 0), HasSubstr("endpoints.rain.monitor.psi must be above 0"));
  EXPECT_THAT(error_of("p_value", 1), HasSubstr("p_value must be between 0 and 1"));
  EXPECT_THAT(error_of("drifted_share", 1.5), HasSubstr("drifted_share"));
  EXPECT_THAT(error_of("persistence", 0), HasSubstr("persistence"));
  EXPECT_THAT(error_of("min_rows", 0), HasSubstr("min_rows"));
  EXPECT_THAT(error_of("windows", "7d"), HasSubstr("window"));
  EXPECT_THAT(error_of("webhooks", base::Json::array({"file:///etc/passwd"})), HasSubstr("http"));
  EXPECT_THAT(error_of("performance", base::Json::array({{{"metric", "luck"}, {"threshold", 1}}})),
              HasSubstr("endpoints.rain.monitor.performance[0].metric"));
}

TEST(MonitorConfig, ALossIsBreachedAboveItsThresholdAndAScoreBelow) {
  const MonitorConfig::Performance loss{.metric = "brier", .threshold = 0.1};
  EXPECT_TRUE(loss.IsBreached(0.11));
  EXPECT_FALSE(loss.IsBreached(0.1));
  const MonitorConfig::Performance score{.metric = "accuracy", .threshold = 0.9};
  EXPECT_TRUE(score.IsBreached(0.89));
  EXPECT_FALSE(score.IsBreached(0.9));
}

}  // namespace
}  // namespace gyre::monitor
