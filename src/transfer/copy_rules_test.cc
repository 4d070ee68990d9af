// What Copy does with sources and sinks that misbehave. That real ones are copied whole is in copy_test.cc.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "transfer/copy.h"

namespace gyre::transfer {
namespace {

namespace fs = std::filesystem;

/// One experiment with runs of a few points and an artifact each.
class SmallSource final : public Source {
 public:
  std::string Name() const override { return "small"; }
  base::Result<std::optional<int64_t>> CountRuns() override { return static_cast<int64_t>(runs.size()); }
  base::Result<void> Experiments(const On<Experiment>& on_experiment) override {
    Experiment experiment{.id = "1", .name = "rain"};
    return on_experiment(experiment);
  }
  base::Result<void> Runs(const Experiment&, const On<transfer::Run>& on_run) override {
    for (auto run : runs) TRY(on_run(run));
    return base::Ok();
  }
  base::Result<void> Points(const Run&, const On<std::span<const Point>>& on_points) override {
    std::span<const Point> all(points);
    return on_points(all);
  }
  base::Result<void> LoggedModels(const Experiment&, const On<LoggedModel>& on_model) override {
    for (auto model : models) TRY(on_model(model));
    return base::Ok();
  }
  base::Result<void> RegisteredModels(const On<RegisteredModel>&) override { return base::Ok(); }
  base::Result<void> Versions(const RegisteredModel&, const On<ModelVersion>&) override { return base::Ok(); }
  base::Result<void> Artifacts(const ArtifactOwner&, const On<ArtifactFile>& on_file) override {
    if (!artifacts) return artifacts;
    ArtifactFile file{.path = "f", .size = 3};
    return on_file(file);
  }
  base::Result<fs::path> Fetch(const ArtifactOwner&, const ArtifactFile&, const fs::path& folder) override {
    if (!fetch) return fetch.error();
    TRY(base::WriteFileAtomic(folder / "artifact", "abc"));
    fetched.push_back(folder / "artifact");
    return folder / "artifact";
  }

  std::vector<transfer::Run> runs = {Run()};
  std::vector<Point> points;
  std::vector<LoggedModel> models;
  base::Result<void> artifacts;
  base::Result<void> fetch;
  std::vector<fs::path> fetched;
};

/// Takes what it is told to.
class SmallSink final : public Sink {
 public:
  std::string Name() const override { return "small"; }
  base::Result<std::map<std::string, Counts>> Known(
      std::string_view, const std::vector<std::pair<std::string, std::string>>& fingerprints) override {
    asked += static_cast<int>(fingerprints.size());
    largest_question = std::max(largest_question, fingerprints.size());
    std::map<std::string, Counts> known;
    for (const auto& [id, fingerprint] : fingerprints) {
      const auto found = marks.find(id);
      if (found != marks.end() && found->second.first == fingerprint) known[id] = found->second.second;
    }
    return known;
  }
  base::Result<void> Mark(std::string_view, const std::string& id, const std::string& fingerprint,
                          const Counts& counts) override {
    marks[id] = {fingerprint, counts};
    return base::Ok();
  }
  base::Result<void> PutExperiment(const Experiment&) override { return put_experiment; }
  base::Result<void> FinishExperiment(const Experiment&) override { return base::Ok(); }
  base::Result<void> PutRun(const Run&) override { return put_run; }
  base::Result<void> PutPoints(const Run&, std::span<const Point> points) override {
    for (const auto& point : points) {
      if (point.key == "bad") return base::InvalidArgument("a bad key");
    }
    taken += static_cast<int>(points.size());
    return base::Ok();
  }
  base::Result<void> FinishRun(const Run&) override { return finish_run; }
  base::Result<void> PutLoggedModel(const LoggedModel&) override { return base::Ok(); }
  base::Result<void> FinishLoggedModel(const LoggedModel&) override { return base::Ok(); }
  base::Result<void> PutArtifact(const ArtifactOwner&, const ArtifactFile&, const fs::path& bytes) override {
    EXPECT_EQ(base::ReadFile(bytes, 10).value(), "abc");
    return put_artifact;
  }
  base::Result<void> PutRegisteredModel(const RegisteredModel&) override { return base::Ok(); }
  base::Result<void> PutVersion(const ModelVersion&) override { return base::Ok(); }
  base::Result<void> FinishRegisteredModel(const RegisteredModel&) override { return base::Ok(); }

