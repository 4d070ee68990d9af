#include "adopt/links.h"

#include <gmock/gmock.h>

#include "adopt/testing/adopt_home.h"

namespace gyre::adopt {
namespace {

using registry::ModelName;

TEST(TrackedOrigins, FindsRunsAndLoggedModels) {
  testing::AdoptHome home;
  const auto run = home.MakeRun();
  EXPECT_EQ(home.origins().FindRun(run.id.value()).value()->artifact_uri, run.artifact_uri);
  EXPECT_EQ(home.origins().FindRun("0123456789abcdef0123456789abcdef").value(), std::nullopt);
  const auto model = home.tracker()
                         .CreateLoggedModel({.experiment = tracking::ExperimentId("0"), .source_run = run.id}, "ann")
                         .value();
  const auto found = home.origins().FindLoggedModel(model.id.value()).value();
  EXPECT_EQ(found->artifact_uri, model.artifact_uri);
  EXPECT_EQ(found->run_id, run.id.value());
  EXPECT_FALSE(home.origins().FindLoggedModel("m-0123456789abcdef0123456789abcdef").value().has_value());
}

TEST(TrackedOrigins, ALoggedModelKnowsItsVersions) {
  testing::AdoptHome home;
  const auto model = home.tracker().CreateLoggedModel({.experiment = tracking::ExperimentId("0")}, "ann").value();
  ASSERT_TRUE(home.registry().CreateModel(ModelName("rain"), {}, "", "ann"));
  const auto id = model.id.value();
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(home.registry().CreateVersion(ModelName("rain"), {.source = "models:/" + id, .model_id = id}));
  }
  ASSERT_TRUE(home.origins().NoteVersion(id, {.model = ModelName("rain"), .version = 2}));
  EXPECT_EQ(home.tracker().GetLoggedModel(model.id).value().tags.at("mlflow.modelVersions"),
            R"([{"name": "rain", "version": 1}, {"name": "rain", "version": 2}])");
  EXPECT_TRUE(home.origins().NoteVersion("m-0123456789abcdef0123456789abcdef", {}));
}

TEST(TreeOfArtifacts, KnowsOnlyItsOwnPlaces) {
  testing::AdoptHome home;
  TreeOfArtifacts tree(home.artifacts());
  EXPECT_TRUE(tree.Files("s3://bucket/x").value().empty());
  const auto file = home.artifacts().Put("a/b.txt", "hello").value();
  EXPECT_EQ(tree.Files("mlflow-artifacts:/a").value().at("b.txt"), file.blob);
  ASSERT_TRUE(tree.Link("mlflow-artifacts:/c", {{"d", file.blob}}));
  EXPECT_EQ(home.artifacts().Find("c/d").value().blob, file.blob);
  EXPECT_FALSE(tree.Link("s3://x/y", {}));
}

}  // namespace
}  // namespace gyre::adopt
