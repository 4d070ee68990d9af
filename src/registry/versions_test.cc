#include <gmock/gmock.h>

#include "registry/testing/fake_links.h"
#include "registry/testing/temp_registry.h"

namespace gyre::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::SmallBundle;

const ModelName kRain("rain");

class VersionsTest : public ::testing::Test {
 protected:
  VersionsTest() {
    registry_->Connect(fakes_.links());
    fakes_.runs["r1"] = {.artifact_uri = "mlflow-artifacts:/0/r1/artifacts", .run_id = "r1"};
    fakes_.models["m-1"] = {.artifact_uri = "mlflow-artifacts:/0/models/m-1/artifacts", .run_id = "r1"};
    EXPECT_TRUE(registry_->CreateModel(kRain, {}, "", "ann"));
  }

  base::Result<ModelVersion> Create(const VersionSpec& spec) { return registry_->CreateVersion(kRain, spec); }
  ModelVersion Made(const std::string& source = "s3://bucket/model") { return Create({.source = source}).value(); }
  std::string Refusal(const VersionSpec& spec) {
    const auto made = Create(spec);
    return made ? "made" : made.error().message();
  }
  std::vector<std::string> Latest(const std::vector<std::string>& stages) {
    std::vector<std::string> found;
    const auto versions = registry_->LatestVersions(kRain, stages).value();
    for (const auto& version : versions) found.push_back(version.stage + " " + std::to_string(version.ref.version));
    return found;
  }

  testing::FakeLinks fakes_;
  testing::TempRegistry registry_;
};

TEST_F(VersionsTest, AVersionOfFilesElsewhereKeepsWhatWasSaid) {
  const auto made = Create({.actor = "ann",
                            .source = "runs:/r1/model",
                            .run_id = "r1",
                            .run_link = "http://x/run",
                            .description = "first",
                            .tags = {{"a", "b"}}})
                        .value();
  registry_.Reopen();
  const auto read = registry_->Get(made.ref).value();
  EXPECT_EQ(read.ToJson(), made.ToJson());
  EXPECT_EQ(read.source, "runs:/r1/model");
  EXPECT_EQ(read.run_id, "r1");
  EXPECT_EQ(read.run_link, "http://x/run");
  EXPECT_EQ(read.stage, "None");
  EXPECT_EQ(read.description, "first");
  EXPECT_EQ(read.tags.at("a"), "b");
  EXPECT_FALSE(read.has_bundle());
  EXPECT_EQ(read.ToJson()["bundle_digest"], "");
  EXPECT_EQ(registry_->DownloadUri(made.ref).value(), "runs:/r1/model");
  EXPECT_EQ(registry_->CreateVersion(ModelName("snow"), {.source = "s3://a/b"}).error().code(),
            base::ErrorCode::kNotFound);
}

TEST_F(VersionsTest, ALoggedModelIsFollowedAndTold) {
  const auto made = Create({.source = "models:/m-1", .model_id = "m-1"}).value();
  EXPECT_EQ(made.source, "models:/m-1");
  EXPECT_EQ(made.storage_location, "mlflow-artifacts:/0/models/m-1/artifacts");
  EXPECT_EQ(made.run_id, "r1");
  EXPECT_EQ(made.model_id, "m-1");
  EXPECT_EQ(registry_->DownloadUri(made.ref).value(), "mlflow-artifacts:/0/models/m-1/artifacts");
  EXPECT_THAT(fakes_.noted, ElementsAre("m-1 rain/1"));
  const auto unknown = Create({.source = "s3://bucket/model", .model_id = "m-2"});
  EXPECT_EQ(unknown.error().code(), base::ErrorCode::kNotFound);
  EXPECT_EQ(unknown.error().message(), "Logged model with ID 'm-2' not found.");
}

TEST_F(VersionsTest, ACopyPointsToWhatItCopies) {
  ASSERT_TRUE(Create({.source = "runs:/r1/model", .run_id = "r1"}));
  ASSERT_TRUE(registry_->SetAlias(kRain, "champion", 1, "ann"));
  const ModelName copy("copy");
  ASSERT_TRUE(registry_->CreateModel(copy, {}, "", "ann"));
  for (const char* source : {"models:/rain/1", "models:/rain@champion", "models:/rain/latest", "models:/rain/none"}) {
    const auto made = registry_->CreateVersion(copy, {.source = source}).value();
    EXPECT_EQ(made.source, "models:/rain/1") << source;
    EXPECT_EQ(made.storage_location, "runs:/r1/model") << source;
    EXPECT_EQ(made.run_id, "r1") << source;
  }
  const auto built_in = registry_->Register(kRain, SmallBundle(1), {}).value();
  const auto same = registry_->CreateVersion(copy, {.source = "models:/rain/2"}).value();
  EXPECT_EQ(same.files, built_in.files);
  EXPECT_EQ(same.bundle_digest, built_in.bundle_digest);
  EXPECT_EQ(registry_->LoadBundle(same).value().onnx, "graph 1");
}

