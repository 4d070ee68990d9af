#include "blob/blob_store.h"

#include <fstream>
#include <gtest/gtest.h>
#include <thread>

#include "base/testing/manual_clock.h"

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

  /// The file in place, as a bad disk would: the same inode, size and time.
  void Rot(const base::Digest& digest) {
    const auto hex = digest.ToHex();
    const auto path = root_ / "sha256" / hex.substr(0, 2) / hex;
    const auto time = fs::last_write_time(path);
    fs::permissions(path, fs::perms::owner_write, fs::perm_options::add);
    {
      std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
      file.put('!');
    }
    fs::last_write_time(path, time);
  }
  /// What a client would get: false if it would be cut off before the end.
  static bool Sends(const OpenBlob& blob) { return !blob.verify || blob.verify({}).has_value(); }
  std::vector<base::Digest> Free(Collection& collection) {
    std::vector<base::Digest> free;
    EXPECT_TRUE(collection.ForEach([&](const BlobRef& ref) {
      if (collection.IsFree(ref.digest)) free.push_back(ref.digest);
      return base::Ok();
    }));
    return free;
  }

  static base::Digest DigestOf(std::string_view text) { return base::Sha256Of(text); }

  base::testing::ManualClock clock_{base::FromMicros(1'000'000'000'000'000)};
  base::TempFolder folder_ = base::TempFolder::Make(fs::temp_directory_path(), "gyre-blob-test").value();
  fs::path root_ = folder_.path() / "blobs";
  std::unique_ptr<BlobStore> store_ = OpenLocalBlobStore(root_, clock_).value();
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

TEST_F(BlobStoreTest, SmallBlobsAreVerifiedBeforeTheyAreSent) {
  const auto ref = store_->Put("hello").value();
  const auto blob = store_->Open(ref.digest).value();
  EXPECT_EQ(blob.ref, ref);
  EXPECT_FALSE(blob.verify);
  EXPECT_EQ(base::ReadFile(fmt::format("/proc/self/fd/{}", blob.file.get()), 10).value(), "hello");
  EXPECT_EQ(store_->Open(base::Sha256Of(std::string_view("x"))).error().code(), base::ErrorCode::kNotFound);
  Damage(ref.digest);
  EXPECT_EQ(store_->Open(ref.digest).error().code(), base::ErrorCode::kCorrupt);
}

TEST_F(BlobStoreTest, LargeBlobsAreVerifiedWhileTheyAreSent) {
  const auto ref = store_->Put(std::string(9 << 20, 'a')).value();
  EXPECT_FALSE(store_->Open(ref.digest)->verify) << "this process has just seen the bytes";
  store_ = OpenLocalBlobStore(root_, clock_).value();
  const auto blob = store_->Open(ref.digest).value();
  ASSERT_TRUE(blob.verify);
  EXPECT_TRUE(blob.verify({}));
  EXPECT_FALSE(store_->Open(ref.digest)->verify) << "once is enough for a while";
}

TEST_F(BlobStoreTest, DamageToALargeBlobIsNoticed) {
  const auto ref = store_->Put(std::string(9 << 20, 'a')).value();
  Damage(ref.digest);
  EXPECT_EQ(store_->Open(ref.digest)->verify({}).error().code(), base::ErrorCode::kCorrupt);
}

TEST_F(BlobStoreTest, ABlobIsNotTrustedForLong) {
  const auto ref = store_->Put(std::string(9 << 20, 'a')).value();
  Rot(ref.digest);
  clock_.Advance(std::chrono::minutes(11));
  EXPECT_FALSE(Sends(store_->Open(ref.digest).value()));
}

TEST_F(BlobStoreTest, ManyReadersOfALargeBlobVerifyItOnce) {
  const auto ref = store_->Put(std::string(20 << 20, 'a')).value();
  clock_.Advance(std::chrono::hours(1));
  std::atomic<int> sent = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 8; ++i) {
    readers.emplace_back([&] { sent += Sends(store_->Open(ref.digest).value()) ? 1 : 0; });
  }
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(sent, 8);
}

TEST_F(BlobStoreTest, VerifyingStopsWhenNobodyWaitsForIt) {
  const auto ref = store_->Put(std::string(9 << 20, 'a')).value();
  clock_.Advance(std::chrono::hours(1));
  const auto gone = base::Cancellation::Make();
  gone.Cancel();
  EXPECT_EQ(store_->Open(ref.digest)->verify(gone).error().code(), base::ErrorCode::kCancelled);
  EXPECT_TRUE(Sends(store_->Open(ref.digest).value()));
}

TEST_F(BlobStoreTest, ClaimsLastAnHour) {
  const auto put = store_->Put("put").value().digest;
  clock_.Advance(std::chrono::minutes(59));
  EXPECT_TRUE(Free(*store_->BeginCollection().value()).empty());
  clock_.Advance(std::chrono::minutes(2));
  EXPECT_EQ(Free(*store_->BeginCollection().value()), std::vector{put});
  EXPECT_TRUE(store_->Contains(put).value());
  EXPECT_TRUE(Free(*store_->BeginCollection().value()).empty());
  clock_.Advance(std::chrono::minutes(61));
  EXPECT_TRUE(store_->Stat(put));
  EXPECT_TRUE(Free(*store_->BeginCollection().value()).empty());
  clock_.Advance(std::chrono::minutes(61));
  EXPECT_TRUE(store_->Read(put, [](std::string_view) { return base::Ok(); }));
  EXPECT_TRUE(store_->Open(put));
  EXPECT_EQ(Free(*store_->BeginCollection().value()).size(), 1u) << "reading claims nothing";
}

TEST_F(BlobStoreTest, PuttingTheSameBytesAgainClaimsThem) {
  ASSERT_TRUE(store_->Put("twice"));
  clock_.Advance(std::chrono::hours(2));
  ASSERT_TRUE(store_->Put("twice"));
  EXPECT_TRUE(Free(*store_->BeginCollection().value()).empty());
}

TEST_F(BlobStoreTest, APinLastsAsLongAsItIsHeld) {
  auto writer = store_->Begin().value();
  ASSERT_TRUE(writer->Append("pinned"));
  auto pinned = writer->CommitPinned().value();
  auto copy = pinned.pin;
  {
    const auto collection = store_->BeginCollection().value();
    EXPECT_FALSE(collection->Remove(pinned.ref.digest).value());
    pinned.pin.reset();
    EXPECT_FALSE(collection->Remove(pinned.ref.digest).value());
    copy.reset();
    EXPECT_FALSE(collection->Remove(pinned.ref.digest).value()) << "it was pinned when the collection began";
  }
  EXPECT_TRUE(store_->BeginCollection().value()->Remove(pinned.ref.digest).value());
  EXPECT_EQ(FilesUnder(root_), 0u);
}

TEST_F(BlobStoreTest, WhatComesIntoUseDuringACollectionIsSpared) {
  const auto ref = store_->Put("old").value();
  clock_.Advance(std::chrono::hours(2));
  const auto collection = store_->BeginCollection().value();
  EXPECT_TRUE(collection->IsFree(ref.digest));
  ASSERT_TRUE(store_->Put("old"));
  clock_.Advance(std::chrono::hours(2));
  EXPECT_FALSE(collection->Remove(ref.digest).value());
  EXPECT_EQ(store_->Get(ref.digest, 10).value(), "old");
}

TEST_F(BlobStoreTest, OneCollectionAtATime) {
  {
    const auto collection = store_->BeginCollection().value();
    EXPECT_EQ(store_->BeginCollection().error().code(), base::ErrorCode::kFailedPrecondition);
    EXPECT_FALSE(collection->Remove(base::Sha256Of(std::string_view("none"))).value());
  }
  EXPECT_TRUE(store_->BeginCollection());
}

TEST_F(BlobStoreTest, AskingForWhatIsNotThereTakesNoMemory) {
  for (int i = 0; i < 5'000; ++i) EXPECT_FALSE(store_->Contains(DigestOf(std::to_string(i))).value());
  EXPECT_EQ(FilesUnder(root_), 0u);
}

/// Writers put and pin the same few bytes over and over while a collector removes what is free: whoever holds a pin
/// must find the bytes there.
TEST_F(BlobStoreTest, ACollectorAndWritersOfTheSameBytesGetAlong) {
  std::atomic<bool> stop = false;
  std::atomic<int> lost = 0;
  std::vector<std::thread> writers;
  for (int i = 0; i < 3; ++i) {
    writers.emplace_back([&] {
      for (int n = 0; n < 40; ++n) {
        auto writer = store_->Begin().value();
        if (!writer->Append("bytes " + std::to_string(n % 3))) ++lost;
        const auto pinned = writer->CommitPinned().value();
        if (!store_->Get(pinned.ref.digest, 100)) ++lost;
      }
    });
  }
  std::thread collector([&] {
    while (!stop) {
      const auto collection = store_->BeginCollection().value();
      for (int n = 0; n < 3; ++n) {
        if (!collection->Remove(DigestOf("bytes " + std::to_string(n)))) ++lost;
      }
    }
  });
  for (auto& writer : writers) writer.join();
  stop = true;
  collector.join();
  EXPECT_EQ(lost, 0);
}

}  // namespace
}  // namespace gyre::blob
