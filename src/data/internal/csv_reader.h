#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/hash.h"
#include "base/result.h"

namespace gyre::data::internal {

/// Reads delimited text (RFC 4180) record by record: fields may be quoted with ", a quote inside doubled; line ends are
/// LF, CRLF or CR; a UTF-8 byte order mark is skipped; blank lines count for nothing. Bytes are untrusted: records over
/// kMaxRecordBytes, zero bytes, bytes that are not UTF-8 and quotes that never close are errors that name the line.
/// One thread.
class CsvReader {
 public:
  /// Without a delimiter, takes the one of , ; tab | that the first line has most of outside quotes.
  static base::Result<CsvReader> Open(const std::filesystem::path& path, std::optional<char> delimiter = {});

  /// The next record's fields, or false at the end. The views live until the next call.
  base::Result<bool> Next(std::vector<std::string_view>& fields);

  /// Where the record that was read last began, from 1.
  uint64_t line() const { return record_line_; }
  uint64_t bytes_read() const { return bytes_read_; }
  /// Of the whole file; call once, after the end.
  base::Digest Digest() { return hash_->Finish(); }

  /// "weather.csv line 17: " + what, as an error about the last record.
  base::Error Problem(std::string_view what) const;

  static constexpr size_t kMaxRecordBytes = 16 << 20;

 private:
  struct Span {
    size_t begin;
    size_t end;
    bool doubled;  ///< holds doubled quotes
  };
  /// What a field, and so perhaps the record, ended with.
  enum class End { kDelimiter, kLine, kFile, kBuffer };

  CsvReader(base::UniqueFd fd, std::string name);
  char GuessDelimiter() const;
  base::Result<void> Fill();
  base::Result<void> SkipByteOrderMark();
  base::Result<End> ScanRecord(size_t& at);
  base::Result<End> ScanField(size_t& at);
  base::Result<End> ScanQuoted(size_t& at);
  base::Result<End> FieldEnd(size_t& at) const;
  base::Result<void> CheckBytes(std::string_view record) const;
  std::string_view Text(const Span& span);

  base::UniqueFd fd_;
  std::string name_;
  char delimiter_ = ',';
  std::array<bool, 256> ends_plain_{};
  std::string buffer_;
  size_t begin_ = 0;  ///< of what has not been handed out
  size_t end_ = 0;    ///< of what has been read
  bool at_file_end_ = false;
  std::vector<Span> spans_;
  uint64_t record_line_ = 1;
  uint64_t next_line_ = 1;
  uint64_t lines_within_ = 0;  ///< line ends inside quotes of the record being scanned
  uint64_t bytes_read_ = 0;
  std::unique_ptr<base::Sha256> hash_;
};

}  // namespace gyre::data::internal
