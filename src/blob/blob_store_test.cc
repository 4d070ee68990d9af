#include "blob/blob_store.h"

#include <gtest/gtest.h>

namespace gyre::blob {
namespace {

namespace fs = std::filesystem;

class BlobStoreTest : public ::testing::Test {
 protected:
  size_t FilesUnder(const fs::path& path) {
    size_t files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(path)) files += entry.is_regular_file() ? 1 : 0;
    return files;
  }
  void Damage(const base::Digest& digest) {
    const auto hex = digest.ToHex();
    const auto path = root_ / "sha256" / hex.substr(0, 2) / hex;
    fs::permissions(path, fs::perms::owner_write, fs::perm_options::add);
    auto bytes = base::ReadFile(path, 10'000'000).value();
    bytes[bytes.size() / 2] ^= 1;
    ASSERT_TRUE(base::WriteFileAtomic(path, bytes));
  }

  base::TempFolder folder_ = base::TempFolder::Make(fs::temp_directory_path(), "gyre-blob-test").value();
  fs::path root_ = folder_.path() / "blobs";
  std::unique_ptr<BlobStore> store_ = OpenLocalBlobStore(root_).value();
};

TEST_F(BlobStoreTest, GivesBackWhatWasPutUnderItsDigestAndStoresItOnce) {
  const auto ref = store_->Put("hello").value();
  EXPECT_EQ(ref.digest, base::Sha256Of(std::string_view("hello")));
  EXPECT_EQ(ref.size, 5u);
  EXPECT_EQ(store_->Put("hello").value(), ref);
  EXPECT_EQ(store_->Get(ref.digest, 5).value(), "hello");
  EXPECT_EQ(FilesUnder(root_), 1u);
}

TEST_F(BlobStoreTest, TheEmptyBlobIsABlob) {
  const auto ref = store_->Put("").value();
  EXPECT_EQ(store_->Get(ref.digest, 0).value(), "");
}

TEST_F(BlobStoreTest, AWriterThatIsDroppedLeavesNothing) {
  {
    auto writer = store_->Begin().value();
    ASSERT_TRUE(writer->Append("half of it"));
  }
  EXPECT_EQ(FilesUnder(root_), 0u);
}

TEST_F(BlobStoreTest, WhatACrashLeftHalfWrittenIsGoneAfterReopening) {
  ASSERT_TRUE(base::WriteFileAtomic(root_ / "tmp" / "blob.orphan", "half"));
  store_ = OpenLocalBlobStore(root_).value();
  EXPECT_EQ(FilesUnder(root_), 0u);
}

TEST_F(BlobStoreTest, DamagedBytesAreNeverHandedOutWhole) {
  const std::string large(1'000'000, 'a');
  const auto ref = store_->Put(large).value();
  Damage(ref.digest);
  EXPECT_EQ(store_->Get(ref.digest, large.size()).error().code(), base::ErrorCode::kCorrupt);
  EXPECT_EQ(store_->Materialize(ref.digest, folder_.path() / "out", Materialization::kShare).error().code(),
            base::ErrorCode::kCorrupt);
  EXPECT_FALSE(fs::exists(folder_.path() / "out"));
  uint64_t seen = 0;
  EXPECT_FALSE(store_->Read(ref.digest, [&](std::string_view chunk) {
    seen += chunk.size();
    return base::Ok();
  }));
  EXPECT_LT(seen, large.size());
}

TEST_F(BlobStoreTest, MissingBlobsAreNotFoundAndLargeOnesRefused) {
  const auto missing = base::Sha256Of(std::string_view("x"));
  EXPECT_EQ(store_->Get(missing, 10).error().code(), base::ErrorCode::kNotFound);
  EXPECT_FALSE(store_->Contains(missing).value());
  const auto ref = store_->Put("0123456789").value();
  EXPECT_EQ(store_->Get(ref.digest, 9).error().code(), base::ErrorCode::kTooLarge);
}

TEST_F(BlobStoreTest, MaterializedFilesAreReadOnlyAndACopyCannotReachTheBlob) {
  const auto ref = store_->Put("hello").value();
  for (const auto how : {Materialization::kShare, Materialization::kCopy}) {
    const auto out = folder_.path() / fmt::format("out-{}", static_cast<int>(how));
    ASSERT_TRUE(store_->Materialize(ref.digest, out, how));
    EXPECT_EQ(base::ReadFile(out, 10).value(), "hello");
    EXPECT_EQ(fs::status(out).permissions() & fs::perms::owner_write, fs::perms::none);
    EXPECT_EQ(fs::hard_link_count(out), how == Materialization::kShare ? 2u : 1u);
  }
}

}  // namespace
}  // namespace gyre::blob
