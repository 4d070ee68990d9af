// Searches with the answers of MLflow's own store (tests/golden/search.py).
#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json.h"
#include "tracking/testing/temp_tracker.h"

namespace gyre::tracking {
namespace {

using base::Json;
using Names = std::vector<std::string>;

const Json& Golden() {
  static const Json golden =
      base::ParseJson(base::ReadFile(std::string(GYRE_TEST_DATA) + "/search.json", 1 << 20).value(), "search.json")
          .value();
  return golden;
}

double Number(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (value == "NaN") return std::numeric_limits<double>::quiet_NaN();
  return value == "Infinity" ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity();
}

base::Timestamp Millis(const Json& value) {
  return base::FromMicros(value.get<int64_t>() * 1000);
}

std::map<std::string, std::string> Texts(const Json& object, const char* key) {
  return object.contains(key) ? object[key].get<std::map<std::string, std::string>>()
                              : std::map<std::string, std::string>();
}

/// What the script put into MLflow.
class SearchGolden : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const auto& spec : Golden()["experiments"]) {
      experiments_.push_back(
          tracker_->CreateExperiment(spec["name"].get<std::string>(), "", Texts(spec, "tags"), "t").value().id);
    }
    for (const auto& spec : Golden()["runs"]) AddRun(spec);
    const auto run = tracker_->CreateRun({.experiment = experiments_[2], .name = "of models", .user = "eve"}, "t");
    for (const auto& spec : Golden()["models"]) AddModel(run.value().id, spec);
    for (size_t i = 0; i < experiments_.size(); ++i) {
      if (!Golden()["experiments"][i].contains("deleted")) continue;
      ASSERT_TRUE(tracker_->DeleteExperiment(experiments_[i], "t"));
    }
  }

  void AddRun(const Json& spec) {
    NewRun fresh{.experiment = experiments_[spec.value("experiment", size_t{0})], .name = spec["name"]};
    fresh.user = spec.value("user", "eve");
    fresh.started_at = Millis(spec["start_time"]);
    fresh.tags = Texts(spec, "tags");
    fresh.params = Texts(spec, "params");
    const auto id = tracker_->CreateRun(fresh, "t").value().id;
    LogBatch batch;
    if (spec.contains("metrics")) {
      for (const auto& [key, value] : spec["metrics"].items()) {
        batch.metrics.push_back({.key = key, .value = Number(value), .time = base::FromMicros(1000), .step = 0});
      }
    }
    ASSERT_TRUE(tracker_->Log(id, batch));
    RunInputs inputs;
    if (spec.contains("datasets")) {
      for (const auto& dataset : spec["datasets"]) {
        DatasetInput input{.dataset = {dataset[0], dataset[1], "local", "here"}};
        if (!dataset[2].is_null()) input.tags.emplace_back(kDatasetContextTag, dataset[2]);
        inputs.datasets.push_back(input);
      }
      ASSERT_TRUE(tracker_->LogInputs(id, inputs));
    }
    if (spec.contains("status")) {
      const RunUpdate update{.status = ParseRunStatus(spec["status"].get<std::string>()).value(),
                             .ended_at = Millis(spec["end_time"])};
      ASSERT_TRUE(tracker_->UpdateRun(id, update, "t"));
    }
    if (spec.contains("deleted")) {
      ASSERT_TRUE(tracker_->DeleteRun(id, "t"));
    }
  }

  void AddModel(const RunId& run, const Json& spec) {
    tracker_.clock().Advance(std::chrono::milliseconds(5));
    NewLoggedModel fresh{.experiment = experiments_[2], .name = spec["name"], .model_type = spec.value("type", "")};
    fresh.params = Texts(spec, "params");
    fresh.tags = Texts(spec, "tags");
    const auto id = tracker_->CreateLoggedModel(fresh, "t").value().id;
    int64_t step = 0;
    for (const auto& metric : spec["metrics"]) {
      MetricPoint point{.key = metric[0], .value = metric[1], .time = base::FromMicros(1000), .step = step++};
      point.model = id;
      if (!metric[2].is_null()) {
        point.dataset_name = "d";
        point.dataset_digest = metric[2];
      }
      ASSERT_TRUE(tracker_->Log(run, {.metrics = {point}, .params = {}, .tags = {}}));
    }
    if (spec.contains("status")) {
      const auto status = spec["status"] == "READY" ? LoggedModelStatus::kReady : LoggedModelStatus::kUploadFailed;
      ASSERT_TRUE(tracker_->FinishLoggedModel(id, status, "t"));
    }
    if (spec.contains("deleted")) {
      ASSERT_TRUE(tracker_->DeleteLoggedModel(id, "t"));
    }
  }

  RunSearch FirstTwo() const { return {.experiments = {experiments_[0].value(), experiments_[1].value()}}; }

  base::Result<Names> Runs(const RunSearch& search) {
    Names names;
    for (const auto& run : TRY(tracker_->SearchRuns(search)).runs) names.push_back(run.name);
    return names;
  }
  base::Result<Names> Experiments(const ExperimentSearch& search) {
    Names names;
    for (const auto& experiment : TRY(tracker_->SearchExperiments(search)).experiments)
      names.push_back(experiment.name);
    return names;
  }
  base::Result<Names> Models(LoggedModelSearch search) {
    search.experiments = {experiments_[2].value()};
    Names names;
    for (const auto& model : TRY(tracker_->SearchLoggedModels(search)).models) names.push_back(model.name);
    return names;
  }

  testing::TempTracker tracker_;
  std::vector<ExperimentId> experiments_;
};

