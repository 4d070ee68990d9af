#include "artifacts/artifact_store.h"

#include <gtest/gtest.h>
#include <set>
#include <thread>

#include "artifacts/testing/temp_artifacts.h"
#include "store/testing/audit_actions.h"

namespace gyre::artifacts {
namespace {

class ArtifactStoreTest : public ::testing::Test {
 protected:
  std::string Listed(std::string_view folder) {
    std::string text;
    const auto entries = tree_->List(folder).value();
    for (const auto& entry : entries) {
      text += entry.is_folder ? entry.name + "/ " : fmt::format("{}:{} ", entry.name, entry.size);
    }
    return text;
  }
  size_t Named(std::vector<std::string> without = {}) {
    std::set<base::Digest> digests;
    EXPECT_TRUE(tree_.database().Read([&](store::Reader& reader) {
      return ArtifactStore::NameBlobs(reader, [&](const base::Digest& digest) { digests.insert(digest); }, without);
    }));
    return digests.size();
  }
  base::ErrorCode Refused(std::string_view path) { return tree_->Put(path, "x").error().code(); }

  testing::TempArtifacts tree_;
};

TEST_F(ArtifactStoreTest, GivesBackWhatWasPut) {
  const auto file = tree_->Put("0/run//artifacts/./a.txt", "hello").value();
  EXPECT_EQ(file.path, "0/run/artifacts/a.txt");
  EXPECT_EQ(file.blob.size, 5u);
  EXPECT_EQ(file.modified_at, tree_.clock().Now());
  EXPECT_EQ(tree_.Content("0/run/artifacts/a.txt"), "hello");
  const auto open = tree_->OpenForRead("0/run/artifacts/a.txt/").value();
  EXPECT_EQ(open.blob.ref, file.blob);
  EXPECT_EQ(base::ReadFile(fmt::format("/proc/self/fd/{}", open.blob.file.get()), 10).value(), "hello");
}

TEST_F(ArtifactStoreTest, ReplacesAtOnce) {
  tree_.Fill({"a"});
  ASSERT_TRUE(tree_->Put("a", "new"));
  EXPECT_EQ(tree_.Content("a"), "new");
  EXPECT_EQ(Named(), 1u);
}

TEST_F(ArtifactStoreTest, TheSameBytesAreOneBlob) {
  ASSERT_TRUE(tree_->Put("a", "same"));
  ASSERT_TRUE(tree_->Put("b/c", "same"));
  EXPECT_EQ(Named(), 1u);
}

TEST_F(ArtifactStoreTest, SaysWhatIsMissing) {
  tree_.Fill({"a/b"});
  for (const auto* path : {"b", "a", "a/b/c", ""}) {
    EXPECT_EQ(tree_->Find(path).error().code(), base::ErrorCode::kNotFound) << path;
    EXPECT_EQ(tree_->OpenForRead(path).error().code(), base::ErrorCode::kNotFound) << path;
  }
  EXPECT_EQ(tree_->Find("b").error().message(), "No such artifact: 'b'");
}

TEST_F(ArtifactStoreTest, IsATree) {
  tree_.Fill({"a/b/c"});
  EXPECT_EQ(Refused("a/b/c/d"), base::ErrorCode::kInvalidArgument) << "below a file";
  EXPECT_EQ(Refused("a/b"), base::ErrorCode::kInvalidArgument) << "in place of a folder";
  EXPECT_EQ(Refused("a"), base::ErrorCode::kInvalidArgument);
  EXPECT_EQ(Refused(""), base::ErrorCode::kInvalidArgument);
  EXPECT_EQ(Refused("../a"), base::ErrorCode::kInvalidArgument);
  tree_.Fill({"a/b.x", "a/b0", "a/b/d"});
  EXPECT_TRUE(tree_->IsFolder("a/b").value());
  EXPECT_TRUE(tree_->IsFolder("").value());
  EXPECT_FALSE(tree_->IsFolder("a/b/c").value());
  EXPECT_FALSE(tree_->IsFolder("x").value());
}

TEST_F(ArtifactStoreTest, ListsAFolderByName) {
  tree_.Fill({"m/a.txt", "m/a/x", "m/a/y/z", "m/a0", "m/a!", "m/b", "n"});
  EXPECT_EQ(Listed("m"), "a/ a!:4 a.txt:7 a0:4 b:3 ");
  EXPECT_EQ(Listed("m/"), Listed("m"));
  EXPECT_EQ(Listed("m/a"), "x:5 y/ ");
  EXPECT_EQ(Listed(""), "m/ n:1 ");
  EXPECT_EQ(Listed("n"), "") << "a file lists nothing";
  EXPECT_EQ(Listed("nowhere"), "");
  EXPECT_FALSE(tree_->List("../x"));
}

TEST_F(ArtifactStoreTest, ListsLargeFoldersWhole) {
  const auto ref = tree_.blobs().Put("x").value();
  std::map<std::string, blob::BlobRef> files;
  for (int i = 0; i < 1200; ++i) files.emplace(fmt::format("big/{:04}", i), ref);
  for (int i = 0; i < 5; ++i) {
    for (int j = 0; j < 300; ++j) files.emplace(fmt::format("deep/d{}/{}", i, j), ref);
  }
  for (int i = 0; i < 400; ++i) files.emplace(fmt::format("mixed/{:03}/f", i), ref);
  files.emplace("日本/語", ref);
  ASSERT_TRUE(tree_->Link("", files));
  EXPECT_EQ(tree_->List("big")->size(), 1200u);
  EXPECT_EQ(Listed("deep"), "d0/ d1/ d2/ d3/ d4/ ");
  EXPECT_EQ(tree_->List("mixed")->size(), 400u);
  EXPECT_EQ(Listed(""), "big/ deep/ mixed/ 日本/ ");
}

TEST_F(ArtifactStoreTest, DeletesAFileOrAFolder) {
  tree_.Fill({"a/b", "a/c/d", "a/c/e", "ab", "a0", "a.b"});
  EXPECT_EQ(tree_->Measure("a").value(), (Amount{.files = 3, .bytes = 13}));
  EXPECT_EQ(tree_->Delete("a/c", "tester").value(), (Amount{.files = 2, .bytes = 10}));
  EXPECT_EQ(tree_->Delete("a/c", "tester").value(), Amount{});
  EXPECT_EQ(tree_->Delete("a/b", "tester")->files, 1);
  EXPECT_EQ(Listed(""), "a.b:3 a0:2 ab:2 ");
  const auto actions = store::testing::AuditActions(tree_.database());
  EXPECT_EQ(actions, (std::vector<std::string>{"tester artifacts_deleted a/c", "tester artifacts_deleted a/b"}));
  EXPECT_EQ(tree_->Delete("", "tester")->files, 3);
  EXPECT_EQ(Named(), 0u);
}

TEST_F(ArtifactStoreTest, RemembersWhatIsToBeDeleted) {
  tree_.Fill({"a/b", "c/d"});
  ASSERT_TRUE(tree_->Doom("a/", "run 1"));
  ASSERT_TRUE(tree_->Doom("c", "run 2"));
  ASSERT_TRUE(tree_->Doom("empty", "run 3"));
  EXPECT_EQ(tree_.Content("a/b"), "a/b");
  ASSERT_TRUE(tree_->Spare("c"));
  const auto doomed = tree_->ListDoomed().value();
  ASSERT_EQ(doomed.size(), 2u);
  EXPECT_EQ(doomed[0].path, "a");
  EXPECT_EQ(doomed[0].owner, "run 1");
  ASSERT_TRUE(tree_->Delete("a", "tester"));
  ASSERT_TRUE(tree_->Delete("empty", "tester"));
  EXPECT_TRUE(tree_->ListDoomed()->empty());
}

TEST_F(ArtifactStoreTest, FilesAreNamedFromTheFolder) {
  tree_.Fill({"m/a", "m/b/c", "mm"});
  const auto files = tree_->Files("m").value();
  EXPECT_EQ(files.size(), 2u);
  EXPECT_EQ(files.at("a").size, 3u);
  EXPECT_TRUE(files.contains("b/c"));
  EXPECT_EQ(tree_->Files("mm").value().begin()->first, "");
  EXPECT_TRUE(tree_->Files("x").value().empty());
}

TEST_F(ArtifactStoreTest, LinksStoredBlobs) {
  tree_.Fill({"m/a", "m/b/c"});
  const auto files = tree_->Files("m").value();
  ASSERT_TRUE(tree_->Link("copy", files));
  ASSERT_TRUE(tree_->Link("copy", files));
  EXPECT_EQ(tree_.Content("copy/b/c"), "m/b/c");
  EXPECT_EQ(tree_->Link("x", {{"a", {base::Sha256Of(std::string_view("none")), 1}}}).error().code(),
            base::ErrorCode::kNotFound);
  EXPECT_FALSE(tree_->Link("copy/b/c", files)) << "a file is in the way";
  EXPECT_EQ(Listed(""), "copy/ m/ ");
}

TEST_F(ArtifactStoreTest, NamesEveryBlobButThoseLeftOut) {
  tree_.Fill({"a/1", "a/2", "ab/1", "b", "c/d/e"});
  EXPECT_EQ(Named(), 5u);
  EXPECT_EQ(Named({"a"}), 3u);
  EXPECT_EQ(Named({"a/1", "a", "a/2", "b", "c/d"}), 1u);
  EXPECT_EQ(Named({"c/d/e", "nothing"}), 4u);
  ASSERT_TRUE(tree_->Put("z", "a/1"));
  EXPECT_EQ(Named({"a"}), 4u) << "needed elsewhere";
}

TEST_F(ArtifactStoreTest, ABlobIsPinnedUntilItsFileIsNamed) {
  const auto collection = tree_.blobs().BeginCollection().value();
  const auto file = tree_->Put("a", "bytes").value();
  EXPECT_FALSE(collection->Remove(file.blob.digest).value());
}

TEST_F(ArtifactStoreTest, WhatIsDeletedCanBeCollectedAtOnce) {
  const auto file = tree_->Put("a", "bytes").value();
  ASSERT_TRUE(tree_->Delete("a", "tester"));
  EXPECT_TRUE(tree_.blobs().BeginCollection().value()->Remove(file.blob.digest).value());
  EXPECT_EQ(tree_->OpenForRead("a").error().code(), base::ErrorCode::kNotFound);
}

TEST_F(ArtifactStoreTest, ManyWritersAndReadersOfOnePath) {
  ASSERT_TRUE(tree_->Put("p", "0"));
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        if (t % 2 == 0 && !tree_->Put("p", std::to_string(i))) ++wrong;
        if (t % 2 == 1 && !tree_->OpenForRead("p")) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace gyre::artifacts
