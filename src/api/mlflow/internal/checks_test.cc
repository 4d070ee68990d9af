#include "api/mlflow/internal/checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

#include "api/mlflow/internal/artifact_location.h"

namespace gyre::api::mlflow::internal {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Text(const Answer& answer) {
  return answer ? "" : answer.error().message();
}

TEST(ChecksTest, KeysThatArePathsOfTheirOwn) {
  for (const auto* key :
       {"a", "a b", "a/b/c", "train:loss", "a.b", ".a", "a-b_c", "Größe", "学習/損失", "x²", "0", "a/..b"}) {
    EXPECT_EQ(Text(CheckKey(key, "key")), "") << key;
  }
}

TEST(ChecksTest, KeysThatWouldBeOtherPaths) {
  const std::vector<std::pair<std::string, std::string>> resolved = {
      {"", "."},        {".", "."},      {"a//b", "a/b"},       {"a/", "a"},     {"./a", "a"},
      {"a/./b", "a/b"}, {"a/../b", "b"}, {"../a", "../a"},      {"..", ".."},    {"/a", "/a"},
      {"//a", "//a"},   {"///a", "/a"},  {"a/../../b", "../b"}, {"/../a", "/a"}, {"..a", "..a"}};
  for (const auto& [key, path] : resolved) {
    EXPECT_EQ(Text(CheckKey(key, "params[3].key")),
              "Invalid value \"" + key +
                  "\" for parameter 'params[3].key' supplied: Names may be treated as files in certain cases, and must "
                  "not resolve to other names when treated as such. This name would resolve to '" +
                  path + "'");
  }
}

TEST(ChecksTest, KeysWithOtherCharacters) {
  for (const auto* key : {"a?b", "a\"", "a\nb", "a,b", "a(b)", "a\\b", "emoji 🐱", "a×b", "\xFF", "\xE2\x82"}) {
    EXPECT_THAT(Text(CheckKey(key, "name")),
                HasSubstr("for parameter 'name' supplied: Names may only contain alphanumerics"))
        << key;
  }
  EXPECT_THAT(Text(CheckKey("a\"b", "k")), StartsWith(R"(Invalid value "a\"b" for)"));
}

TEST(ChecksTest, MetricsHaveATimeAndANameThatFits) {
  EXPECT_TRUE(IsPlainMetric({.key = "a/b", .value = 1, .timestamp = 0}));
  EXPECT_FALSE(IsPlainMetric({.key = "a//b", .value = 1, .timestamp = 0}));
  EXPECT_FALSE(IsPlainMetric({.key = "..a", .value = 1, .timestamp = 0}));
  EXPECT_EQ(
      Text(CheckMetric({.key = "m", .value = 1.5, .timestamp = -5}, "metrics[0].")),
      "Invalid value -5 for parameter 'metrics[0].timestamp' supplied: metric 'm' (value=1.5). Timestamp must be a "
      "nonnegative long (64-bit integer) ");
  EXPECT_EQ(Text(CheckMetric({.key = std::string(251, 'k'), .value = 0, .timestamp = 0}, "")),
            "'Metric name' exceeds the maximum length of 250 characters");
  EXPECT_EQ(Text(CheckMetric({.key = std::string(250, 'k'), .value = 0, .timestamp = 0}, "")), "");
}

TEST(ChecksTest, LengthsAreInCharacters) {
  std::string long_text;
  for (int i = 0; i < 250; ++i) long_text += "é";
  EXPECT_EQ(Text(CheckParam(long_text, "")), "");
  EXPECT_EQ(Text(CheckParam(long_text + "é", "")), "'Param key' exceeds the maximum length of 250 characters");
  EXPECT_EQ(Text(CheckTag(long_text + "é", "tags[2].")), "'tags[2].key' exceeds the maximum length of 250 characters");
  EXPECT_EQ(Truncated("ééé", 2), "éé");
  EXPECT_EQ(Truncated("ééé", 3), "ééé");
  EXPECT_EQ(Truncated("abc", 2), "ab");
}

TEST(ChecksTest, ExperimentsHaveNamesAndShortTags) {
  EXPECT_EQ(Text(CheckExperimentName(" ")), "Invalid experiment name: ' '");
  EXPECT_EQ(Text(CheckExperimentName(std::string(501, 'n'))), "'name' exceeds the maximum length of 500 characters");
  EXPECT_EQ(Text(CheckExperimentTag("k", std::string(20'000, 'v'))), "");
  EXPECT_EQ(Text(CheckExperimentTag("k", std::string(20'001, 'v'))),
            "'value' exceeds the maximum length of 20000 characters");
}

TEST(ChecksTest, RunIdsAreWords) {
  EXPECT_EQ(Text(CheckRunId("0a-B_")), "");
  for (const auto* id : {"", "-a", "_a", "a/b", "a b", "é"}) EXPECT_THAT(Text(CheckRunId(id)), HasSubstr("'run_id'"));
  EXPECT_EQ(Text(CheckRunId("a/b")), R"(Invalid value "a/b" for parameter 'run_id' supplied.)");
  EXPECT_EQ(Text(CheckRunId(std::string(256, 'a'))), "");
  EXPECT_NE(Text(CheckRunId(std::string(257, 'a'))), "");
}

TEST(ChecksTest, BatchesAreBounded) {
  EXPECT_EQ(Text(CheckBatch(800, 100, 100)), "");
  EXPECT_EQ(
      Text(CheckBatch(1001, 0, 0)),
      "A batch logging request can contain at most 1000 metrics. Got 1001 metrics. Please split up metrics across "
      "multiple requests and try again.");
  EXPECT_THAT(Text(CheckBatch(0, 101, 0)), HasSubstr("at most 100 params. Got 101 params."));
  EXPECT_THAT(Text(CheckBatch(0, 0, 101)), HasSubstr("at most 100 tags. Got 101 tags."));
  EXPECT_THAT(Text(CheckBatch(999, 1, 1)), HasSubstr("at most 1000 metrics, params, and tags. Got 1001"));
}

TEST(ChecksTest, LoggedModelsHaveNamesForPaths) {
  EXPECT_EQ(Text(CheckLoggedModelName("my model")), "");
  EXPECT_EQ(
      Text(CheckLoggedModelName("a/b")),
      "Invalid model name ('a/b') provided. Model name must be a non-empty string and cannot contain the following "
      "characters: ('/', ':', '.', '%', '\"', \"'\")");
  for (const auto* name : {"", ":", "a.b", "%", "\"", "'"}) EXPECT_NE(Text(CheckLoggedModelName(name)), "") << name;
}

TEST(ChecksTest, ArtifactsLieWhereTheyCanBeFound) {
  for (const auto* location : {"s3://bucket/x", "/tmp/x", "relative/x", "mlflow-artifacts:/x", "s3://b/x?endpoint=1"}) {
    EXPECT_EQ(Text(CheckArtifactLocation(location)), "") << location;
  }
  EXPECT_EQ(Text(CheckArtifactLocation("runs:/x")), "Artifact location cannot be a runs:/ URI. Given: 'runs:/x'");
  EXPECT_EQ(Text(CheckArtifactLocation("s3://b/x#f")), "'artifact_location' URL can't include fragments or params.");
  EXPECT_EQ(Text(CheckArtifactLocation("s3://b/x;p")), "'artifact_location' URL can't include fragments or params.");
  for (const auto* query : {"s3://b/x?a=..", "s3://b/x?a=%2e%2e", "s3://b/x?a=%252e%252e"}) {
    EXPECT_EQ(Text(CheckArtifactLocation(query)), "Invalid query string") << query;
  }
  EXPECT_THAT(Text(CheckArtifactLocation("s3://" + std::string(2048, 'b'))), HasSubstr("greater than 2048"));
  EXPECT_EQ(AbsoluteLocation(""), "");
  EXPECT_EQ(AbsoluteLocation("s3://b"), "s3://b");
  EXPECT_EQ(AbsoluteLocation("/x"), "/x");
  EXPECT_THAT(AbsoluteLocation("x/y"), ::testing::MatchesRegex("/.*/x/y"));
}

}  // namespace
}  // namespace gyre::api::mlflow::internal