/// MLflow's parser has many words for one that does not parse; ours says where.
bool IsAboutSyntax(std::string_view message) {
  for (const std::string_view begin : {"Invalid clause(s)", "Search filter contained multiple", "malformed node"}) {
    if (message.starts_with(begin)) return true;
  }
  return false;
}

void ExpectAsMlflow(base::Result<Names> answer, const Json& expected, bool sorted) {
  if (expected.contains("found")) {
    ASSERT_TRUE(answer) << expected << answer.error().message();
    if (sorted) std::ranges::sort(*answer);
    EXPECT_EQ(*answer, expected["found"].get<Names>()) << expected;
    return;
  }
  ASSERT_FALSE(answer) << expected;
  EXPECT_EQ(answer.error().code(), base::ErrorCode::kInvalidArgument) << expected << answer.error().message();
  const auto message = expected.value("error", "");
  if (!IsAboutSyntax(message)) {
    EXPECT_THAT(answer.error().message(), ::testing::StartsWith(message)) << expected;
  }
}

TEST_F(SearchGolden, FiltersOfRuns) {
  for (const auto& expected : Golden()["run_searches"]["filters"]) {
    auto search = FirstTwo();
    search.filter = expected["filter"];
    ExpectAsMlflow(Runs(search), expected, true);
  }
}

TEST_F(SearchGolden, OrdersOfRuns) {
  for (const auto& expected : Golden()["run_searches"]["orders"]) {
    auto search = FirstTwo();
    search.order_by = expected["order_by"].get<Names>();
    const bool named = std::ranges::any_of(search.order_by, [](const auto& key) { return key.contains("run_name"); });
    if (!named) search.order_by.emplace_back("run_name");
    ExpectAsMlflow(Runs(search), expected, false);
  }
}

TEST_F(SearchGolden, ViewsAndScopesOfRuns) {
  const auto& expected = Golden()["run_searches"];
  auto search = FirstTwo();
  for (const auto& [name, view] :
       {std::pair{"active_only", ViewType::kActiveOnly}, std::pair{"deleted_only", ViewType::kDeletedOnly},
        std::pair{"all", ViewType::kAll}}) {
    search.view = view;
    ExpectAsMlflow(Runs(search), {{"found", expected["views"][name]}}, true);
  }
  ExpectAsMlflow(Runs({.experiments = {experiments_[1].value()}}), {{"found", expected["second"]}}, true);
}

/// One experiment goes other ways than two: along the index of a metric.
TEST_F(SearchGolden, OrdersOfRunsOfOneExperiment) {
  for (const auto& expected : Golden()["run_searches"]["orders"]) {
    if (!expected.contains("found")) continue;
    Names first;
    for (const auto& name : expected["found"].get<Names>()) {
      if (name != "r10" && name != "r11") first.push_back(name);
    }
    RunSearch search{.experiments = {experiments_[0].value()}, .order_by = expected["order_by"].get<Names>()};
    search.order_by.emplace_back("run_name");
    if (Json(search.order_by).dump().find("run_name") != Json(search.order_by).dump().rfind("run_name")) {
      search.order_by.pop_back();
    }
    ExpectAsMlflow(Runs(search), {{"found", first}, {"order_by", expected["order_by"]}}, false);
  }
}

TEST_F(SearchGolden, Experiments) {
  for (const auto& expected : Golden()["experiment_searches"]["filters"]) {
    ExpectAsMlflow(Experiments({.filter = expected["filter"]}), expected, true);
  }
  for (const auto& expected : Golden()["experiment_searches"]["orders"]) {
    ExpectAsMlflow(Experiments({.order_by = expected["order_by"].get<Names>()}), expected, false);
  }
}

TEST_F(SearchGolden, LoggedModels) {
  const auto& golden = Golden()["model_searches"];
  for (const auto& expected : golden["filters"]) {
    ExpectAsMlflow(Models({.filter = expected["filter"]}), expected, true);
  }
  for (const auto& expected : golden["orders"]) {
    LoggedModelSearch search;
    for (const auto& key : expected["order_by"]) {
      search.order_by.push_back({key[0], key[1], "", key[2].is_null() ? "" : key[2].get<std::string>()});
    }
    search.order_by.push_back({"creation_time"});
    ExpectAsMlflow(Models(search), expected, false);
  }
  ExpectAsMlflow(Models({.datasets = {{"d", "train"}}}), {{"found", golden["on_train"]}}, true);
  ExpectAsMlflow(Models({.filter = "metrics.f1 < 0.8", .datasets = {{"d", "train"}}}),
                 {{"found", golden["f1_on_train"]}}, true);
}

}  // namespace
}  // namespace gyre::tracking
