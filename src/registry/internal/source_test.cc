#include "registry/internal/source.h"

#include <gmock/gmock.h>

#include "registry/testing/fake_links.h"

namespace gyre::registry::internal {
namespace {

using ::testing::HasSubstr;

class SourceTest : public ::testing::Test {
 protected:
  SourceTest() {
    fakes_.runs["r1"] = {.artifact_uri = "mlflow-artifacts:/0/r1/artifacts", .run_id = "r1"};
    fakes_.models["m-1"] = {.artifact_uri = "mlflow-artifacts:/0/models/m-1/artifacts", .run_id = ""};
  }
  std::string Check(std::string_view source, std::string_view run = "", std::string_view model = "") {
    const auto checked = CheckSource(source, run, model, &fakes_);
    return checked ? "fine" : checked.error().message();
  }
  registry::testing::FakeLinks fakes_;
};

TEST_F(SourceTest, TakesWhatLiesWhereItIsSaidTo) {
  EXPECT_EQ(Check("runs:/r1/model", "r1"), "fine");
  EXPECT_EQ(Check("runs:/unknown/model", "unknown"), "fine") << "MLflow does not look either";
  EXPECT_EQ(Check("mlflow-artifacts:/0/r1/artifacts/model", "r1"), "fine");
  EXPECT_EQ(Check("mlflow-artifacts:/0/models/m-1/artifacts", "", "m-1"), "fine");
  EXPECT_EQ(Check("models:/m-1", "", "m-1"), "fine");
  EXPECT_EQ(Check("models:/rain/3"), "fine");
  EXPECT_EQ(Check("s3://bucket/a/b"), "fine");
  EXPECT_EQ(Check("dbfs:/a/b", "r1"), "fine");
}

TEST_F(SourceTest, RefusesWhatLiesElsewhere) {
  for (const auto& [source, run, model] : std::vector<std::tuple<std::string, std::string, std::string>>{
           {"runs:/r1/model", "", ""},
           {"runs:/r1/model", "r2", ""},
           {"runs:/r1/model", "r1", "m-1"},
           {"runs://host/r1/model", "r1", ""},
           {"models:/m-1", "", ""},
           {"models:/m-1", "", "m-2"},
           {"models://host/m-1", "", "m-1"},
           {"models:/a/b/c", "", ""},
           {"models:/rain@", "", ""},
           {"mlflow-artifacts:/0/r1/artifacts", "", ""},
           {"mlflow-artifacts:/0/r1/artifacts", "r2", ""},
           {"mlflow-artifacts:/0/r1", "r1", ""},
           {"mlflow-artifacts:/0/r1/artifacts-2/x", "r1", ""},
           {"mlflow-artifacts://host/0/r1/artifacts/x", "r1", ""},
           {"mlflow-artifacts:/0/r1/artifacts/x", "", "m-1"},
           {"http://h/api/2.0/mlflow-artifacts/artifacts/0/r1", "r1", ""}}) {
    EXPECT_THAT(Check(source, run, model), HasSubstr("must identify the resource that contains the source")) << source;
  }
}

TEST_F(SourceTest, RefusesLocalPaths) {
  for (const char* source : {"/etc/passwd", "file:///etc/passwd", "model", "./model", "FILE:/x", ""}) {
    EXPECT_THAT(Check(source), HasSubstr("To use a local path as a model version source, the run_id request parameter"))
        << source;
    EXPECT_THAT(Check(source, "r1"), HasSubstr("Invalid model version source")) << source;
    EXPECT_THAT(Check(source, "", "m-1"), HasSubstr("the model_id request parameter")) << source;
  }
  EXPECT_THAT(Check("/x", "unknown"), HasSubstr("must identify the resource"));
}

TEST_F(SourceTest, RefusesPathsThatClimb) {
  for (const std::string source :
       {"s3://bucket/../x", "s3://bucket/a/../b", "mlflow-artifacts:/0/r1/artifacts/../../r2", "s3://b/a/./b",
        "s3://b/%2e%2e/x", "s3://b/..%2fx", "s3://b/%252e%252e/x", "s3://b/x%00", "s3://bucket", "s3:bucket/x",
        "s3://b/"}) {
    EXPECT_THAT(Check(source, "r1"), HasSubstr("an absolute path must be provided")) << source;
  }
}

TEST_F(SourceTest, WithoutOriginsNothingOfThisServerIsKnown) {
  EXPECT_FALSE(CheckSource("mlflow-artifacts:/0/r1/artifacts", "r1", "", nullptr));
  EXPECT_TRUE(CheckSource("s3://a/b", "r1", "", nullptr));
}

TEST(SourceHost, NamesNoHostToCall) {
  for (const char* source : {"http://h/x", "https://h/x", "ftp://h/x", "hdfs://h/x", "mlflow-artifacts://h/x"}) {
    EXPECT_THAT(CheckHost(source).error().message(), HasSubstr("'source' cannot use the '")) << source;
  }
  for (const char* source : {"mlflow-artifacts:/x", "s3://h/x", "runs:/a/b", "/x"})
    EXPECT_TRUE(CheckHost(source)) << source;
}

TEST(ModelUriTest, ReadsEveryForm) {
  EXPECT_EQ(ParseModelUri("models:/m-12").value().model_id, "m-12");
  EXPECT_EQ(ParseModelUri("models:/rain/12").value().version, 12);
  EXPECT_EQ(ParseModelUri("models:/rain@a").value().alias, "a");
  EXPECT_EQ(ParseModelUri("models:/a@b@c").value().name, ModelName("a@b"));
  EXPECT_EQ(ParseModelUri("models:/rain/Staging").value().stage, "Staging");
  const auto latest = ParseModelUri("models:/rain/LATEST").value();
  EXPECT_EQ(latest.name, ModelName("rain"));
  EXPECT_TRUE(latest.stage.empty() && latest.alias.empty() && !latest.version);
  for (const char* text : {"models:", "models:/", "models:///", "models:/ /1", "models:/a/ ",
                           "models:/a/99999999999999999999", "runs:/a", "models:a"}) {
    EXPECT_FALSE(ParseModelUri(text)) << text;
  }
}

TEST(RunsUriTest, TakesTheRunAndThePath) {
  EXPECT_EQ(ParseRunsUri("runs:/abc/a/b").value().path, "a/b");
  EXPECT_EQ(ParseRunsUri("runs:/abc").value().run_id, "abc");
  EXPECT_EQ(ParseRunsUri("runs:/abc").value().path, "");
  for (const char* text : {"runs:/", "runs://abc/x", "runs:abc", "models:/abc",
                           "runs:/"
                           "/x"}) {
    EXPECT_FALSE(ParseRunsUri(text)) << text;
  }
}

}  // namespace
}  // namespace gyre::registry::internal
