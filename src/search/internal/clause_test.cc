#include "search/internal/clause.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "search/parse.h"
#include "search/testing/demo_entity.h"

namespace gyre::search::internal {
namespace {

using search::testing::kDemoEntity;
using ::testing::HasSubstr;

Entity As(Wording wording) {
  Entity entity = kDemoEntity;
  entity.wording = wording;
  return entity;
}

std::string ErrorOf(std::string_view filter, Wording wording) {
  const auto condition = ParseFilter(filter, As(wording));
  return condition ? "none" : condition.error().message();
}

struct Case {
  const char* filter;
  Wording wording;
  const char* error;
};

// MLflow says the same thing differently for each entity.
TEST(ResolveClause, HasTheWordsOfTheEntity) {
  for (const auto& [filter, wording, error] : {
           Case{"foo.a = 'x'", Wording::kRuns, "Invalid entity type 'foo'. Valid values are ['metric', 'tag']"},
           Case{"foo.a = 'x'", Wording::kExperiments, "Invalid entity type 'foo'. Valid entity types are"},
           Case{"foo.a = 'x'", Wording::kRegistry, "Invalid entity type 'foo'. Valid entity types are"},
           Case{"foo.a = 'x'", Wording::kLoggedModels, "Invalid entity type: 'foo'. Expected one of"},
           Case{"tags.t > 'x'", Wording::kRuns, "Invalid comparator '>' not one of"},
           Case{"tags.t > 'x'", Wording::kExperiments, "Invalid comparator for tag: >"},
           Case{"tags.t > 'x'", Wording::kRegistry, "Invalid comparator for tag: >"},
           Case{"tags.t > 'x'", Wording::kLoggedModels,
                "Invalid comparison operator for tags.t: '>'. Expected one of ("},
           Case{"status > 'x'", Wording::kRegistry, "Invalid comparator for attribute: >"},
           Case{"status > 'x'", Wording::kLoggedModels, "Invalid comparison operator for attributes.status: '>'"},
           Case{"time LIKE 1", Wording::kRegistry, "Invalid comparator for attribute time: LIKE"},
           Case{"version = 1.5", Wording::kRegistry, "Invalid value for numeric attribute 'version': 1.5"},
           Case{"version = 1.5", Wording::kExperiments, "Invalid value for numeric attribute 'version': '1.5'"},
           Case{"status = 5", Wording::kRuns, "Expected a quoted string value for attributes. Got value 5"},
           Case{"status = 5", Wording::kRegistry, "Expected a quoted string value or a list of quoted string values"},
           Case{"status IS NULL", Wording::kRuns, "only supported for tags and params, not for 'attribute' 'status'"},
           Case{"status IS NULL", Wording::kExperiments, "only supported for tags, not for attribute 'status'"},
           Case{"status IS NULL", Wording::kLoggedModels, "Expected a comparison with 3 tokens"},
       }) {
    EXPECT_THAT(ErrorOf(filter, wording), HasSubstr(error)) << filter;
  }
}

TEST(ResolveClause, TakesBareValuesForLoggedModels) {
  const auto condition = ParseFilter("params.depth = 3", As(Wording::kLoggedModels)).value();
  EXPECT_EQ(std::get<std::string>(condition.clause.value), "3");
  EXPECT_EQ(std::get<std::string>(ParseFilter("status = x", As(Wording::kLoggedModels)).value().clause.value), "x");
}

TEST(ResolveName, TakesOffOneLayerOfQuotes) {
  const auto key = [](std::string_view name) { return ResolveName(name, kDemoEntity, false).value().key; };
  EXPECT_EQ(key("tags.`a`"), "a");
  EXPECT_EQ(key("tags.\"a\""), "a");
  EXPECT_EQ(key("tags.'`a`'"), "a");
  EXPECT_EQ(key("tags.\"a\".b"), "\"a\".b");
  EXPECT_EQ(key("tags."), "");
  EXPECT_EQ(key("`tags`.a"), "a");
}

TEST(ResolveName, KnowsWhatMayStandInAnOrder) {
  EXPECT_TRUE(ResolveName("Time", kDemoEntity, false));
  EXPECT_FALSE(ResolveName("Time", kDemoEntity, true));
  EXPECT_TRUE(ResolveName("dataset.name", kDemoEntity, false));
  EXPECT_FALSE(ResolveName("dataset.name", kDemoEntity, true));
  EXPECT_EQ(ResolveName("Time", kDemoEntity, false).value().key, "time") << "an alias";
}

TEST(ResolveName, SplitsAggregatesOfMetricsOnly) {
  const auto max = ResolveName("metrics.max(`a`)", kDemoEntity, true).value();
  EXPECT_EQ(max.aggregate, Aggregate::kMax);
  EXPECT_EQ(max.key, "a");
  EXPECT_EQ(ResolveName("tags.max(a)", kDemoEntity, true).value().key, "max(a)");
  Entity plain = kDemoEntity;
  std::vector<FieldRule> rules(kDemoEntity.fields.begin(), kDemoEntity.fields.end());
  for (auto& rule : rules) rule.aggregates = false;
  plain.fields = rules;
  EXPECT_EQ(ResolveName("metrics.max(a)", plain, true).value().key, "max(a)");
}

}  // namespace
}  // namespace gyre::search::internal
