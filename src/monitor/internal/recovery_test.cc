#include "monitor/internal/recovery.h"

#include <gmock/gmock.h>

#include "monitor/internal/index_file.h"
#include "monitor/internal/segment_file.h"
#include "monitor/testing/temp_log.h"

namespace gyre::monitor::internal {
namespace {

using ::testing::IsEmpty;
using testing::SampleRow;
using ::testing::SizeIs;
using testing::TempLog;
namespace fs = std::filesystem;

const serve::EndpointName kRain("rain");

/// A log whose folder is cast into the state that a crash would have left, and opened on it.
class RecoveryTest : public ::testing::Test {
 protected:
  /// Three blocks of two rows each, in one segment; then the process is gone and the folder is as it was.
  void SetUp() override {
    for (int block = 0; block < 3; ++block) {
      const auto ids = log_.Add({{.event_time = Hour(2 * block)}, {.event_time = Hour(2 * block + 1)}});
      for (const auto& hex : ids) ids_.push_back(serve::ParsePredictionId(hex).value());
      log_->Flush();
    }
    const auto segments = log_.folder() / "rain" / "_segments";
    stem_ = fs::directory_iterator(segments)->path().stem().string();
    segment_ = base::ReadFile(segments / (stem_ + ".seg"), 1 << 20).value();
    log_.Close();  // seals
    parquet_ = base::ReadFile(paths_.Parquet("rain", stem_), 1 << 20).value();
    index_ = base::ReadFile(paths_.Index("rain", stem_), 1 << 20).value();
    fs::remove_all(log_.folder());
  }

  static base::Timestamp Hour(int hour) {
    return base::ParseTimestamp("2013-09-01").value() + std::chrono::hours(hour);
  }

  void Put(const fs::path& path, std::string_view bytes) {
    fs::create_directories(path.parent_path());
    ASSERT_TRUE(base::WriteFileAtomic(path, bytes));
  }
  void PutSegment(std::string_view bytes) { Put(paths_.Segment("rain", stem_), bytes); }
  void PutParquet() { Put(paths_.Parquet("rain", stem_), parquet_); }
  void PutIndex() { Put(paths_.Index("rain", stem_), index_); }

  size_t FoundRows() {
    size_t rows = 0;
    const auto found = log_->Find(kRain, ids_).value();
    for (const auto& row : found) rows += row ? 1 : 0;
    return rows;
  }
  /// Rows by id, so that one that came twice shows.
  std::pair<int64_t, int64_t> RowsAndIds() {
    auto view = log_->View(kRain, {}).value();
    const auto table = view.connection.Query("SELECT count(*), count(DISTINCT prediction_id) FROM log").value();
    return {table.columns[0].integers[0], table.columns[1].integers[0]};
  }
  std::vector<std::string> FilesLeft() {
    std::vector<std::string> left;
    for (const auto& entry : fs::recursive_directory_iterator(log_.folder())) {
      if (entry.is_regular_file()) left.push_back(fs::relative(entry.path(), log_.folder()).string());
    }
    std::ranges::sort(left);
    return left;
  }
  /// After whatever happened: all six rows, once, in one Parquet file with its index, and nothing else on the disk.
  void ExpectWhole() {
    log_.Reopen();
    EXPECT_EQ(FoundRows(), 6U);
    ASSERT_TRUE(log_->Seal(kRain));
    EXPECT_EQ(RowsAndIds(), std::pair(int64_t{6}, int64_t{6}));
    EXPECT_EQ(log_->Watermark(kRain), Hour(5));
    EXPECT_THAT(FilesLeft(),
                ::testing::ElementsAre("rain/_index/" + stem_ + ".index", "rain/dt=2013-10-01/" + stem_ + ".parquet"));
  }

