// The pieces that the log's files are made of.
#include <gmock/gmock.h>

#include "base/file.h"
#include "monitor/internal/checksum.h"
#include "monitor/internal/index_file.h"
#include "monitor/internal/segment_file.h"
#include "monitor/internal/window_clock.h"
#include "monitor/testing/sample_rows.h"
#include "stats/random.h"

namespace gyre::monitor::internal {
namespace {

using ::testing::ElementsAre;

serve::PredictionId IdOf(uint64_t number) {
  serve::PredictionId id{};
  for (size_t i = 0; i < 8; ++i) id[i] = static_cast<unsigned char>(number >> (56 - 8 * i));
  return id;
}

TEST(Checksum, EqualsTheStandardsExamples) {
  EXPECT_EQ(Crc32c(""), 0U);
  EXPECT_EQ(Crc32c("123456789"), 0xE3069283U);
  // RFC 3720, B.4
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(Crc32c(std::string(32, '\xff')), 0x62A8AB43U);
  std::string ascending;
  for (char c = 0; c < 32; ++c) ascending.push_back(c);
  EXPECT_EQ(Crc32c(ascending), 0x46DD794EU);
}

TEST(Checksum, MayBeTakenInPieces) {
  const std::string text = "the quick brown fox jumps over the lazy dog";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    EXPECT_EQ(Crc32c(text.substr(cut), Crc32c(text.substr(0, cut))), Crc32c(text));
  }
}

TEST(IdRuns, KeepEveryEntryInFewRuns) {
  stats::Random random(4);
  std::vector<IdRun> runs;
  std::vector<uint64_t> numbers;
  for (int block = 0; block < 500; ++block) {
    std::vector<IdEntry> entries;
    for (uint64_t i = 1 + random.Below(20); i > 0; --i) {
      numbers.push_back(random.Next());
      entries.push_back({IdOf(numbers.back()), static_cast<int64_t>(numbers.size())});
    }
    AddRun(runs, entries);
  }
  EXPECT_LE(runs.size(), 14U);
  size_t found = 0;
  for (size_t i = 0; i < numbers.size(); ++i) {
    for (const auto& run : runs) {
      const auto* entry = FindId(*run, IdOf(numbers[i]));
      if (entry != nullptr && entry->event_time == static_cast<int64_t>(i + 1)) ++found;
    }
  }
  EXPECT_EQ(found, numbers.size());
  for (const auto& run : runs) EXPECT_EQ(FindId(*run, IdOf(7)), nullptr);
}

TEST(RowRanges, GrowByRowsAndByRanges) {
  constexpr int64_t kDay = 86'400'000'000;
  RowRange a;
  a.Add(RowKey{IdOf(5), 100, 90});
  a.Add(RowKey{IdOf(3), 110, 100});
  RowRange b;
  b.Add(RowKey{IdOf(9), 120, 121 + kDay});
  EXPECT_EQ(b.watermark, std::nullopt) << "over a day ahead";
  a.Add(b);
  a.Add(RowRange{});
  EXPECT_EQ(a.rows, 3U);
  EXPECT_EQ(a.first_id, IdOf(3));
  EXPECT_EQ(a.last_id, IdOf(9));
  EXPECT_EQ(a.answered_last, 120);
  EXPECT_EQ(a.event_first, 90);
  EXPECT_EQ(a.event_last, 121 + kDay);
  EXPECT_EQ(a.watermark, 100);
}

TEST(SegmentFile, ScansWholeBlocksAndStopsAtTheFirstThatIsNot) {
  const auto schema = LogSchema::Of(testing::WeatherSignature());
  auto file = EncodeSegmentHeader(schema);
  EXPECT_EQ(DecodeSegmentHeader(file)->schema, schema);
  const auto add = [&](std::string_view rows) {
    std::string block(kBlockFrameBytes, '\0');
    block += rows;
    FrameBlock(block, 1);
    file += block;
  };
  add("first");
  add("second");
  const auto whole = file.size();
  file += "GBLK and so on, but no block";
  std::vector<std::string> seen;
  const auto scan = [&] {
    seen.clear();
    return ScanBlocks(file, DecodeSegmentHeader(file)->bytes, [&](std::string_view rows) -> base::Result<void> {
      seen.emplace_back(rows);
      return base::Ok();
    });
  };
  EXPECT_EQ(scan().value(), whole);
  EXPECT_THAT(seen, ElementsAre("first", "second"));
  file[whole - 1] = 'x';
  EXPECT_EQ(scan().value(), whole - kBlockFrameBytes - 6);
  EXPECT_THAT(seen, ElementsAre("first"));
  EXPECT_FALSE(DecodeSegmentHeader(file.substr(0, 20)));
  EXPECT_FALSE(DecodeSegmentHeader("GYRESEG1"));
}

class IndexFileTest : public ::testing::Test {
 protected:
  void Write(size_t rows) {
    std::vector<IdEntry> entries;
    RowRange range;
    for (size_t i = 0; i < rows; ++i) {
      entries.push_back({IdOf(10 * i), static_cast<int64_t>(i)});
      range.Add(RowKey{IdOf(10 * i), 0, static_cast<int64_t>(i)});
    }
    ASSERT_TRUE(WriteIndex(path_, {.schema = schema_, .range = range}, entries));
  }

  base::TempFolder folder_ = base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-index").value();
  const std::filesystem::path path_ = folder_.path() / "x.index";
  const std::shared_ptr<const LogSchema> schema_ =
      std::make_shared<const LogSchema>(LogSchema::Of(testing::WeatherSignature()));
};

TEST_F(IndexFileTest, KeepsEntriesAndSharesSchemas) {
  KnownSchemas schemas;
  Write(1000);
  const auto header = ReadIndexHeader(path_, schemas).value();
  EXPECT_EQ(*header.schema, *schema_);
  EXPECT_EQ(header.range.rows, 1000U);
  EXPECT_EQ(header.range.last_id, IdOf(9990));
  EXPECT_EQ(ReadIndexHeader(path_, schemas)->schema, header.schema) << "one object for equal schemas";
  const auto index = MappedIndex::Open(path_, true).value();
  ASSERT_EQ(index.entries().size(), 1000U);
  EXPECT_EQ(FindId(index.entries(), IdOf(4560))->event_time, 456);
  EXPECT_EQ(FindId(index.entries(), IdOf(4561)), nullptr);
}

TEST_F(IndexFileTest, RefusesAFileThatIsCutAnywhere) {
  Write(20);
  const auto bytes = base::ReadFile(path_, 1 << 20).value();
  for (size_t length = 0; length < bytes.size(); length += 3) {
    ASSERT_TRUE(base::WriteFileAtomic(path_, bytes.substr(0, length)));
    KnownSchemas schemas;
    EXPECT_FALSE(ReadIndexHeader(path_, schemas)) << length;
    EXPECT_FALSE(MappedIndex::Open(path_, true)) << length;
  }
}

TEST(WindowClock, AlignsToTheEpochOnBothSidesOfIt) {
  using std::chrono::hours;
  const auto at = [](int64_t h) { return base::Timestamp(hours(h)); };
  EXPECT_EQ(WindowStart(at(25), hours(24)), at(24));
  EXPECT_EQ(WindowStart(at(24), hours(24)), at(24));
  EXPECT_EQ(WindowStart(at(-1), hours(24)), at(-24));
  EXPECT_EQ(WindowStart(at(-24), hours(24)), at(-24));
}

}  // namespace
}  // namespace gyre::monitor::internal
