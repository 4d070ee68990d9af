#include "transfer/internal/place.h"

#include <gtest/gtest.h>

#include "base/file.h"

namespace gyre::transfer::internal {
namespace {

namespace fs = std::filesystem;

class PlaceTest : public ::testing::Test {
 protected:
  void Write(const std::string& path, std::string_view bytes = "x") {
    ASSERT_TRUE(base::MakeFolders((root() / path).parent_path()));
    ASSERT_TRUE(base::WriteFileAtomic(root() / path, bytes));
  }
  fs::path root() const { return fs::canonical(folder_.path()); }
  std::vector<std::string> Walk(const std::string& below) {
    std::vector<std::string> paths;
    EXPECT_TRUE(
        WalkFiles(root() / below, "artifact", report_, [&](const std::string& path, uint64_t) -> base::Result<void> {
          paths.push_back(path);
          return base::Ok();
        }));
    std::ranges::sort(paths);
    return paths;
  }
  base::TempFolder folder_ = base::TempFolder::Make(fs::temp_directory_path(), "place").value();
  Report report_;
};

TEST(Place, KindsOfUris) {
  EXPECT_EQ(KindOfPlace("mlflow-artifacts:/1/r/artifacts"), PlaceKind::kProxied);
  EXPECT_EQ(KindOfPlace("/srv/x"), PlaceKind::kLocal);
  EXPECT_EQ(KindOfPlace("./x/y:z"), PlaceKind::kLocal);
  EXPECT_EQ(KindOfPlace("file:///srv/x"), PlaceKind::kLocal);
  EXPECT_EQ(KindOfPlace("s3://bucket/x"), PlaceKind::kRemote);
  EXPECT_EQ(KindOfPlace(""), PlaceKind::kLocal);
}

TEST(Place, PathsInTheProxy) {
  EXPECT_EQ(ProxiedPath("mlflow-artifacts:/1/r/artifacts"), "1/r/artifacts");
  EXPECT_EQ(ProxiedPath("mlflow-artifacts://host:5000/1/r/"), "1/r");
  EXPECT_EQ(ProxiedPath("mlflow-artifacts:/1/../../etc"), std::nullopt);
  EXPECT_EQ(ProxiedPath("/1/r"), std::nullopt);
  EXPECT_EQ(LocalPath("file:///srv/a%20b"), fs::path("/srv/a b"));
  EXPECT_EQ(LocalPath("file://host/srv"), fs::path("/srv"));
  EXPECT_EQ(LocalPath("file:/srv"), fs::path("/srv"));
  EXPECT_EQ(LocalPath("/a%20b"), fs::path("/a%20b"));
}

TEST(Place, RelativePaths) {
  EXPECT_TRUE(IsRelative("a/b.c"));
  for (const char* path : {"", "/a", "a//b", "a/../b", ".", "a/", ".."}) EXPECT_FALSE(IsRelative(path)) << path;
  EXPECT_FALSE(IsRelative(std::string_view("a\0b", 3)));
}

TEST_F(PlaceTest, FoundWhereTheMetadataSaysOrBelowTheRoots) {
  Write("mlruns/1/r/artifacts/f");
  Write("mlartifacts/2/q/artifacts/f");
  Write("moved/3/models/m-1/artifacts/f");
  const LocalRoots roots{root(), root() / "moved"};
  const ArtifactOwner there{.id = "r", .uri = (root() / "mlruns/1/r/artifacts").string()};
  EXPECT_EQ(FindPlace(there, roots).value(), root() / "mlruns/1/r/artifacts");
  EXPECT_EQ(FindPlace({.id = "r", .uri = "/gone/mlruns/1/r/artifacts"}, roots).value(),
            root() / "mlruns/1/r/artifacts");
  EXPECT_EQ(FindPlace({.id = "q", .uri = "mlflow-artifacts:/2/q/artifacts"}, roots).value(),
            root() / "mlartifacts/2/q/artifacts");
  EXPECT_EQ(
      FindPlace({.kind = ArtifactOwner::Kind::kLoggedModel, .id = "m-1", .uri = "file:///x/3/models/m-1/artifacts"},
                roots)
          .value(),
      root() / "moved/3/models/m-1/artifacts");
  EXPECT_EQ(FindPlace({.id = "none", .uri = "/x/1/none/artifacts"}, roots).error().code(), base::ErrorCode::kNotFound);
}

TEST_F(PlaceTest, MetadataCannotNameOtherFolders) {
  Write("secret/key");
  Write("1/r/x");
  fs::create_directory_symlink(root() / "secret", root() / "1/r/artifacts");
  for (const std::string& uri :
       {(root() / "secret").string(), (root() / "1/r/artifacts").string(), std::string("/etc")}) {
    EXPECT_FALSE(FindPlace({.id = "r", .uri = uri}, {root(), {}})) << uri;
  }
}

TEST_F(PlaceTest, WalksFilesButNoLinksThatLeadOut) {
  Write("in/a/b");
  Write("in/c");
  Write("out/secret");
  fs::create_symlink(root() / "in/c", root() / "in/link");
  fs::create_symlink(root() / "out/secret", root() / "in/stolen");
  fs::create_directory_symlink(root() / "out", root() / "in/folder");
  fs::create_directory_symlink(root() / "in", root() / "in/loop");
  fs::create_symlink(root() / "nothing", root() / "in/dangling");
  Write("in/\xff");
  EXPECT_EQ(Walk("in"), (std::vector<std::string>{"a/b", "c", "link"}));
  EXPECT_EQ(report_.lost(), 5);
  EXPECT_TRUE(Walk("nowhere").empty());
  EXPECT_TRUE(Walk("in/folder").empty()) << "a link itself";
  EXPECT_EQ(report_.lost(), 6);
}

}  // namespace
}  // namespace gyre::transfer::internal
