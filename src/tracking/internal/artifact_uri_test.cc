#include "tracking/internal/artifact_uri.h"

#include <gtest/gtest.h>

namespace gyre::tracking::internal {
namespace {

TEST(ArtifactUri, AppendsToThePathOfAUri) {
  EXPECT_EQ(AppendToUri("mlflow-artifacts:/", "7"), "mlflow-artifacts:/7");
  EXPECT_EQ(AppendToUri("mlflow-artifacts:/7", "a/b"), "mlflow-artifacts:/7/a/b");
  EXPECT_EQ(AppendToUri("s3://bucket", "7"), "s3://bucket/7");
  EXPECT_EQ(AppendToUri("s3://bucket/", "7"), "s3://bucket/7");
}

TEST(ArtifactUri, KeepsQueryAndFragmentAtTheEnd) {
  EXPECT_EQ(AppendToUri("s3://bucket/a?region=eu", "7"), "s3://bucket/a/7?region=eu");
  EXPECT_EQ(AppendToUri("s3://bucket/a#part", "7"), "s3://bucket/a/7#part");
}

TEST(ArtifactUri, APlainPathMayHaveAnyCharacter) {
  EXPECT_EQ(AppendToUri("/data/what?/a#b", "7"), "/data/what?/a#b/7");
  EXPECT_EQ(AppendToUri("relative/dir", "7"), "relative/dir/7");
}

TEST(ArtifactUri, OfRunsAndModels) {
  EXPECT_EQ(RunArtifactUri("mlflow-artifacts:/0", "abc"), "mlflow-artifacts:/0/abc/artifacts");
  EXPECT_EQ(ModelArtifactUri("mlflow-artifacts:/0", "m-1"), "mlflow-artifacts:/0/models/m-1/artifacts");
}

}  // namespace
}  // namespace gyre::tracking::internal