  std::map<std::string, std::pair<std::string, Counts>> marks;
  int asked = 0;
  size_t largest_question = 0;
  int taken = 0;
  base::Result<void> put_experiment;
  base::Result<void> put_run;
  base::Result<void> finish_run;
  base::Result<void> put_artifact;
};

class CopyRulesTest : public ::testing::Test {
 protected:
  CopyRulesTest() {
    source_.runs[0].id = "r0";
    source_.runs[0].params = {{"p", "v"}};
    for (int i = 0; i < 10; ++i) source_.points.push_back({.key = "k", .value = 1, .step = i});
  }
  base::Result<void> Copied() {
    report_ = Report();
    return Copy(source_, sink_, report_, {});
  }
  SmallSource source_;
  SmallSink sink_;
  Report report_;
};

TEST_F(CopyRulesTest, WhatIsWholeIsMarkedWithItsCounts) {
  ASSERT_TRUE(Copied());
  EXPECT_TRUE(report_.Complete());
  EXPECT_EQ(sink_.marks.at("r0").second,
            (Sink::Counts{{"artifact_bytes", 3}, {"artifacts", 1}, {"metric_points", 10}}));
  EXPECT_FALSE(fs::exists(source_.fetched.at(0))) << "fetched files go at once";
  ASSERT_TRUE(Copied());
  EXPECT_EQ(report_.Of("metric_points").present, 10);
  EXPECT_EQ(report_.Of("artifact_bytes").present, 3);
  EXPECT_EQ(report_.Of("params").present, 1);
  source_.runs[0].status = "FINISHED";
  ASSERT_TRUE(Copied());
  EXPECT_EQ(report_.Of("runs").written, 1) << "it has changed";
}

TEST_F(CopyRulesTest, OnlyThePointsThatAreRefusedAreLost) {
  source_.points[3].key = "bad";
  source_.points[7].key = "bad";
  ASSERT_TRUE(Copied());
  EXPECT_EQ(sink_.taken, 8);
  EXPECT_EQ(report_.Of("metric_points").written, 8);
  EXPECT_EQ(report_.Of("metric_points").failed, 2);
  EXPECT_EQ(report_.lost(), 2);
  EXPECT_EQ(report_.losses()[0].id, "r0 bad");
  EXPECT_TRUE(sink_.marks.empty()) << "it is tried again next time";
}

TEST_F(CopyRulesTest, ARunThatIsRefusedIsLostAndNoMore) {
  source_.runs.push_back(source_.runs[0]);
  sink_.put_run = base::InvalidArgument("no");
  ASSERT_TRUE(Copied());
  EXPECT_EQ(report_.Of("runs").failed, 2);
  EXPECT_EQ(report_.lost(), 2);
  sink_.put_run = {};
  sink_.finish_run = base::InvalidArgument("no");
  ASSERT_TRUE(Copied());
  EXPECT_EQ(report_.lost(), 2);
  EXPECT_TRUE(sink_.marks.empty());
}

TEST_F(CopyRulesTest, WhenTheSinkIsGoneItEnds) {
  sink_.put_artifact = base::Unavailable("gone");
  EXPECT_EQ(Copied().error().code(), base::ErrorCode::kUnavailable);
  sink_.put_artifact = {};
  sink_.put_experiment = base::Unavailable("gone");
  EXPECT_FALSE(Copied());
  EXPECT_EQ(report_.lost(), 0) << "nothing is lost: it goes on later";
}

TEST_F(CopyRulesTest, AnExperimentThatIsRefusedIsLostWithItsRuns) {
  sink_.put_experiment = base::AlreadyExists("taken");
  ASSERT_TRUE(Copied());
  EXPECT_EQ(report_.Of("experiments").failed, 1);
  EXPECT_FALSE(report_.Complete());
  EXPECT_EQ(sink_.asked, 0);
}

TEST_F(CopyRulesTest, AnArtifactThatCannotBeReadIsLost) {
  source_.fetch = base::Internal("500");
  ASSERT_TRUE(Copied());
  EXPECT_EQ(report_.Of("artifacts").failed, 1);
  EXPECT_EQ(report_.losses().at(0).id, "r0 f");
}

TEST_F(CopyRulesTest, NoFolderOfArtifactsIsALossOnlyWhereThereMustBeOne) {
  source_.artifacts = base::NotFound("no folder");
  ASSERT_TRUE(Copied());
  EXPECT_TRUE(report_.Complete());
  EXPECT_EQ(report_.notes().size(), 1U);
  source_.runs[0].tags["mlflow.log-model.history"] = "[]";
  ASSERT_TRUE(Copied());
  EXPECT_EQ(report_.lost(), 1);
  source_.runs.clear();
  source_.models.emplace_back();
  source_.models[0].id = "m-1";
  source_.models[0].status = "LOGGED_MODEL_READY";
  ASSERT_TRUE(Copied());
  EXPECT_EQ(report_.lost(), 1);
  EXPECT_EQ(report_.losses()[0].id, "m-1");
}

TEST_F(CopyRulesTest, ArtifactsInOtherStoresStay) {
  source_.runs[0].artifact_uri = "s3://bucket/r0/artifacts";
  ASSERT_TRUE(Copied());
  EXPECT_TRUE(report_.Complete());
  EXPECT_EQ(report_.Of("artifacts").read, 0);
  EXPECT_EQ(report_.notes().size(), 1U);
}

TEST_F(CopyRulesTest, MarksAreAskedForInBatchesAndProgressIsTold) {
  source_.runs.resize(250);
  for (size_t i = 0; i < source_.runs.size(); ++i) source_.runs[i].id = "r" + std::to_string(i);
  source_.points.clear();
  double last = 0;
  int64_t runs = 0;
  ASSERT_TRUE(Copy(source_, sink_, report_, [&](const Progress& progress) {
    EXPECT_GE(progress.fraction, last);
    EXPECT_LE(progress.fraction, 1.0);
    last = progress.fraction;
    runs = progress.runs;
  }));
  EXPECT_EQ(sink_.asked, 250);
  EXPECT_LE(sink_.largest_question, 100U);
  EXPECT_EQ(runs, 250);
  EXPECT_EQ(last, 1.0);
}

}  // namespace
}  // namespace gyre::transfer