  TempLog log_;
  const LogPaths paths_{log_.folder()};
  std::vector<serve::PredictionId> ids_;
  std::string stem_;
  std::string segment_;
  std::string parquet_;
  std::string index_;
};

TEST_F(RecoveryTest, ATornEndIsCutWhereverItIsTorn) {
  const auto header = DecodeSegmentHeader(segment_).value();
  const uint64_t block = (segment_.size() - header.bytes) / 3;
  // Every kind of place: about block boundaries, and steps that meet every field of a block.
  std::set<uint64_t> cuts;
  for (uint64_t at = 0; at <= 3; ++at) {
    for (const int64_t near : {-1, 0, 1}) cuts.insert(header.bytes + at * block + static_cast<uint64_t>(near));
  }
  for (uint64_t bytes = header.bytes; bytes < segment_.size(); bytes += 19) cuts.insert(bytes);
  cuts.erase(header.bytes - 1);
  cuts.erase(segment_.size() + 1);
  for (const uint64_t bytes : cuts) {
    PutSegment(segment_.substr(0, bytes));
    log_.Reopen();
    EXPECT_EQ(FoundRows(), (bytes - header.bytes) / block * 2) << "of " << bytes << " bytes";
    log_.Close();
    fs::remove_all(log_.folder());
  }
}

TEST_F(RecoveryTest, ADamagedByteEndsTheSegmentBeforeItsBlock) {
  const auto header = DecodeSegmentHeader(segment_).value();
  const uint64_t block = (segment_.size() - header.bytes) / 3;
  for (uint64_t at = header.bytes + block; at < header.bytes + 2 * block; at += 23) {
    auto damaged = segment_;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    PutSegment(damaged);
    log_.Reopen();
    EXPECT_EQ(FoundRows(), 2U) << "damaged at " << at;
    log_.Close();
    fs::remove_all(log_.folder());
  }
}

TEST_F(RecoveryTest, WhatIsCutStaysCutAndTheRestIsSealedOnce) {
  PutSegment(segment_.substr(0, segment_.size() - 3));
  log_.Reopen();
  ASSERT_TRUE(log_->Seal(kRain));
  EXPECT_EQ(RowsAndIds(), std::pair(int64_t{4}, int64_t{4}));
  log_.Reopen();
  EXPECT_EQ(RowsAndIds(), std::pair(int64_t{4}, int64_t{4}));
}

TEST_F(RecoveryTest, ASegmentThatCannotBeReadIsSetAside) {
  PutSegment("GYRESEG1 and then nonsense");
  log_.Reopen();
  EXPECT_EQ(FoundRows(), 0U);
  EXPECT_THAT(FilesLeft(), ::testing::ElementsAre("rain/_segments/" + stem_ + ".seg.unreadable"));
  log_.Reopen();
  EXPECT_THAT(FilesLeft(), SizeIs(1)) << "kept for someone to look at";
}

TEST_F(RecoveryTest, ASegmentWithoutRowsGoes) {
  PutSegment(segment_.substr(0, DecodeSegmentHeader(segment_).value().bytes));
  log_.Reopen();
  EXPECT_THAT(FilesLeft(), IsEmpty());
}

TEST_F(RecoveryTest, KilledBeforeSealing) {
  PutSegment(segment_);
  ExpectWhole();
}

TEST_F(RecoveryTest, KilledWhileTheIndexWasWritten) {
  PutSegment(segment_);
  Put(paths_.Index("rain", stem_).string() + ".a1b2c3", index_.substr(0, 10));
  ExpectWhole();
}

TEST_F(RecoveryTest, KilledWhileParquetWasWritten) {
  PutSegment(segment_);
  PutIndex();
  Put(paths_.Segments("rain") / (stem_ + ".parquet.partial"), parquet_.substr(0, 100));
  ExpectWhole();
}

TEST_F(RecoveryTest, KilledBeforeParquetWasMoved) {
  PutSegment(segment_);
  PutIndex();
  Put(paths_.Segments("rain") / (stem_ + ".parquet"), parquet_);
  ExpectWhole();
}

TEST_F(RecoveryTest, KilledBeforeTheSegmentWasDeleted) {
  PutSegment(segment_);
  PutIndex();
  PutParquet();
  ExpectWhole();
}

TEST_F(RecoveryTest, AnIndexThatIsMissingOrDamagedIsMadeAgain) {
  PutParquet();
  ExpectWhole();
  for (const size_t at : {3U, 9U, 40U, 300U}) {
    auto damaged = index_;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    PutIndex();
    Put(paths_.Index("rain", stem_), damaged);
    ExpectWhole();
  }
  KnownSchemas schemas;
  const auto header = ReadIndexHeader(paths_.Index("rain", stem_), schemas).value();
  EXPECT_THAT(header.schema->classes, ::testing::ElementsAre("no", "rain"));
  EXPECT_THAT(header.schema->features, SizeIs(3));
}

TEST_F(RecoveryTest, DamagedIndexEntriesAreNoticedBeforeTheyAreBelieved) {
  PutParquet();
  auto damaged = index_;
  damaged.back() = static_cast<char>(damaged.back() ^ 1);
  Put(paths_.Index("rain", stem_), damaged);
  log_.Reopen();
  EXPECT_EQ(log_->Find(kRain, ids_).error().code(), base::ErrorCode::kCorrupt);
}

TEST_F(RecoveryTest, AnIndexWithoutRowsGoes) {
  PutIndex();
  log_.Reopen();
  EXPECT_EQ(FoundRows(), 0U);
  EXPECT_THAT(FilesLeft(), IsEmpty());
}

TEST_F(RecoveryTest, FilesOfOthersAreLeftAlone) {
  Put(log_.folder() / "rain" / "dt=2013-10-01" / "mine.parquet", "not Parquet");
  Put(log_.folder() / "notes.txt", "x");
  log_.Reopen();
  EXPECT_EQ(FoundRows(), 0U);
  EXPECT_THAT(FilesLeft(), SizeIs(2));
}

}  // namespace
}  // namespace gyre::monitor::internal
