#include "tracking/search.h"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

#include "tracking/testing/temp_tracker.h"

namespace gyre::tracking {
namespace {

using ::testing::HasSubstr;
using Names = std::vector<std::string>;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// 60 runs in "A", where keys and values repeat in many ways; some more in "B".
class SearchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    a_ = tracker_->CreateExperiment("A", "", {}, "t").value().id;
    b_ = tracker_->CreateExperiment("B", "", {{"stage", "old"}}, "t").value().id;
    for (int i = 0; i < 60; ++i) AddRun(a_, i);
    for (int i = 60; i < 70; ++i) AddRun(b_, i);
  }

  void AddRun(const ExperimentId& experiment, int i) {
    NewRun fresh{.experiment = experiment, .name = fmt::format("run {:02}", i), .user = i % 2 == 0 ? "ada" : "bob"};
    fresh.started_at = base::FromMicros(int64_t{1'000'000} * (i / 3));
    if (i % 4 != 0) fresh.tags["team"] = fmt::format("team {}", i % 5);
    if (i % 7 == 0) fresh.tags["rare"] = std::string(150, 'x') + fmt::format("{}", i);
    fresh.params["lr"] = fmt::format("{}", i % 6);
    const auto run = tracker_->CreateRun(fresh, "t").value();
    LogBatch batch;
    if (i % 5 != 0) batch.metrics.push_back({.key = "acc", .value = i % 5 == 1 ? kNan : (i % 8) / 8.0, .step = 2});
    if (i % 3 == 0) {
      batch.metrics.push_back({.key = "loss", .value = 1.0 * i, .step = 1});
      batch.metrics.push_back({.key = "loss", .value = 100.0 - i, .step = 2});
    }
    if (i % 6 == 5) batch.metrics.push_back({.key = "loss", .value = kNan, .step = 3});
    ASSERT_TRUE(tracker_->Log(run.id, batch));
  }

  Names Find(const RunSearch& search) {
    const auto page = tracker_->SearchRuns(search);
    if (!page) return {page.error().message()};
    Names names;
    for (const auto& run : page->runs) names.push_back(run.name);
    return names;
  }
  Names Sorted(const std::string& filter) {
    auto names = Find({.experiments = {a_.value()}, .filter = filter});
    std::ranges::sort(names);
    return names;
  }
  /// Those of "A" that the predicate holds for.
  static Names Where(const std::function<bool(int)>& holds) {
    Names names;
    for (int i = 0; i < 60; ++i) {
      if (holds(i)) names.push_back(fmt::format("run {:02}", i));
    }
    return names;
  }

  Names Paged(RunSearch search) {
    Names names;
    while (true) {
      const auto page = tracker_->SearchRuns(search).value();
      EXPECT_LE(page.runs.size(), static_cast<size_t>(search.max_results));
      for (const auto& run : page.runs) names.push_back(run.name);
      if (!page.next) return names;
      EXPECT_EQ(page.runs.size(), static_cast<size_t>(search.max_results));
      search.page_token = *page.next;
    }
  }

  testing::TempTracker tracker_;
  ExperimentId a_;
  ExperimentId b_;
};

TEST_F(SearchTest, PagesTogetherAreTheWholeInEveryOrder) {
  const std::vector<Names> orders = {{},
                                     {"metrics.acc"},
                                     {"metrics.acc DESC"},
                                     {"metrics.acc DESC", "metrics.loss"},
                                     {"metrics.max(loss) DESC"},
                                     {"params.lr DESC", "metrics.acc"},
                                     {"tags.team"},
                                     {"tags.rare DESC"},
                                     {"end_time", "user_id DESC"},
                                     {"run_id DESC"},
                                     {"start_time"}};
  const Names filters = {"",
                         "metrics.acc != 0.5",
                         "metrics.acc >= 0.25",
                         "params.lr = '3'",
                         "tags.team LIKE 'team %'",
                         "metrics.acc > 0 OR NOT tags.team = 'team 1'",
                         "tags.rare LIKE 'xx%'"};
  for (const auto& order : orders) {
    for (const auto& filter : filters) {
      for (const auto& experiments : {Names{a_.value()}, Names{a_.value(), b_.value()}}) {
        RunSearch search{.experiments = experiments, .filter = filter, .order_by = order};
        const auto whole = Find(search);
        for (const int64_t size : {5, 11}) {
          search.max_results = size;
          EXPECT_EQ(Paged(search), whole) << filter << " by " << fmt::format("{}", fmt::join(order, ", "));
        }
      }
    }
  }
}

