#include "artifacts/multipart.h"

#include <gtest/gtest.h>
#include <thread>

#include "artifacts/testing/temp_artifacts.h"

namespace gyre::artifacts {
namespace {

namespace fs = std::filesystem;

class MultipartTest : public ::testing::Test {
 protected:
  std::string Send(const UploadId& id, int64_t number, std::string_view bytes) {
    const auto writer = uploads_->BeginPart(id, number).value();
    EXPECT_TRUE(writer->Append(bytes.substr(0, bytes.size() / 2)));
    EXPECT_TRUE(writer->Append(bytes.substr(bytes.size() / 2)));
    return writer->Commit().value();
  }
  base::ErrorCode Refused(const UploadId& id, std::string_view path, const std::vector<Multipart::Part>& parts) {
    return uploads_->Complete(id, path, parts).error().code();
  }
  size_t Staged() const {
    size_t files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) files += entry.is_regular_file() ? 1 : 0;
    return files;
  }

  testing::TempArtifacts tree_;
  fs::path folder_ = tree_.folder() / "parts";
  std::unique_ptr<Multipart> uploads_ =
      Multipart::Open({.folder = folder_, .max_uploads = 3}, *tree_, tree_.clock(), tree_.entropy()).value();
};

TEST_F(MultipartTest, JoinsPartsThatCameInAnyOrder) {
  const auto id = uploads_->Create("0/run/artifacts/big.bin", 11).value();
  std::vector<Multipart::Part> parts(11);
  std::string whole;
  for (int64_t n = 1; n <= 11; ++n) whole += std::string(1000 * n, static_cast<char>('a' + n));
  for (int64_t n = 11; n >= 1; --n) {
    const auto tag = Send(id, n, std::string(1000 * n, static_cast<char>('a' + n)));
    parts[n - 1] = {.number = n, .tag = n % 2 == 0 ? tag : '"' + tag + '"'};
  }
  const auto file = uploads_->Complete(id, "0/run/artifacts/big.bin", parts).value();
  EXPECT_EQ(file.blob.digest, base::Sha256Of(std::string_view(whole)));
  EXPECT_EQ(tree_.Content("0/run/artifacts/big.bin"), whole);
  EXPECT_EQ(Staged(), 0u);
  EXPECT_EQ(Refused(id, "0/run/artifacts/big.bin", parts), base::ErrorCode::kNotFound) << "it is over";
}

TEST_F(MultipartTest, APartThatIsSentAgainReplacesTheOneBefore) {
  const auto id = uploads_->Create("f", 1).value();
  const auto first = Send(id, 1, "first");
  const auto second = Send(id, 1, "second");
  EXPECT_EQ(Send(id, 1, "second"), second);
  EXPECT_EQ(Staged(), 1u);
  EXPECT_EQ(Refused(id, "f", {{1, first}}), base::ErrorCode::kInvalidArgument);
  ASSERT_TRUE(uploads_->Complete(id, "f", std::vector<Multipart::Part>{{1, second}}));
  EXPECT_EQ(tree_.Content("f"), "second");
}

TEST_F(MultipartTest, AnUploadOfOneEmptyPartIsAnEmptyFile) {
  const auto id = uploads_->Create("empty", 1).value();
  const auto tag = Send(id, 1, "");
  EXPECT_EQ(uploads_->Complete(id, "empty", std::vector<Multipart::Part>{{1, tag}})->blob.size, 0u);
}

TEST_F(MultipartTest, WhatIsMissingCanStillBeSent) {
  const auto id = uploads_->Create("f", 2).value();
  const auto one = Send(id, 1, "1");
  EXPECT_EQ(Refused(id, "f", {{1, one}, {2, ""}}), base::ErrorCode::kInvalidArgument);
  EXPECT_EQ(Refused(id, "f", {{1, one}}), base::ErrorCode::kInvalidArgument);
  const auto two = Send(id, 2, "2");
  EXPECT_EQ(Refused(id, "f", {{2, two}, {1, one}}), base::ErrorCode::kInvalidArgument);
  EXPECT_EQ(Refused(id, "f", {}), base::ErrorCode::kInvalidArgument);
  EXPECT_EQ(Refused(id, "g", {{1, one}, {2, two}}), base::ErrorCode::kInvalidArgument) << "another path";
  EXPECT_EQ(Refused(id, "f", {{1, one}, {2, two}, {3, ""}}), base::ErrorCode::kInvalidArgument);
  ASSERT_TRUE(uploads_->Complete(id, "f", std::vector<Multipart::Part>{{1, one}, {2, ""}}));
  EXPECT_EQ(tree_.Content("f"), "12");
}

TEST_F(MultipartTest, APlaceThatIsTakenIsSaidAtTheEnd) {
  tree_.Fill({"d/e"});
  const auto id = uploads_->Create("d", 1).value();
  const auto tag = Send(id, 1, "x");
  EXPECT_EQ(Refused(id, "d", {{1, tag}}), base::ErrorCode::kInvalidArgument);
  EXPECT_TRUE(uploads_->Abort(id));
  EXPECT_EQ(Staged(), 0u);
}

TEST_F(MultipartTest, RefusesWhatItCannotBe) {
  EXPECT_EQ(uploads_->Create("", 1).error().code(), base::ErrorCode::kInvalidArgument);
  EXPECT_EQ(uploads_->Create("../x", 1).error().code(), base::ErrorCode::kInvalidArgument);
  EXPECT_EQ(uploads_->Create("x", 0).error().code(), base::ErrorCode::kInvalidArgument);
  EXPECT_EQ(uploads_->Create("x", 10'001).error().code(), base::ErrorCode::kInvalidArgument);
  const auto id = uploads_->Create("x", 2).value();
  EXPECT_EQ(uploads_->BeginPart(id, 0).error().code(), base::ErrorCode::kInvalidArgument);
  EXPECT_EQ(uploads_->BeginPart(id, 3).error().code(), base::ErrorCode::kInvalidArgument);
  EXPECT_EQ(uploads_->BeginPart(UploadId("../x"), 1).error().code(), base::ErrorCode::kNotFound);
}

TEST_F(MultipartTest, AbortedUploadsLeaveNothing) {
  const auto id = uploads_->Create("f", 2).value();
  Send(id, 1, "1");
  auto under_way = uploads_->BeginPart(id, 2).value();
  ASSERT_TRUE(under_way->Append("2"));
  ASSERT_TRUE(uploads_->Abort(id));
  EXPECT_EQ(under_way->Commit().error().code(), base::ErrorCode::kNotFound);
  under_way.reset();
  EXPECT_TRUE(uploads_->Abort(id)) << "again";
  EXPECT_EQ(Staged(), 0u);
  EXPECT_FALSE(tree_->Find("f"));
}

TEST_F(MultipartTest, APartThatIsDroppedLeavesNothing) {
  const auto id = uploads_->Create("f", 1).value();
  ASSERT_TRUE(uploads_->BeginPart(id, 1).value()->Append("x"));
  EXPECT_EQ(Staged(), 0u);
}

TEST_F(MultipartTest, UploadsExpire) {
  const auto id = uploads_->Create("f", 1).value();
  const auto tag = Send(id, 1, "x");
  tree_.clock().Advance(std::chrono::hours(25));
  EXPECT_EQ(uploads_->BeginPart(id, 1).error().code(), base::ErrorCode::kNotFound);
  EXPECT_EQ(Refused(id, "f", {{1, tag}}), base::ErrorCode::kNotFound);
  EXPECT_TRUE(uploads_->Create("g", 1));
  EXPECT_EQ(Staged(), 0u);
}

TEST_F(MultipartTest, UploadsAreBounded) {
  std::vector<UploadId> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(uploads_->Create("f", 1).value());
  EXPECT_EQ(uploads_->Create("f", 1).error().code(), base::ErrorCode::kResourceExhausted);
  ASSERT_TRUE(uploads_->Abort(ids[0]));
  EXPECT_TRUE(uploads_->Create("f", 1));
}

TEST_F(MultipartTest, ARestartEndsThem) {
  const auto id = uploads_->Create("f", 1).value();
  Send(id, 1, "x");
  uploads_ = Multipart::Open({.folder = folder_}, *tree_, tree_.clock(), tree_.entropy()).value();
  EXPECT_EQ(Staged(), 0u);
  EXPECT_EQ(uploads_->BeginPart(id, 1).error().code(), base::ErrorCode::kNotFound);
}

TEST_F(MultipartTest, PartsMayComeAtTheSameTime) {
  const auto id = uploads_->Create("f", 8).value();
  std::vector<Multipart::Part> parts(8);
  std::vector<std::thread> senders;
  for (int64_t n = 1; n <= 8; ++n) {
    senders.emplace_back([&, n] {
      for (int i = 0; i < 5; ++i) parts[n - 1] = {n, Send(id, n, std::string(100'000, static_cast<char>('0' + n)))};
    });
  }
  for (auto& sender : senders) sender.join();
  EXPECT_EQ(uploads_->Complete(id, "f", parts)->blob.size, 800'000u);
}

}  // namespace
}  // namespace gyre::artifacts
