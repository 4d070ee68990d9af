#include "pipeline/holdings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/seeded_entropy.h"
#include "pipeline/executor.h"
#include "pipeline/testing/scripted_runner.h"

namespace gyre::pipeline {
namespace {

constexpr std::string_view kProject = R"(
project: p
pipelines:
  one:
    steps:
      - {name: a, uses: emit, with: {text: hello}}
)";

class PipelineHoldingsTest : public ::testing::Test {
 protected:
  std::vector<base::Digest> Named() {
    std::vector<base::Digest> named;
    EXPECT_TRUE(database_->Read([&](store::Reader& reader) {
      return NameBlobs(reader, [&](const base::Digest& digest) { named.push_back(digest); });
    }));
    return named;
  }

  base::TempFolder folder_ = base::TempFolder::Make(std::filesystem::temp_directory_path(), "holdings").value();
  base::SystemClock clock_;
  base::testing::SeededEntropy entropy_{7};
  base::Logger log_{{.level = base::LogLevel::kOff}};
  std::unique_ptr<store::Database> database_ =
      store::Database::Open({.path = folder_.path() / "meta.db"}, clock_, entropy_).value();
  std::unique_ptr<blob::BlobStore> blobs_ = blob::OpenLocalBlobStore(folder_.path() / "blobs").value();
  testing::ScriptedRunner runner_{*blobs_};
  std::unique_ptr<Projects> projects_ = Projects::Open(*database_, *blobs_, runner_).value();
  std::unique_ptr<Executor> executor_ =
      Executor::Open({.work_folder = folder_.path() / "work"},
                     {*database_, *blobs_, *projects_, runner_, clock_, entropy_, log_})
          .value();
};

TEST_F(PipelineHoldingsTest, NamesProjectFilesAndOutputsOfSteps) {
  const auto project = blobs_->Put(kProject).value().digest;
  const auto extra = blobs_->Put("a file of the project").value().digest;
  const auto snapshot = projects_->Save({{"gyre.yaml", project}, {"x.sql", extra}}, "local").value();
  EXPECT_THAT(Named(), ::testing::IsSupersetOf({project, extra}));
  const auto run = executor_->Start({.snapshot = snapshot.id, .pipeline = PipelineName("one")}).value();
  const auto ended = executor_->Wait(run.id, std::chrono::seconds(20)).value();
  const auto output = ended.Find("a")->outputs.at("data").files.at("data").digest;
  EXPECT_THAT(Named(), ::testing::IsSupersetOf({project, extra, output}));
}

TEST_F(PipelineHoldingsTest, FindsDigestsWhateverTheFormAroundThem) {
  const auto digest = base::Sha256Of(std::string_view("x"));
  const auto text = fmt::format("[{0}x {1} {0}{0}] {0}", digest.ToHex(), std::string(63, 'a'));
  ASSERT_TRUE(database_->Write([&](store::Transaction& transaction) -> base::Result<void> {
    TRY(
        transaction.Execute("INSERT INTO step_cache(cache_key, run_id, outputs, figures, created_at) VALUES ('k', 'r', "
                            "?1, '{}', 0)",
                            text));
    return base::Ok();
  }));
  EXPECT_THAT(Named(), ::testing::ElementsAre(digest, digest));
}

}  // namespace
}  // namespace gyre::pipeline
