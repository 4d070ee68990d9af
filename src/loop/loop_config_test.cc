#include "loop/loop_config.h"

#include <gmock/gmock.h>

#include "loop/internal/placeholders.h"

namespace gyre::loop {
namespace {

using ::testing::HasSubstr;

base::Error ErrorOf(const base::Json& json) {
  const auto config = LoopConfig::FromJson(json, "endpoints.rain.loop");
  return config ? base::Internal("it was read") : config.error();
}

TEST(LoopConfig, HasDefaultsForAllButThePipeline) {
  const auto config = LoopConfig::FromJson({{"pipeline", "rain"}}, "loop").value();
  EXPECT_EQ(config.version_step(), "register");
  EXPECT_EQ(config.version_name(), "version");
  EXPECT_EQ(config.until, "register");
  EXPECT_TRUE(config.on_drift);
  EXPECT_FALSE(config.every);
  EXPECT_EQ(config.cooldown, std::chrono::hours(24 * 14));
  EXPECT_EQ(LoopConfig::FromJson(config.ToJson(), "loop").value().ToJson(), config.ToJson());
  EXPECT_EQ(ErrorOf(base::Json::object()).name(), "endpoints.rain.loop.pipeline");
}

TEST(LoopConfig, WritesWhatItReads) {
  const base::Json json = {{"project", "weather"},
                           {"pipeline", "rain"},
                           {"until", "package"},
                           {"version_output", "make.model"},
                           {"params", {{"champion", "${loop.champion}"}, {"list", {1, "${loop.watermark}"}}}},
                           {"on_drift", false},
                           {"on_performance", false},
                           {"every", "30d"},
                           {"new_labels", 1000},
                           {"cooldown", "12h"},
                           {"canary", release::CanaryPlan{.share = 0.1}.ToJson()}};
  EXPECT_EQ(LoopConfig::FromJson(json, "loop").value().ToJson(), json);
}

TEST(LoopConfig, NamesTheFieldThatIsWrong) {
  EXPECT_EQ(ErrorOf({{"pipeline", "rain"}, {"every", "0s"}}).name(), "endpoints.rain.loop.every");
  EXPECT_EQ(ErrorOf({{"pipeline", "rain"}, {"cooldown", "soon"}}).name(), "endpoints.rain.loop.cooldown");
  EXPECT_EQ(ErrorOf({{"pipeline", "rain"}, {"new_labels", 0}}).name(), "endpoints.rain.loop.new_labels");
  EXPECT_EQ(ErrorOf({{"pipeline", "rain"}, {"canary", {{"share", 7}}}}).name(), "endpoints.rain.loop.canary.share");
  for (const auto* output : {"register", ".version", "register.", "a.b.c"}) {
    EXPECT_EQ(ErrorOf({{"pipeline", "rain"}, {"version_output", output}}).name(), "endpoints.rain.loop.version_output");
  }
  const auto unknown = ErrorOf({{"pipeline", "rain"}, {"params", {{"until", "${loop.now}"}}}});
  EXPECT_EQ(unknown.name(), "endpoints.rain.loop.params.until");
  EXPECT_THAT(unknown.message(), HasSubstr("there is no ${loop.now}; there are champion, watermark and endpoint"));
  EXPECT_THAT(ErrorOf({{"pipeline", "rain"}, {"cool_down", "1d"}}).message(), HasSubstr("did you mean 'cooldown'?"));
}

TEST(Placeholders, AreFilledWhereverTheyStand) {
  const internal::LoopValues values{.champion = "rain/1", .watermark = "2013-10-01T00:00:00Z", .endpoint = "rain"};
  const base::Json params = {{"a", "${loop.champion}"},
                             {"b", {{"c", "from ${loop.endpoint} until ${loop.watermark}!"}}},
                             {"d", {"${params.x}", 3, "${loop.unclosed", nullptr}}};
  const base::Json filled = {{"a", "rain/1"},
                             {"b", {{"c", "from rain until 2013-10-01T00:00:00Z!"}}},
                             {"d", {"${params.x}", 3, "${loop.unclosed", nullptr}}};
  EXPECT_EQ(internal::FillLoopPlaceholders(params, values, "params").value(), filled);
}

}  // namespace
}  // namespace gyre::loop