TEST_F(SearchTest, OneExperimentAndSeveralAreOrderedAlike) {
  for (const Names& order :
       {Names{"metrics.acc"}, Names{"metrics.acc DESC", "params.lr"}, Names{"metrics.loss DESC"}}) {
    const auto one = Find({.experiments = {a_.value()}, .order_by = order});
    const auto both = Find({.experiments = {a_.value(), "77"}, .order_by = order});
    EXPECT_EQ(one, both);
    EXPECT_EQ(one.size(), 60U);
  }
}

TEST_F(SearchTest, CombinesWithOrNotAndParentheses) {
  EXPECT_EQ(Sorted("params.lr = '3' OR params.lr = '4'"), Where([](int i) { return i % 6 == 3 || i % 6 == 4; }));
  EXPECT_EQ(Sorted("NOT params.lr = '3'"), Where([](int i) { return i % 6 != 3; }));
  EXPECT_EQ(Sorted("NOT tags.team = 'team 1'"), Where([](int i) { return i % 4 == 0 || i % 5 != 1; }));
  EXPECT_EQ(Sorted("tags.team != 'team 1'"), Where([](int i) { return i % 4 != 0 && i % 5 != 1; }));
  EXPECT_EQ(Sorted("(params.lr = '3' OR tags.team IS NULL) AND NOT user_id = 'ada'"),
            Where([](int i) { return (i % 6 == 3 || i % 4 == 0) && i % 2 == 1; }));
  EXPECT_EQ(Sorted("NOT (end_time > 0)").size(), 60U) << "no run has ended";
  EXPECT_EQ(Sorted("NOT metrics.acc >= 0"), Where([](int i) { return i % 5 <= 1; })) << "NaN and missing";
}

TEST_F(SearchTest, ComparesMinimaAndMaxima) {
  EXPECT_EQ(Sorted("metrics.max(loss) >= 90"), Where([](int i) { return i % 3 == 0 && std::max(i, 100 - i) >= 90; }));
  EXPECT_EQ(Sorted("metrics.min(loss) < 10"), Where([](int i) { return i % 3 == 0 && std::min(i, 100 - i) < 10; }));
  EXPECT_EQ(Sorted("metrics.max(loss) != 100"), Where([](int i) { return i % 3 == 0 && std::max(i, 100 - i) != 100; }));
}

TEST_F(SearchTest, FindsByLongValuesThroughTheIndexOfTheirBeginnings) {
  EXPECT_EQ(Sorted("tags.rare = '" + std::string(150, 'x') + "7'"), Names{"run 07"});
  EXPECT_EQ(Sorted("tags.rare LIKE '" + std::string(150, 'x') + "1%'"), Where([](int i) { return i == 14; }));
  EXPECT_TRUE(Sorted("tags.rare = '" + std::string(150, 'x') + "'").empty());
  EXPECT_TRUE(Sorted("tags.rare LIKE 'X%'").empty());
}

TEST_F(SearchTest, SearchesEveryExperiment) {
  EXPECT_EQ(Find({.experiments = {kAllExperiments}}).size(), 70U);
  EXPECT_EQ(Find({.experiments = {kAllExperiments}, .filter = "metrics.acc > 0.7", .order_by = {"metrics.acc"}}).size(),
            Find({.experiments = {a_.value(), b_.value()}, .filter = "metrics.acc > 0.7"}).size());
  EXPECT_TRUE(Find({.experiments = {}}).empty());
  EXPECT_TRUE(Find({.experiments = {"4711"}}).empty());
}

TEST_F(SearchTest, LoadsWhatHangsFromARunUnlessToldNotTo) {
  RunSearch search{.experiments = {a_.value()}, .filter = "run_name = 'run 07'"};
  const auto whole = tracker_->SearchRuns(search).value().runs.at(0);
  EXPECT_EQ(whole.params.at("lr"), "1");
  EXPECT_EQ(whole.tags.at("team"), "team 2");
  EXPECT_EQ(whole.metrics.size(), 1U);
  search.info_only = true;
  const auto info = tracker_->SearchRuns(search).value().runs.at(0);
  EXPECT_EQ(info.id, whole.id);
  EXPECT_EQ(info.artifact_uri, whole.artifact_uri);
  EXPECT_TRUE(info.params.empty() && info.tags.empty() && info.metrics.empty());
}

