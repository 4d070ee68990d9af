#include "tracking/internal/checks.h"

#include <gmock/gmock.h>

namespace gyre::tracking::internal {
namespace {

using ::testing::HasSubstr;

/// The name in the error, or "fine".
std::string Refused(const base::Result<void>& checked) {
  if (checked) return "fine";
  EXPECT_EQ(checked.error().code(), base::ErrorCode::kInvalidArgument);
  EXPECT_FALSE(checked.error().message().empty());
  EXPECT_LT(checked.error().message().size(), 1000u);
  return checked.error().name();
}

std::string Umlauts(size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += "\xC3\xBC";
  return text;
}

TEST(Checks, LengthsAreInCharactersNotBytes) {
  EXPECT_EQ(Refused(CheckExperimentName(Umlauts(500))), "fine");
  EXPECT_EQ(Refused(CheckExperimentName(Umlauts(501))), "name");
  EXPECT_EQ(Refused(CheckRunName(Umlauts(8000))), "fine");
  EXPECT_EQ(Refused(CheckRunName(Umlauts(8001))), "run_name");
  EXPECT_EQ(Refused(CheckExperimentTag("k", Umlauts(20'000))), "fine");
  EXPECT_EQ(Refused(CheckExperimentTag("k", Umlauts(20'001))), "k");
}

TEST(Checks, TextIsUtf8) {
  const std::string bad = "a\xFF";
  EXPECT_EQ(Refused(CheckExperimentName(bad)), "name");
  EXPECT_EQ(Refused(CheckArtifactLocation(bad)), "artifact_location");
  EXPECT_EQ(Refused(CheckRunName(bad)), "run_name");
  EXPECT_EQ(Refused(CheckExperimentTag("k", bad)), "k");
  EXPECT_EQ(Refused(CheckModelTexts("tag", {{"k", bad}})), "k");
  EXPECT_EQ(Refused(CheckNewRun({.user = bad})), "user_id");
}

TEST(Checks, MessagesCarryOnlyTheStartOfWhatIsLong) {
  EXPECT_EQ(Quoted("short"), "'short'");
  EXPECT_EQ(Shortened(std::string(80, 'x')), std::string(80, 'x'));
  EXPECT_THAT(Quoted(std::string(100'000, 'x')), HasSubstr("(100000 bytes)"));
  EXPECT_LT(Quoted(std::string(100'000, 'x')).size(), 120u);
}

TEST(Checks, ABatchMayBeFullButNotMore) {
  LogBatch batch;
  for (int i = 0; i < 100; ++i) {
    batch.params.emplace_back(fmt::format("p{}", i), "v");
    batch.tags.emplace_back(fmt::format("t{}", i), "v");
  }
  for (int i = 0; i < 800; ++i) batch.metrics.push_back({.key = "m", .value = 1, .time = {}, .step = i});
  EXPECT_EQ(Refused(CheckBatch(batch)), "fine");
  batch.metrics.push_back({.key = "m", .value = 1, .time = {}, .step = 0});
  EXPECT_EQ(Refused(CheckBatch(batch)), "metrics, params, and tags");
  batch.metrics.clear();
  batch.params.emplace_back("more", "v");
  EXPECT_EQ(Refused(CheckBatch(batch)), "params");
  EXPECT_THAT(CheckBatch(batch).error().message(),
              HasSubstr("A batch logging request can contain at most 100 params. Got 101 params."));
}

TEST(Checks, EveryItemOfABatchIsLookedAt) {
  EXPECT_EQ(Refused(CheckBatch({.params = {{"a", "1"}, {"/b", "1"}}})), "/b");
  EXPECT_EQ(Refused(CheckBatch({.params = {{"a", "1"}, {"a", "1"}}})), "a");
  EXPECT_EQ(Refused(CheckBatch({.tags = {{"a", "1"}, {"a", "2"}}})), "fine");
  EXPECT_EQ(Refused(CheckBatch({.tags = {{"a", std::string(8001, 'v')}}})), "a");
  LogBatch batch;
  batch.metrics = {{.key = "m", .value = 1, .time = {}, .step = 0, .dataset_digest = std::string(37, 'd')}};
  EXPECT_EQ(Refused(CheckBatch(batch)), "dataset_digest");
}

TEST(Checks, IdsOfRunsAreSafeInPaths) {
  for (const char* good : {"a", "0", "0123456789abcdef0123456789abcdef", "Run_7-b"}) {
    EXPECT_EQ(Refused(CheckNewRun({.id = RunId(good)})), "fine") << good;
  }
  for (const char* bad : {"..", "a/b", "a\\b", "-a", "_a", "a b", "a%2Fb"}) {
    EXPECT_EQ(Refused(CheckNewRun({.id = RunId(bad)})), "id") << bad;
  }
  EXPECT_EQ(Refused(CheckNewRun({.id = RunId(std::string(257, 'a'))})), "id");
}

TEST(Checks, TwoNamesOfARunMustAgree) {
  NewRun run{.name = "a"};
  run.tags = {{std::string(kRunNameTag), "a"}};
  EXPECT_EQ(Refused(CheckNewRun(run)), "fine");
  run.name = "b";
  EXPECT_EQ(Refused(CheckNewRun(run)), "run_name");
}

TEST(Checks, InputsAndOutputsHaveLimits) {
  RunInputs inputs;
  inputs.models.assign(1000, LoggedModelId("m-1"));
  EXPECT_EQ(Refused(CheckInputs(inputs)), "fine");
  inputs.models.emplace_back("m-1");
  EXPECT_EQ(Refused(CheckInputs(inputs)), "models");
  EXPECT_EQ(Refused(CheckOutputs(std::vector<ModelOutput>(1001, {.model = LoggedModelId("m-1")}))), "models");
  EXPECT_EQ(Refused(CheckOutputs(std::vector<ModelOutput>{{.model = LoggedModelId("")}})), "model_id");
  EXPECT_EQ(Refused(CheckOutputs({})), "fine");
}

TEST(Checks, TextsOfModelsMayHaveAnyKeyButNone) {
  EXPECT_EQ(Refused(CheckModelTexts("tag", {{"a//b", ""}})), "fine");
  EXPECT_EQ(Refused(CheckModelTexts("tag", {{"", "v"}})), "key");
  EXPECT_EQ(Refused(CheckModelTexts("tag", {{std::string(256, 'k'), "v"}})), "key");
  EXPECT_EQ(Refused(CheckModelTexts("param", {{"k", std::string(100'001, 'v')}})), "k");
}

}  // namespace
}  // namespace gyre::tracking::internal
