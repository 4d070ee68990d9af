#include "transfer/copy.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "transfer/testing/here.h"
#include "transfer/wire_form.h"

namespace gyre::transfer {
namespace {

namespace fs = std::filesystem;

fs::path Data(std::string_view name) {
  return fs::path(GYRE_TEST_DATA) / name;
}

std::unique_ptr<Source> OpenFixture(bool sqlite, Report& report) {
  return sqlite ? OpenSqliteSource(Data("sqlite/mlflow.db"), {}, report).value()
                : OpenFolderSource(Data("mlruns"), {}, report).value();
}

/// Breaks off, as kill -9 does, when so many calls were let through.
class Fragile final : public http::Client {
 public:
  Fragile(http::Client& client, int calls) : client_(client), left_(calls) {}
  base::Result<http::ClientResponse> Send(const http::ClientRequest& request,
                                          const base::Cancellation& cancel) override {
    if (left_-- <= 0) return base::Unavailable("cut off");
    return client_.Send(request, cancel);
  }
  bool broken() const { return left_ < 0; }

 private:
  http::Client& client_;
  int left_;
};

std::unique_ptr<Sink> SinkOf(http::Client& client) {
  return OpenGyreSink(Connection(client, {.url = "", .headers = {}, .pause = {}}));
}

/// An mlruns folder that is written has no datasets at the points of runs.
Point WithoutDataset(Point point) {
  point.dataset_name.clear();
  point.dataset_digest.clear();
  return point;
}

/// Everything a source has, as text; but for where things lie.
std::string Everything(Source& source) {
  base::Json all = base::Json::array();
  EXPECT_TRUE(source.Experiments([&](Experiment& experiment) -> base::Result<void> {
    experiment.artifact_location.clear();
    all.push_back(ToJson(experiment));
    TRY(source.Runs(experiment, [&](transfer::Run& run) -> base::Result<void> {
      std::vector<std::string> points;
      TRY(source.Points(run, [&](std::span<const Point>& some) -> base::Result<void> {
        for (auto point : some) points.push_back(base::DumpJson(ToJson(WithoutDataset(point))));
        return base::Ok();
      }));
      std::ranges::sort(points);
      run.artifact_uri.clear();
      for (auto& metric : run.latest) metric = WithoutDataset(metric);
      all.push_back({ToJson(run), points});
      return base::Ok();
    }));
    return source.LoggedModels(experiment, [&](LoggedModel& model) -> base::Result<void> {
      model.artifact_uri.clear();
      all.push_back(ToJson(model));
      return base::Ok();
    });
  }));
  EXPECT_TRUE(source.RegisteredModels([&](RegisteredModel& model) -> base::Result<void> {
    all.push_back(ToJson(model));
    return source.Versions(model, [&](ModelVersion& version) -> base::Result<void> {
      if (version.source.find("/artifacts") != std::string::npos) version.source.clear();
      all.push_back(ToJson(version));
      return base::Ok();
    });
  }));
  return all.dump(1);
}

class CopyTest : public ::testing::TestWithParam<bool> {
 protected:
  Report Import(http::Client& client, base::Result<void>* result = nullptr) {
    Report report;
    const auto source = OpenFixture(GetParam(), report);
    const auto sink = SinkOf(client);
    auto copied = Copy(*source, *sink, report, {});
    if (result != nullptr) {
      *result = copied;
    } else {
      EXPECT_TRUE(copied) << copied.error().message();
    }
    return report;
  }
  void ExpectAllThere() {
    const auto run = here_.Run("rain", "parent");
    EXPECT_EQ(here_.tracker().MetricHistory(run.id, "loss", 1000)->points.size(), 30U);
    EXPECT_EQ(here_.tracker().MetricHistory(run.id, "odd/näme", 1000)->points.size(), 4U);
    EXPECT_EQ(run.params.at("text"), "two\nlines: 'quoted' #x");
    EXPECT_EQ(run.status, tracking::RunStatus::kFinished);
    const auto place = run.artifact_uri.substr(std::string("mlflow-artifacts:/").size());
    EXPECT_EQ(here_.files().Find(place + "/notes/hello world.txt")->blob.size, 5U);
    EXPECT_EQ(here_.files().Find(place + "/empty.txt")->blob.size, 0U);
    EXPECT_EQ(here_.Run("rain", "deleted-run").stage, tracking::LifecycleStage::kDeleted);
    EXPECT_EQ(here_.Experiment("gone").stage, tracking::LifecycleStage::kDeleted);
    EXPECT_EQ(here_.Run("rain", "089").inputs.models.size(), 1U);
    const auto model = here_.tracker().GetLoggedModel(run.outputs.at(0).model).value();
    EXPECT_EQ(model.metrics.size(), 1U);
    EXPECT_EQ(here_.models().Resolve("forest@champion")->ref.version, 3);
    EXPECT_EQ(here_.models().ListVersions(registry::ModelName("forest"))->size(), 3U);
    EXPECT_EQ(here_.models().Resolve("forest/1")->source, run.artifact_uri + "/notes");
    EXPECT_EQ(here_.models().Resolve("forest/4")->model_id, model.id.value());
  }
  testing::Here here_;
};

TEST_P(CopyTest, EverythingIsTakenAndTheCountsAgree) {
  auto report = Import(here_.client());
  EXPECT_TRUE(report.Complete()) << report.ToJson().dump(1);
  EXPECT_EQ(report.Of("experiments").written, 3);
  EXPECT_EQ(report.Of("runs").written, 4);
  EXPECT_EQ(report.Of("metric_points").written, 35);
  EXPECT_EQ(report.Of("artifacts").written, 3);
  EXPECT_EQ(report.Of("model_versions").written, GetParam() ? 4 : 3);
  ExpectAllThere();
}

TEST_P(CopyTest, AgainThereIsNothingToDo) {
  auto first = Import(here_.client());
  auto second = Import(here_.client());
  EXPECT_TRUE(second.Complete()) << second.ToJson().dump(1);
  for (const char* kind : {"runs", "params", "metric_points", "artifacts", "logged_models", "model_versions"}) {
    EXPECT_EQ(second.Of(kind).written, 0) << kind;
    EXPECT_EQ(second.Of(kind).present, first.Of(kind).written) << kind;
  }
  ExpectAllThere();
}

TEST_P(CopyTest, CutOffAnywhereItGoesOn) {
  bool done = false;
  for (int calls = 1; !done; calls += 3) {
    Fragile fragile(here_.client(), calls);
    base::Result<void> result;
    auto report = Import(fragile, &result);
    done = !fragile.broken();
    EXPECT_EQ(result.has_value(), done);
    if (done) {
      EXPECT_TRUE(report.Complete()) << report.ToJson().dump(1);
    }
    ASSERT_LT(calls, 500);
  }
  ExpectAllThere();
}

TEST_P(CopyTest, WhatTheServerRefusesIsListed) {
  // A version of the name that is there already, of another run.
  here_.models().CreateModel(registry::ModelName("forest"), {}, "", "tester").value();
  here_.models()
      .CreateVersion(registry::ModelName("forest"), {.source = "s3://b/x", .run_id = "elsewhere", .number = 1})
      .value();
  auto report = Import(here_.client());
  EXPECT_FALSE(report.Complete());
  ASSERT_EQ(report.lost(), 1) << report.ToJson().dump(1);
  EXPECT_EQ(report.losses()[0].id, "forest/1");
  EXPECT_EQ(report.Of("model_versions").failed, 1);
  EXPECT_EQ(report.Of("runs").written, 4);
}

TEST_P(CopyTest, AFolderThatIsWrittenReadsAsItsSource) {
  const auto folder = base::TempFolder::Make(fs::temp_directory_path(), "copy").value();
  Report report;
  const auto source = OpenFixture(GetParam(), report);
  for (int i = 0; i < 2; ++i) {
    Report of_export;
    const auto sink = OpenFolderSink(folder.path() / "mlruns").value();
    ASSERT_TRUE(Copy(*source, *sink, of_export, {}));
    EXPECT_TRUE(of_export.Complete()) << of_export.ToJson().dump(1);
  }
  const auto again = OpenFolderSource(folder.path() / "mlruns", {}, report).value();
  EXPECT_EQ(Everything(*again), Everything(*OpenFixture(GetParam(), report)));
  EXPECT_EQ(report.lost(), 0);
}

INSTANTIATE_TEST_SUITE_P(All, CopyTest, ::testing::Bool(),
                         [](const auto& which) { return which.param ? "Sqlite" : "Folder"; });

TEST(FolderSink, TakesNoFolderOfOtherThings) {
  const auto folder = base::TempFolder::Make(fs::temp_directory_path(), "sink").value();
  ASSERT_TRUE(base::WriteFileAtomic(folder.path() / "thesis.tex", "x"));
  EXPECT_EQ(OpenFolderSink(folder.path()).error().code(), base::ErrorCode::kInvalidArgument);
}

TEST(FolderSink, NamesThatAreNoFilesAreRefused) {
  const auto folder = base::TempFolder::Make(fs::temp_directory_path(), "sink").value();
  const auto sink = OpenFolderSink(folder.path() / "x").value();
  EXPECT_FALSE(sink->PutExperiment({.id = "../1", .name = "a"}));
  ASSERT_TRUE(sink->PutExperiment({.id = "1", .name = "a"}));
  transfer::Run run;
  run.id = "..";
  run.experiment_id = "1";
  EXPECT_FALSE(sink->PutRun(run));
  run.id = "r";
  run.params = {{"../../x", "1"}};
  EXPECT_FALSE(sink->PutRun(run));
  EXPECT_FALSE(sink->PutRegisteredModel({.name = "a/b"}));
}

TEST(Report, AgreesOnlyIfAllThatWasReadIsThere) {
  Report report;
  report.Of("runs").read = 2;
  report.Of("runs").written = 1;
  EXPECT_FALSE(report.Complete());
  report.Of("runs").present = 1;
  EXPECT_TRUE(report.Complete());
  report.Note("x");
  report.Note("x");
  EXPECT_EQ(report.notes().size(), 1U);
  for (size_t i = 0; i < Report::kListed + 5; ++i) report.Lose("run", "r", "gone");
  EXPECT_FALSE(report.Complete());
  EXPECT_EQ(report.losses().size(), Report::kListed);
  EXPECT_EQ(report.ToJson()["lost"], Report::kListed + 5);
}

}  // namespace
}  // namespace gyre::transfer
