#include "data/internal/csv_reader.h"

#include <fstream>
#include <gtest/gtest.h>
#include <random>

namespace gyre::data::internal {
namespace {

class CsvReaderTest : public ::testing::Test {
 protected:
  /// All records of the text, or the error.
  base::Result<std::vector<std::vector<std::string>>> Read(std::string_view text, std::optional<char> delimiter = ',') {
    std::ofstream(path_, std::ios::binary) << text;
    auto reader = TRY(CsvReader::Open(path_, delimiter));
    std::vector<std::vector<std::string>> records;
    std::vector<std::string_view> fields;
    while (TRY(reader.Next(fields))) {
      records.emplace_back(fields.begin(), fields.end());
      lines_.push_back(reader.line());
    }
    EXPECT_EQ(reader.bytes_read(), text.size());
    EXPECT_EQ(reader.Digest(), base::Sha256Of(text));
    return records;
  }

  base::TempFolder folder_ = base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-csv-test").value();
  std::filesystem::path path_ = folder_.path() / "in.csv";
  std::vector<uint64_t> lines_;
};

using Records = std::vector<std::vector<std::string>>;

TEST_F(CsvReaderTest, KnowsTheLineEachRecordBeganOn) {
  EXPECT_EQ(Read("a,b\n\n\"x\ny\nz\",2\r\nlast,\r").value(), (Records{{"a", "b"}, {"x\ny\nz", "2"}, {"last", ""}}));
  EXPECT_EQ(lines_, (std::vector<uint64_t>{1, 3, 6}));
}

TEST_F(CsvReaderTest, TellsBlankLinesFromEmptyFields) {
  EXPECT_EQ(Read("\"\"\n\n,\n").value(), (Records{{""}, {"", ""}}));
  EXPECT_EQ(Read("").value(), Records{});
  EXPECT_EQ(Read("a,").value(), (Records{{"a", ""}}));
}

/// Files of a few megabytes, so that records, quotes and CRLFs fall on the edges of what is read at once.
TEST_F(CsvReaderTest, ReadsBackWhatAWriterWrote) {
  std::mt19937 random(20131001);
  const std::vector<std::string> pieces = {"plain",      "",   "with,comma", "with \"quotes\"",
                                           "two\nlines", "\"", "é北",        "\r\n"};
  Records written;
  std::string text;
  for (int i = 0; i < 60000; ++i) {
    std::vector<std::string> record(1 + random() % 4);
    for (auto& field : record) {
      field = pieces[random() % pieces.size()];
      if (random() % 500 == 0) field.append(random() % 5000, 'x');
    }
    for (size_t j = 0; j < record.size(); ++j) {
      const auto& field = record[j];
      const bool quote = field.empty() || field.find_first_of(",\"\r\n") != std::string::npos || random() % 4 == 0;
      if (j > 0) text += ',';
      if (quote) text += '"';
      for (const char c : field) text += quote && c == '"' ? std::string("\"\"") : std::string(1, c);
      if (quote) text += '"';
    }
    text += random() % 2 == 0 ? "\n" : "\r\n";
    written.push_back(std::move(record));
  }
  ASSERT_GT(text.size(), 2U << 20);
  EXPECT_TRUE(Read(text).value() == written);
}

/// Whatever the bytes, reading ends with records or with an error that names a line.
TEST_F(CsvReaderTest, SurvivesRandomBytes) {
  std::mt19937 random(7);
  const std::string alphabet("a,\"\n\r;\xc3\xa9\xff\0 ", 12);
  for (int i = 0; i < 3000; ++i) {
    std::string text(random() % 40, ' ');
    for (char& c : text) c = alphabet[random() % alphabet.size()];
    const auto records = Read(text, std::nullopt);
    if (records) continue;
    EXPECT_NE(records.error().message().find("in.csv"), std::string::npos) << records.error().message();
  }
}

}  // namespace
}  // namespace gyre::data::internal
