#include "artifacts/path.h"

#include <gtest/gtest.h>

namespace gyre::artifacts {
namespace {

TEST(CleanPath, HasOneForm) {
  EXPECT_EQ(CleanPath("a/b/c.txt").value(), "a/b/c.txt");
  EXPECT_EQ(CleanPath("a//./b/").value(), "a/b");
  EXPECT_EQ(CleanPath("").value(), "");
  EXPECT_EQ(CleanPath("./.").value(), "");
  EXPECT_EQ(CleanPath("...").value(), "...");
  EXPECT_EQ(CleanPath("a/..b/c..").value(), "a/..b/c..");
  EXPECT_EQ(CleanPath("日本/語 .txt").value(), "日本/語 .txt");
}

TEST(CleanPath, StaysInTheTree) {
  for (const auto* path : {"/a", "//a", "..", "a/..", "a/../b", "../a"}) {
    EXPECT_EQ(CleanPath(path).error().code(), base::ErrorCode::kInvalidArgument) << path;
  }
}

TEST(CleanPath, IsPlainTextOfSaneLength) {
  EXPECT_FALSE(CleanPath("a\nb"));
  EXPECT_FALSE(CleanPath(std::string_view("a\0b", 3)));
  EXPECT_FALSE(CleanPath("a\x7f"));
  EXPECT_FALSE(CleanPath("\xff"));
  EXPECT_TRUE(CleanPath(std::string(255, 'a')));
  EXPECT_FALSE(CleanPath(std::string(256, 'a')));
  std::string deep = "a";
  while (deep.size() < 4096) deep += "/a";
  EXPECT_FALSE(CleanPath(deep));
}

TEST(Join, LeavesEmptyPartsOut) {
  EXPECT_EQ(Join("a/b", "c"), "a/b/c");
  EXPECT_EQ(Join("", "c"), "c");
  EXPECT_EQ(Join("a", ""), "a");
}

TEST(BaseName, IsTheLastName) {
  EXPECT_EQ(BaseName("a/b/c"), "c");
  EXPECT_EQ(BaseName("c"), "c");
  EXPECT_EQ(BaseName(""), "");
}

TEST(PathOfUri, KnowsPlacesOfThisTree) {
  EXPECT_EQ(PathOfUri("mlflow-artifacts:/0/abc/artifacts"), "0/abc/artifacts");
  EXPECT_EQ(PathOfUri("mlflow-artifacts://host:5000/0/abc"), "0/abc");
  EXPECT_EQ(PathOfUri("mlflow-artifacts:///0/abc"), "0/abc");
  EXPECT_EQ(PathOfUri("mlflow-artifacts:/"), "");
  EXPECT_EQ(PathOfUri("mlflow-artifacts://host"), "");
  EXPECT_EQ(PathOfUri("http://h:1/api/2.0/mlflow-artifacts/artifacts/0/abc"), "0/abc");
}

TEST(PathOfUri, LeavesOtherPlacesAlone) {
  for (const auto* uri : {"s3://bucket/x", "file:///x", "/x", "", "http://host/x", "mlflow-artifacts:/a/../b"}) {
    EXPECT_EQ(PathOfUri(uri), std::nullopt) << uri;
  }
}

}  // namespace
}  // namespace gyre::artifacts