TEST_F(VersionsTest, ACopyOfNothingIsRefused) {
  Made();
  EXPECT_EQ(Refusal({.source = "models:/snow/1"}).substr(0, 22), "model 'snow' not found");
  EXPECT_THAT(Refusal({.source = "models:/rain/9"}), HasSubstr("has no version 9"));
  EXPECT_THAT(Refusal({.source = "models:/rain@x"}), HasSubstr("Registered model alias x not found."));
  EXPECT_THAT(Refusal({.source = "models:/rain/Production"}), HasSubstr("Invalid model version source"));
  EXPECT_THAT(Refusal({.source = "models:/rain/nowhere"}), HasSubstr("Invalid Model Version stage"));
  EXPECT_THAT(Refusal({.source = "models:/rain/1", .run_id = "other"}), HasSubstr("must match"));
  EXPECT_THAT(Refusal({.source = "models://host/rain/1"}), HasSubstr("active model registry"));
  const ModelName ask("ask");
  ASSERT_TRUE(registry_->CreateModel(ask, {{"mlflow.prompt.is_prompt", "true"}}, "", "ann"));
  EXPECT_THAT(Refusal({.source = "models:/ask/1"}), HasSubstr("Prompt versions cannot be used"));
}

TEST_F(VersionsTest, PromptsHaveNoFiles) {
  const ModelName ask("ask");
  const std::map<std::string, std::string> tags = {
      {"mlflow.prompt.is_prompt", "true"}, {"mlflow.prompt.text", "Hi {{you}}"}, {"lang", "en"}};
  ASSERT_TRUE(registry_->CreateModel(ask, {{"mlflow.prompt.is_prompt", "true"}}, "", "ann"));
  fakes_.changes.clear();
  const auto made = registry_->CreateVersion(ask, {.source = "dummy-source", .tags = tags}).value();
  EXPECT_EQ(made.source, "dummy-source");
  EXPECT_EQ(fakes_.bundling, 0);
  EXPECT_THAT(registry_->CreateVersion(ask, {.source = "s3://a/b", .tags = tags}).error().message(),
              HasSubstr("Invalid prompt source: 's3://a/b'"));
  ASSERT_TRUE(registry_->SetTag(made.ref, "k", "v", "ann"));
  ASSERT_TRUE(registry_->DeleteTag(made.ref, "k", "ann"));
  ASSERT_TRUE(registry_->SetAlias(ask, "prod", 1, "ann"));
  ASSERT_TRUE(registry_->DeleteAlias(ask, "prod", "ann"));
  EXPECT_THAT(fakes_.changes,
              ElementsAre(R"(prompt_version.created {"description":null,"name":"ask","tags":{"lang":"en"},)"
                          R"("template":"Hi {{you}}","version":"1"})",
                          R"(prompt_version_tag.set {"key":"k","name":"ask","value":"v","version":"1"})",
                          R"(prompt_version_tag.deleted {"key":"k","name":"ask","version":"1"})",
                          R"(prompt_alias.created {"alias":"prod","name":"ask","version":"1"})",
                          R"(prompt_alias.deleted {"alias":"prod","name":"ask"})"));
}

TEST_F(VersionsTest, TellsOfVersionsHoweverTheyCame) {
  fakes_.changes.clear();
  ASSERT_TRUE(Create({.source = "runs:/r1/m", .run_id = "r1", .tags = {{"a", "b"}}}));
  ASSERT_TRUE(
      registry_->Register(ModelName("snow"), SmallBundle(1), {.actor = "ann", .aliases_if_absent = {"champion"}}));
  ASSERT_EQ(fakes_.changes.size(), 4u);
  EXPECT_EQ(fakes_.changes[0], R"(model_version.created {"description":null,"name":"rain","run_id":"r1",)"
                               R"("source":"runs:/r1/m","tags":{"a":"b"},"version":"1"})");
  EXPECT_THAT(fakes_.changes[1], HasSubstr("registered_model.created"));
  EXPECT_THAT(fakes_.changes[2], HasSubstr("mlflow-artifacts:/bundles/"));
  EXPECT_EQ(fakes_.changes[3], R"(model_version_alias.created {"alias":"champion","name":"snow","version":"1"})");
}

