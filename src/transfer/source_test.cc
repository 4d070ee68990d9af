// The same things, written by a real MLflow into an mlruns folder and into an SQLite file (testdata/make.py).
#include "transfer/source.h"

#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/file.h"

namespace gyre::transfer {
namespace {

namespace fs = std::filesystem;

fs::path Data(std::string_view name) {
  return fs::path(GYRE_TEST_DATA) / name;
}

template <class T>
On<T> Into(std::vector<T>& list) {
  return [&list](T& item) -> base::Result<void> {
    list.push_back(item);
    return base::Ok();
  };
}

std::vector<Point> PointsOf(Source& source, const transfer::Run& run) {
  std::vector<Point> points;
  EXPECT_TRUE(source.Points(run, [&](std::span<const Point>& some) -> base::Result<void> {
    EXPECT_LE(some.size(), Source::kPointsAtOnce);
    points.insert(points.end(), some.begin(), some.end());
    return base::Ok();
  }));
  return points;
}

class SourceTest : public ::testing::TestWithParam<bool> {
 protected:
  std::unique_ptr<Source> Open() {
    auto source = GetParam() ? OpenSqliteSource(Data("sqlite/mlflow.db"), {}, report_)
                             : OpenFolderSource(Data("mlruns"), {}, report_);
    EXPECT_TRUE(source) << source.error().message();
    return std::move(*source);
  }
  Experiment Find(std::string_view name) {
    std::vector<Experiment> all;
    EXPECT_TRUE(source_->Experiments(Into(all)));
    const auto found = std::ranges::find(all, name, &Experiment::name);
    return found == all.end() ? Experiment() : *found;
  }
  transfer::Run FindRun(std::string_view experiment, std::string_view name) {
    std::vector<transfer::Run> all;
    EXPECT_TRUE(source_->Runs(Find(experiment), Into(all)));
    const auto found = std::ranges::find(all, name, &transfer::Run::name);
    return found == all.end() ? transfer::Run() : *found;
  }
  Report report_;
  std::unique_ptr<Source> source_ = Open();
};

TEST_P(SourceTest, Experiments) {
  std::vector<Experiment> all;
  ASSERT_TRUE(source_->Experiments(Into(all)));
  EXPECT_EQ(all.size(), 3U);
  EXPECT_EQ(Find("Default").tags, (Texts{{"kept", "yes"}}));
  EXPECT_EQ(Find("rain").tags, (Texts{{"team", "weather"}}));
  EXPECT_EQ(Find("rain").stage, "active");
  EXPECT_EQ(Find("gone").stage, "deleted");
  EXPECT_GT(Find("rain").created_ms, 1'700'000'000'000);
  EXPECT_EQ(source_->CountRuns().value(), 4);
  EXPECT_EQ(report_.lost(), 0);
}

TEST_P(SourceTest, Runs) {
  const auto run = FindRun("rain", "parent");
  EXPECT_EQ(run.status, "FINISHED");
  EXPECT_EQ(run.start_ms, 1'700'000'000'000);
  EXPECT_EQ(run.end_ms, 1'700'000'100'000);
  EXPECT_EQ(run.params, (Texts{{"depth", "3"}, {"text", "two\nlines: 'quoted' #x"}, {"empty", ""}}));
  EXPECT_EQ(run.tags.at("number"), "0123");
  EXPECT_EQ(run.tags.at("mlflow.note.content"), "a *note*");
  ASSERT_EQ(run.datasets.size(), 1U);
  EXPECT_EQ(run.datasets[0].name, "weather");
  EXPECT_EQ(run.datasets[0].profile, R"({"rows": 5})");
  EXPECT_EQ(run.datasets[0].tags.at(0).second, "training");
  ASSERT_EQ(run.outputs.size(), 1U);
  EXPECT_EQ(run.outputs[0].step, 2);
  const auto child = FindRun("rain", "089");
  EXPECT_EQ(child.status, "FAILED");
  EXPECT_EQ(child.tags.at("mlflow.parentRunId"), run.id);
  EXPECT_EQ(child.model_inputs, std::vector<std::string>{run.outputs[0].model_id});
  EXPECT_EQ(FindRun("rain", "deleted-run").stage, "deleted");
  EXPECT_EQ(FindRun("rain", "deleted-run").end_ms, std::nullopt);
  EXPECT_EQ(FindRun("gone", "in-gone").status, "RUNNING");
}

TEST_P(SourceTest, MetricHistories) {
  const auto run = FindRun("rain", "parent");
  const auto points = PointsOf(*source_, run);
  EXPECT_EQ(std::ranges::count(points, "loss", &Point::key), 30);
  EXPECT_EQ(std::ranges::count(points, "odd/näme", &Point::key), 4);
  EXPECT_EQ(std::ranges::count_if(points, [](const Point& point) { return std::isnan(point.value); }), 1);
  EXPECT_EQ(run.latest.size(), 3U);
  const auto last = std::ranges::find(run.latest, "loss", &Point::key);
  EXPECT_EQ(last->step, 29);
  EXPECT_EQ(last->value, 1.0 / 30);
}

TEST_P(SourceTest, LoggedModels) {
  std::vector<LoggedModel> models;
  ASSERT_TRUE(source_->LoggedModels(Find("rain"), Into(models)));
  ASSERT_EQ(models.size(), 1U);
  EXPECT_EQ(models[0].name, "forest");
  EXPECT_EQ(models[0].status, "LOGGED_MODEL_READY");
  EXPECT_EQ(models[0].model_type, "sklearn");
  EXPECT_EQ(models[0].params, (Texts{{"trees", "10"}}));
  EXPECT_EQ(models[0].tags.at("kind"), "trees");
  ASSERT_EQ(models[0].metrics.size(), 1U);
  EXPECT_EQ(models[0].metrics[0].value, 0.75);
  EXPECT_EQ(models[0].metrics[0].run_id, models[0].source_run_id);
}

TEST_P(SourceTest, RegisteredModelsAndVersions) {
  std::vector<RegisteredModel> models;
  ASSERT_TRUE(source_->RegisteredModels(Into(models)));
  const auto forest = std::ranges::find(models, "forest", &RegisteredModel::name);
  ASSERT_NE(forest, models.end());
  EXPECT_EQ(forest->description, "of trees");
  EXPECT_EQ(forest->tags, (Texts{{"owner", "me"}}));
  EXPECT_EQ(forest->aliases, (std::map<std::string, int64_t>{{"champion", 3}}));
  EXPECT_NE(std::ranges::find(models, "bare", &RegisteredModel::name), models.end());
  std::vector<ModelVersion> versions;
  ASSERT_TRUE(source_->Versions(*forest, Into(versions)));
  ASSERT_EQ(versions.size(), 3U);
  EXPECT_EQ(versions[0].stage, "Production");
  EXPECT_EQ(versions[0].description, "version 1");
  EXPECT_EQ(versions[1].number, 3);
  EXPECT_EQ(versions[1].tags, (Texts{{"n", "3"}}));
  EXPECT_TRUE(versions[2].source.starts_with("models:/m-"));
  EXPECT_EQ("models:/" + versions[2].model_id, versions[2].source);
}

TEST_P(SourceTest, ArtifactsAreFoundAlthoughTheyWereMoved) {
  const auto run = FindRun("rain", "parent");
  const ArtifactOwner owner{.kind = ArtifactOwner::Kind::kRun, .id = run.id, .uri = run.artifact_uri};
  std::vector<ArtifactFile> files;
  ASSERT_TRUE(source_->Artifacts(owner, Into(files)));
  ASSERT_EQ(files.size(), 2U);
  const auto note = std::ranges::find(files, "notes/hello world.txt", &ArtifactFile::path);
  ASSERT_NE(note, files.end());
  EXPECT_EQ(note->size, 5U);
  EXPECT_EQ(base::ReadFile(source_->Fetch(owner, *note, "/nowhere").value(), 100).value(), "hello");
}

INSTANTIATE_TEST_SUITE_P(All, SourceTest, ::testing::Bool(),
                         [](const auto& which) { return which.param ? "Sqlite" : "Folder"; });

TEST(SqliteSource, OtherFilesAreRefused) {
  Report report;
  const auto folder = base::TempFolder::Make(fs::temp_directory_path(), "sqlite_source").value();
  ASSERT_TRUE(base::WriteFileAtomic(folder.path() / "x.db", "not a database, but long enough to be looked at"));
  EXPECT_EQ(OpenSqliteSource(folder.path() / "x.db", {}, report).error().code(), base::ErrorCode::kCorrupt);
  EXPECT_EQ(OpenSqliteSource(folder.path() / "y.db", {}, report).error().code(), base::ErrorCode::kNotFound);
}

TEST(SqliteSource, DamageIsAnErrorAndNoCrash) {
  const auto folder = base::TempFolder::Make(fs::temp_directory_path(), "sqlite_source").value();
  const auto bytes = base::ReadFile(Data("sqlite/mlflow.db"), 1 << 20).value();
  for (size_t at = 1024; at < bytes.size(); at += 4096 + 512) {
    auto damaged = bytes;
    damaged.replace(at, 512, std::string(512, '\xa5'));
    ASSERT_TRUE(base::WriteFileAtomic(folder.path() / "x.db", damaged));
    Report report;
    auto source = OpenSqliteSource(folder.path() / "x.db", {}, report);
    if (!source) continue;
    std::vector<Experiment> experiments;
    const auto read = (*source)->Experiments(Into(experiments));
    for (const auto& experiment : experiments) {
      std::vector<transfer::Run> runs;
      const auto unused = (*source)->Runs(experiment, Into(runs));
      for (const auto& run : runs) {
        const auto points = (*source)->Points(run, [](std::span<const Point>&) { return base::Ok(); });
        EXPECT_TRUE(points || !points.error().message().empty());
      }
    }
  }
}

TEST(FolderSource, ADamagedRunIsLostAndTheOthersAreNot) {
  const auto folder = base::TempFolder::Make(fs::temp_directory_path(), "folder_source").value();
  fs::copy(Data("mlruns"), folder.path() / "mlruns", fs::copy_options::recursive);
  for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
    if (entry.path().filename() != "meta.yaml") continue;
    const auto text = base::ReadFile(entry.path(), 1 << 20).value();
    if (text.find("run_name: parent") != std::string::npos) {
      ASSERT_TRUE(base::WriteFileAtomic(entry.path(), "run_id: [\n"));
    }
  }
  Report report;
  const auto source = OpenFolderSource(folder.path() / "mlruns", {}, report).value();
  std::vector<transfer::Run> runs;
  ASSERT_TRUE(source->Experiments([&](Experiment& experiment) { return source->Runs(experiment, Into(runs)); }));
  EXPECT_EQ(runs.size(), 3U);
  ASSERT_EQ(report.lost(), 1);
  EXPECT_EQ(report.losses()[0].kind, "run");
}

TEST(FolderSource, OtherFoldersAreRefused) {
  Report report;
  EXPECT_EQ(OpenFolderSource(Data("sqlite"), {}, report).error().code(), base::ErrorCode::kInvalidArgument);
  EXPECT_EQ(OpenFolderSource(Data("nothing"), {}, report).error().code(), base::ErrorCode::kNotFound);
}

}  // namespace
}  // namespace gyre::transfer
