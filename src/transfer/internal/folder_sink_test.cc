// What MLflow's file store expects to find, byte for byte where that matters. That a folder reads as its source is in
// copy_test.cc; that MLflow reads it, in tests/integration.
#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include "base/file.h"
#include "transfer/sink.h"

namespace gyre::transfer {
namespace {

namespace fs = std::filesystem;

class FolderSinkTest : public ::testing::Test {
 protected:
  std::string Read(const std::string& path) { return base::ReadFile(root() / path, 1 << 20).value_or("(no file)"); }
  fs::path root() const { return folder_.path() / "mlruns"; }
  transfer::Run SomeRun() {
    transfer::Run run;
    run.id = "r";
    run.experiment_id = "1";
    run.name = "it's \"089\"";
    run.status = "FAILED";
    run.start_ms = 5;
    run.params = {{"a/b", "two\nlines"}};
    return run;
  }
  base::TempFolder folder_ = base::TempFolder::Make(fs::temp_directory_path(), "folder_sink").value();
  std::unique_ptr<Sink> sink_ = OpenFolderSink(folder_.path() / "mlruns").value();
};

TEST_F(FolderSinkTest, RunsAreFilesByKey) {
  ASSERT_TRUE(sink_->PutExperiment({.id = "1", .name = "rain", .tags = {{"team", "weather"}}}));
  ASSERT_TRUE(sink_->PutRun(SomeRun()));
  EXPECT_NE(Read("1/r/meta.yaml").find("status: 1\n"), std::string::npos) << "running until it is finished";
  const std::vector<Point> points = {{.key = "m/x", .value = std::nan(""), .time_ms = 7, .step = 1},
                                     {.key = "m/x", .value = std::numeric_limits<double>::infinity(), .time_ms = 8},
                                     {.key = "m/x", .value = 0.1, .time_ms = 9, .step = -1}};
  ASSERT_TRUE(sink_->PutPoints(SomeRun(), points));
  ASSERT_TRUE(sink_->FinishRun(SomeRun()));
  EXPECT_EQ(Read("1/r/metrics/m/x"), "7 nan 1\n8 inf 0\n9 0.1 -1\n");
  EXPECT_EQ(Read("1/r/params/a/b"), "two\nlines");
  EXPECT_EQ(Read("1/tags/team"), "weather");
  const auto meta = Read("1/r/meta.yaml");
  for (const char* line : {"status: 4\n", "start_time: 5\n", "end_time: null\n", R"(run_name: "it's \"089\"")",
                           "lifecycle_stage: \"active\"\n"}) {
    EXPECT_NE(meta.find(line), std::string::npos) << line << "\n" << meta;
  }
  EXPECT_TRUE(fs::is_directory(root() / "1/r/artifacts"));
}

TEST_F(FolderSinkTest, ARunThatIsPutAgainBeginsAnew) {
  ASSERT_TRUE(sink_->PutExperiment({.id = "1", .name = "rain"}));
  const std::vector<Point> points = {{.key = "m", .value = 1, .time_ms = 7}};
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(sink_->PutRun(SomeRun()));
    ASSERT_TRUE(sink_->PutPoints(SomeRun(), points));
  }
  EXPECT_EQ(Read("1/r/metrics/m"), "7 1 0\n");
}

TEST_F(FolderSinkTest, DeletedExperimentsLieInTheTrash) {
  const Experiment gone{.id = "2", .name = "gone", .stage = "deleted"};
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(sink_->PutExperiment(gone));
    EXPECT_TRUE(fs::exists(root() / "2/meta.yaml"));
    ASSERT_TRUE(sink_->FinishExperiment(gone));
    EXPECT_FALSE(fs::exists(root() / "2"));
    EXPECT_TRUE(fs::exists(root() / ".trash/2/meta.yaml"));
  }
}

TEST_F(FolderSinkTest, MarksOutliveTheProcess) {
  ASSERT_TRUE(sink_->Mark("run", "r", "f1", {{"artifacts", 3}}));
  ASSERT_TRUE(sink_->Mark("run", "r", "f2", {{"artifacts", 4}}));
  {
    const auto text = Read(".gyre-transfer");
    ASSERT_TRUE(base::WriteFileAtomic(root() / ".gyre-transfer", text + "\n{\"kind\": \"run\", \"id\": \"cut"));
  }
  sink_ = OpenFolderSink(root()).value();
  EXPECT_TRUE(sink_->Known("run", {{"r", "f1"}, {"cut", "f"}})->empty());
  EXPECT_EQ(sink_->Known("run", {{"r", "f2"}})->at("r").at("artifacts"), 4);
  ASSERT_TRUE(sink_->Mark("run", "s", "f", {}));
  sink_ = OpenFolderSink(root()).value();
  EXPECT_TRUE(sink_->Known("run", {{"s", "f"}})->contains("s"));
}

TEST_F(FolderSinkTest, SourcesOfVersionsFollowTheArtifacts) {
  ASSERT_TRUE(sink_->PutExperiment({.id = "1", .name = "rain"}));
  ASSERT_TRUE(sink_->PutRegisteredModel({.name = "m", .aliases = {{"champion", 2}}}));
  ModelVersion version;
  version.model = "m";
  version.number = 2;
  version.source = "mlflow-artifacts:/1/r/artifacts/model";
  ASSERT_TRUE(sink_->PutVersion(version));
  ASSERT_TRUE(sink_->FinishRegisteredModel({.name = "m", .aliases = {{"champion", 2}}}));
  EXPECT_NE(Read("models/m/version-2/meta.yaml").find("/mlruns/1/r/artifacts/model\"\n"), std::string::npos);
  EXPECT_EQ(Read("models/m/aliases/champion"), "2");
}

}  // namespace
}  // namespace gyre::transfer