TEST_F(VersionsTest, StagesMoveAndArchive) {
  for (int i = 0; i < 3; ++i) Made();
  const auto to = [&](int64_t version, const char* stage, bool archive) {
    return registry_->TransitionStage({.model = kRain, .version = version}, stage, archive, "ann");
  };
  registry_.clock().Advance(std::chrono::seconds(1));
  const auto moved = to(1, "PRODUCTION", false).value();
  EXPECT_EQ(moved.stage, "Production");
  EXPECT_GT(moved.updated_at, moved.created_at);
  EXPECT_THAT(Latest({}), ElementsAre("Production 1", "None 3"));
  ASSERT_TRUE(to(2, "Production", true));
  EXPECT_EQ(registry_->Get({.model = kRain, .version = 1}).value().stage, "Archived");
  EXPECT_THAT(Latest({}), ElementsAre("Archived 1", "Production 2", "None 3"));
  EXPECT_THAT(Latest({"production", "staging"}), ElementsAre("Production 2"));
  ASSERT_TRUE(to(2, "production", true));
  EXPECT_EQ(registry_->Get({.model = kRain, .version = 2}).value().stage, "Production") << "it does not archive itself";
  EXPECT_THAT(
      to(1, "Live", false).error().message(),
      HasSubstr("Invalid Model Version stage: Live. Value must be one of None, Staging, Production, Archived."));
  EXPECT_THAT(to(1, "Archived", true).error().message(), HasSubstr("'Archived' is not an Active stage"));
  EXPECT_FALSE(to(9, "Staging", false));
  EXPECT_FALSE(registry_->LatestVersions(kRain, {"x"}));
  EXPECT_FALSE(registry_->LatestVersions(ModelName("snow"), {}));
}

TEST_F(VersionsTest, ADescriptionCanBeTakenAway) {
  const auto version = Made();
  registry_.clock().Advance(std::chrono::seconds(1));
  const auto described = registry_->DescribeVersion(version.ref, "new", "ann").value();
  EXPECT_EQ(described.description, "new");
  EXPECT_GT(described.updated_at, described.created_at);
  EXPECT_FALSE(registry_->DescribeVersion(version.ref, std::nullopt, "ann").value().described);
  EXPECT_FALSE(registry_->DescribeVersion({.model = kRain, .version = 9}, "x", "ann"));
}

TEST_F(VersionsTest, TagsGo) {
  const auto version = Made();
  ASSERT_TRUE(registry_->SetTag(version.ref, "a", "1", "ann"));
  ASSERT_TRUE(registry_->DeleteTag(version.ref, "a", "ann"));
  ASSERT_TRUE(registry_->DeleteTag(version.ref, "a", "ann"));
  EXPECT_THAT(registry_->Get(version.ref).value().tags, IsEmpty());
  EXPECT_FALSE(registry_->DeleteTag({.model = kRain, .version = 9}, "a", "ann"));
}

TEST_F(VersionsTest, AnOnnxModelGetsItsBundleAtOnce) {
  fakes_.bundle = SmallBundle(4);
  const auto made = Made();
  EXPECT_TRUE(made.has_bundle());
  EXPECT_EQ(made.metrics, SmallBundle(4).metrics);
  EXPECT_EQ(registry_->LoadBundle(made).value().onnx, "graph 4");
  EXPECT_EQ(made.source, "s3://bucket/model") << "its files stay where they are";
  EXPECT_EQ(registry_->Servable(made.ref).value().ToJson(), made.ToJson());
  EXPECT_EQ(fakes_.bundling, 1);
}

TEST_F(VersionsTest, OrWhenItIsFirstAskedFor) {
  const auto made = Made();
  EXPECT_FALSE(made.has_bundle());
  const auto refused = registry_->Servable(made.ref);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), base::ErrorCode::kUnprocessable);
  EXPECT_THAT(refused.error().message(), HasSubstr("holds no ONNX model"));
  fakes_.bundle = SmallBundle(4);
  EXPECT_TRUE(registry_->Servable(made.ref).value().has_bundle());
  registry_.Reopen();
  EXPECT_TRUE(registry_->Get(made.ref).value().has_bundle());
}

TEST_F(VersionsTest, WithoutABundlerTheErrorSaysWhatIsMissing) {
  registry_->Connect({});
  EXPECT_THAT(registry_->Servable(Made().ref).error().message(), HasSubstr("no model in ONNX form"));
}

TEST_F(VersionsTest, ClientsFindTheFilesOfWhatWasRegisteredHere) {
  const auto version = registry_->Register(kRain, SmallBundle(1), {}).value();
  EXPECT_EQ(version.source, "mlflow-artifacts:/bundles/" + version.bundle_digest.ToHex());
  EXPECT_EQ(registry_->DownloadUri(version.ref).value(), version.source);
  const auto& files = fakes_.files.at(version.source);
  EXPECT_EQ(files.at("model.onnx"), version.files.at("model.onnx"));
  const auto mlmodel = registry_.ReadBlob(files.at("MLmodel").digest);
  const auto parsed = base::ParseYaml(mlmodel, "MLmodel").value();
  EXPECT_EQ(parsed["flavors"]["onnx"]["data"], "model.onnx");
  EXPECT_EQ(parsed["flavors"]["python_function"]["loader_module"], "mlflow.onnx");
  EXPECT_EQ(parsed["signature"]["inputs"], R"([{"name":"humid","required":true,"type":"float"}])");
}

TEST_F(VersionsTest, NumbersGoOnAboveDeletedOnesHereToo) {
  Made();
  ASSERT_TRUE(registry_->Delete({.model = kRain, .version = 1}, "ann"));
  EXPECT_EQ(Made().ref.version, 2);
  EXPECT_THAT(Latest({}), ElementsAre("None 2"));
}

}  // namespace
}  // namespace gyre::registry