TEST_F(SearchTest, RefusesTokensOfOtherSearchesAndNumbersOutOfRange) {
  RunSearch search{.experiments = {a_.value()}, .max_results = 5};
  const auto token = *tracker_->SearchRuns(search).value().next;
  search.page_token = token;
  search.filter = "params.lr = '1'";
  EXPECT_THAT(Find(search).at(0), HasSubstr("Invalid page token"));
  search.filter.clear();
  search.experiments.push_back(b_.value());
  EXPECT_THAT(Find(search).at(0), HasSubstr("Invalid page token"));
  EXPECT_THAT(Find({.experiments = {a_.value()}, .max_results = 0}).at(0), HasSubstr("'max_results' supplied"));
  EXPECT_THAT(Find({.experiments = {a_.value()}, .max_results = 50'001}).at(0), HasSubstr("at most 50000"));
  EXPECT_THAT(Find({.experiments = {"x"}}).at(0), HasSubstr("Invalid experiment ID 'x'"));
}

TEST_F(SearchTest, PagesStayWholeWhileRunsComeAndGo) {
  RunSearch search{.experiments = {a_.value()}, .order_by = {"run_name"}, .max_results = 10};
  auto page = tracker_->SearchRuns(search).value();
  ASSERT_TRUE(tracker_->DeleteRun(page.runs[3].id, "t"));
  search.page_token = *page.next;
  EXPECT_EQ(tracker_->SearchRuns(search).value().runs.at(0).name, "run 10");
}

TEST_F(SearchTest, AnswersTheLargestFiltersSoon) {
  std::string ids = "run_id IN ('x'";
  for (int i = 1; i < 10'000; ++i) ids += fmt::format(",'{:032}'", i);
  EXPECT_TRUE(Find({.experiments = {a_.value()}, .filter = ids + ")"}).empty());
  std::string clauses = "tags.k0 = 'x'";
  for (int i = 1; i < 256; ++i) clauses += fmt::format(" OR (metrics.k{} > 1 AND params.k = 'y')", i);
  EXPECT_THAT(Find({.experiments = {a_.value()}, .filter = clauses}).at(0), HasSubstr("more than 256"));
  clauses = "tags.k0 = 'x'";
  for (int i = 1; i < 256; ++i)
    clauses += fmt::format("{} params.k{} ILIKE '%a%b%'", i % 2 == 0 ? " AND NOT" : " OR", i);
  EXPECT_TRUE(tracker_->SearchRuns({.experiments = {a_.value()}, .filter = clauses}));
  EXPECT_TRUE(Find({.experiments = {a_.value()}, .filter = "params.lr = '" + std::string(100'000, 'x') + "'"}).empty());
}

TEST_F(SearchTest, FindsDatasetsOncePerContext) {
  const auto runs = tracker_->SearchRuns({.experiments = {a_.value()}, .max_results = 2}).value().runs;
  const Dataset dataset{.name = "d", .digest = "1", .source_type = "local", .source = "here"};
  for (const auto& run : runs) {
    ASSERT_TRUE(tracker_->LogInputs(run.id, {.datasets = {{dataset, {{kDatasetContextTag, "training"}}}}}));
  }
  const auto summaries = tracker_->SearchDatasets({a_.value(), b_.value()}).value();
  ASSERT_EQ(summaries.size(), 1U);
  EXPECT_EQ(summaries[0].experiment, a_);
  EXPECT_EQ(summaries[0].context, "training");
  EXPECT_EQ(Sorted("datasets.context = 'training'").size(), 2U);
}

TEST_F(SearchTest, PagesThroughExperimentsAndLoggedModels) {
  Names names;
  ExperimentSearch experiments{.order_by = {"name DESC"}, .max_results = 1};
  for (std::optional<std::string> next = ""; next; experiments.page_token = next.value_or("")) {
    const auto page = tracker_->SearchExperiments(experiments).value();
    names.push_back(page.experiments.at(0).name);
    next = page.next;
  }
  EXPECT_EQ(names, (Names{"Default", "B", "A"}));
  EXPECT_EQ(tracker_->SearchExperiments({.filter = "NOT tags.stage = 'old'"}).value().experiments.size(), 2U);

  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(tracker_->CreateLoggedModel({.experiment = a_, .name = fmt::format("m{}", i % 3)}, "t"));
  }
  LoggedModelSearch models{
      .experiments = {a_.value()}, .order_by = {{"name", false}, {"metrics.f-1"}}, .max_results = 2};
  names.clear();
  for (std::optional<std::string> next = ""; next; models.page_token = next.value_or("")) {
    const auto page = tracker_->SearchLoggedModels(models).value();
    for (const auto& model : page.models) names.push_back(model.name);
    next = page.next;
  }
  EXPECT_EQ(names, (Names{"m2", "m1", "m1", "m0", "m0"}));
}

}  // namespace
}  // namespace gyre::tracking
