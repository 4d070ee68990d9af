#include "monitor/internal/segment_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/text.h"
#include "monitor/internal/segment_file.h"

namespace gyre::monitor::internal {
namespace {

/// Sorts by day, then by when it was made.
std::string NewStem(const std::string& day, const base::Clock& clock, base::Entropy& entropy) {
  std::array<unsigned char, 4> random{};
  entropy.Fill(random);
  return fmt::format("{}-{:016x}-{}", day, base::ToMicros(clock.Now()), base::HexEncode(random));
}

}  // namespace

SegmentWriter::SegmentWriter(const Deps& deps, const Stream& stream, std::string day)
    : deps_(deps), stream_(stream), day_(std::move(day)), block_(kBlockFrameBytes, '\0') {}

SegmentWriter::~SegmentWriter() {
  Close();
}

void SegmentWriter::Add(std::string_view row) {
  const RowKey key = ReadRowKey(row);
  block_ += row;
  ++pending_.rows;
  pending_.range.Add(key);
  pending_.entries.push_back({key.id, key.event_time});
}

base::Result<void> SegmentWriter::OpenSegment() {
  if (segment_) return base::Ok();
  auto segment = std::make_shared<Segment>();
  segment->endpoint = stream_.endpoint;
  segment->stem = NewStem(day_, deps_.clock, deps_.entropy);
  segment->path = deps_.paths.Segment(segment->endpoint, segment->stem);
  segment->schema = stream_.schema;
  TRY(base::MakeFolders(segment->path.parent_path()));
  segment->fd = base::UniqueFd(open(segment->path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
  if (!segment->fd) return base::ErrnoError("cannot create", segment->path.string());
  const auto header = EncodeSegmentHeader(*stream_.schema);
  if (const auto written = WriteAt(segment->fd.get(), 0, header, segment->path.string()); !written) {
    unlink(segment->path.c_str());
    return written.error();
  }
  segment->first_block = header.size();
  content_ = {.bytes = header.size(), .range = {}, .runs = {}};
  opened_ = deps_.clock.Monotonic();
  segment_ = std::move(segment);
  deps_.catalogue.AddSegment(segment_, content_);
  return base::Ok();
}

base::Result<void> SegmentWriter::Append() {
  TRY(OpenSegment());
  FrameBlock(block_, pending_.rows);
  const int fd = segment_->fd.get();
  if (auto written = WriteAt(fd, content_.bytes, block_, segment_->path.string()); !written) {
    // Half a block must not stay in front of the next one. If it cannot be cut off, the segment ends before it.
    if (ftruncate(fd, static_cast<off_t>(content_.bytes)) != 0) Close();
    return written.error();
  }
  content_.bytes += block_.size();
  content_.range.Add(pending_.range);
  AddRun(content_.runs, std::move(pending_.entries));
  deps_.catalogue.Grow(*segment_, content_);
  return base::Ok();
}

base::Result<void> SegmentWriter::Write() {
  if (pending_.rows == 0) return base::Ok();
  auto appended = Append();
  pending_ = {};
  block_.resize(kBlockFrameBytes);
  return appended;
}

void SegmentWriter::Close() {
  if (!segment_) return;
  deps_.catalogue.Close(*segment_);
  segment_.reset();
  content_ = {};
  block_ = std::string(kBlockFrameBytes, '\0');
}

}  // namespace gyre::monitor::internal
