#include "data/internal/csv_reader.h"

#include <cerrno>
#include <cstring>
#include <unistd.h>

#include "base/text.h"

namespace gyre::data::internal {
namespace {
constexpr size_t kReadBytes = 1 << 20;
}

CsvReader::CsvReader(base::UniqueFd fd, std::string name)
    : fd_(std::move(fd)), name_(std::move(name)), hash_(std::make_unique<base::Sha256>()) {}

base::Result<CsvReader> CsvReader::Open(const std::filesystem::path& path, std::optional<char> delimiter) {
  CsvReader reader(TRY(base::OpenForRead(path)), path.filename().string());
  TRY(reader.Fill());
  TRY(reader.SkipByteOrderMark());
  reader.delimiter_ = delimiter ? *delimiter : reader.GuessDelimiter();
  for (const char c : {reader.delimiter_, '\n', '\r'}) reader.ends_plain_.at(static_cast<unsigned char>(c)) = true;
  return reader;
}

char CsvReader::GuessDelimiter() const {
  std::map<char, size_t> counts = {{',', 0}, {';', 0}, {'\t', 0}, {'|', 0}};
  bool quoted = false;
  for (size_t at = begin_; at < end_; ++at) {
    const char c = buffer_[at];
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '\n' || c == '\r') break;
    if (const auto found = counts.find(c); found != counts.end()) ++found->second;
  }
  char best = ',';
  for (const auto& [c, count] : counts) {
    if (count > counts[best]) best = c;
  }
  return best;
}

base::Error CsvReader::Problem(std::string_view what) const {
  return base::Unprocessable(fmt::format("{} line {}: {}", name_, record_line_, what), name_);
}

base::Result<void> CsvReader::SkipByteOrderMark() {
  const std::string_view start(buffer_.data(), end_);
  if (start.starts_with("\xff\xfe") || start.starts_with("\xfe\xff")) {
    return base::Unprocessable(fmt::format("{} is UTF-16; save it as UTF-8", name_), name_);
  }
  if (start.starts_with("\x1f\x8b") || start.starts_with("PK\x03\x04") || start.starts_with("\x28\xb5\x2f\xfd")) {
    return base::Unprocessable(fmt::format("{} is compressed; unpack it first", name_), name_);
  }
  if (start.starts_with("\xef\xbb\xbf")) begin_ = 3;
  return base::Ok();
}

base::Result<void> CsvReader::Fill() {
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  if (end_ > kMaxRecordBytes) {
    return base::TooLarge(fmt::format("{} line {}: the record is over {}; is a quote left open?", name_, next_line_,
                                      base::FormatBytes(kMaxRecordBytes)),
                          name_);
  }
  if (buffer_.size() < end_ + kReadBytes) buffer_.resize(end_ + kReadBytes);
  ssize_t got = -1;
  do {
    got = read(fd_.get(), buffer_.data() + end_, kReadBytes);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return base::ErrnoError("cannot read", name_);
  if (got == 0) at_file_end_ = true;
  const auto bytes = static_cast<size_t>(got);
  hash_->Update(std::string_view(buffer_.data() + end_, bytes));
  end_ += bytes;
  bytes_read_ += bytes;
  return base::Ok();
}

base::Result<CsvReader::End> CsvReader::FieldEnd(size_t& at) const {
  if (at == end_) return at_file_end_ ? End::kFile : End::kBuffer;
  const char c = buffer_[at];
  if (c == delimiter_) return ++at, End::kDelimiter;
  if (c == '\n') return ++at, End::kLine;
  if (c != '\r') {
    return Problem("text stands behind a closing quote; a quote inside a quoted field is written twice");
  }
  if (at + 1 == end_ && !at_file_end_) return End::kBuffer;
  at += at + 1 < end_ && buffer_[at + 1] == '\n' ? 2 : 1;
  return End::kLine;
}

base::Result<CsvReader::End> CsvReader::ScanQuoted(size_t& at) {
  Span span{++at, 0, false};
  while (true) {
    const char* const start = buffer_.data() + at;
    const auto* quote = static_cast<const char*>(std::memchr(start, '"', end_ - at));
    if (quote == nullptr && at_file_end_) return Problem("a quote is opened and never closed");
    if (quote == nullptr) return End::kBuffer;
    const auto found = static_cast<size_t>(quote - buffer_.data());
    lines_within_ += static_cast<uint64_t>(std::count(start, quote, '\n'));
    at = found + 1;
    if (at == end_ && !at_file_end_) return End::kBuffer;
    if (at < end_ && buffer_[at] == '"') {
      span.doubled = true;
      ++at;
      continue;
    }
    span.end = found;
    spans_.push_back(span);
    return FieldEnd(at);
  }
}

base::Result<CsvReader::End> CsvReader::ScanField(size_t& at) {
  if (at < end_ && buffer_[at] == '"') return ScanQuoted(at);
  const size_t begin = at;
  while (at < end_ && !ends_plain_[static_cast<unsigned char>(buffer_[at])]) ++at;
  spans_.push_back({begin, at, false});
  return FieldEnd(at);
}

base::Result<CsvReader::End> CsvReader::ScanRecord(size_t& at) {
  spans_.clear();
  lines_within_ = 0;
  record_line_ = next_line_;
  while (true) {
    const End end = TRY(ScanField(at));
    if (end != End::kDelimiter) return end;
    if (spans_.size() > 100'000) return Problem("there are over 100,000 fields");
  }
}

base::Result<void> CsvReader::CheckBytes(std::string_view record) const {
  unsigned char all = 0;
  bool zero = false;
  for (const char c : record) {
    all = static_cast<unsigned char>(all | static_cast<unsigned char>(c));
    zero |= c == '\0';
  }
  if (zero) return Problem("there is a zero byte; is this a text file in UTF-8?");
  if (all >= 0x80 && !base::IsValidUtf8(record)) return Problem("the text is not valid UTF-8; convert the file first");
  return base::Ok();
}

/// Doubled quotes are undone in place: the record is complete and will not be scanned again.
std::string_view CsvReader::Text(const Span& span) {
  if (!span.doubled) return {buffer_.data() + span.begin, span.end - span.begin};
  size_t to = span.begin;
  for (size_t from = span.begin; from < span.end; ++from) {
    buffer_[to++] = buffer_[from];
    if (buffer_[from] == '"') ++from;
  }
  return {buffer_.data() + span.begin, to - span.begin};
}

base::Result<bool> CsvReader::Next(std::vector<std::string_view>& fields) {
  while (true) {
    size_t at = begin_;
    const End end = TRY(ScanRecord(at));
    if (end == End::kBuffer) {
      TRY(Fill());
      continue;
    }
    const std::string_view record(buffer_.data() + begin_, at - begin_);
    if (record.empty()) return false;
    const bool blank = spans_.size() == 1 && spans_[0].begin == begin_ && spans_[0].end == begin_;
    begin_ = at;
    next_line_ += lines_within_ + 1;
    if (blank) continue;
    TRY(CheckBytes(record));
    fields.clear();
    for (const auto& span : spans_) fields.push_back(Text(span));
    return true;
  }
}

}  // namespace gyre::data::internal
