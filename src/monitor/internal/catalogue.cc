#include "monitor/internal/catalogue.h"

namespace gyre::monitor::internal {

void Catalogue::AddFile(const std::string& endpoint, std::shared_ptr<const SealedFile> file) {
  const std::lock_guard lock(mutex_);
  auto& rows = endpoints_[endpoint];
  rows.watermark = std::max(rows.watermark, file->range.watermark);
  rows.files.emplace(file->parquet.stem().string(), std::move(file));
}

void Catalogue::AddSegment(std::shared_ptr<const Segment> segment, SegmentContent content) {
  const std::lock_guard lock(mutex_);
  auto& rows = endpoints_[segment->endpoint];
  rows.watermark = std::max(rows.watermark, content.range.watermark);
  auto stem = segment->stem;
  rows.segments.emplace(std::move(stem), OpenOrClosed{std::move(segment), std::move(content), false});
}

void Catalogue::Grow(const Segment& segment, SegmentContent content) {
  const std::lock_guard lock(mutex_);
  auto& rows = endpoints_.at(segment.endpoint);
  rows.watermark = std::max(rows.watermark, content.range.watermark);
  std::swap(rows.segments.at(segment.stem).content, content);
}

void Catalogue::Close(const Segment& segment) {
  const std::lock_guard lock(mutex_);
  endpoints_.at(segment.endpoint).segments.at(segment.stem).closed = true;
}

void Catalogue::Replace(const Segment& segment, std::shared_ptr<const SealedFile> file) {
  OpenOrClosed released;  // dropped after the lock
  const std::lock_guard lock(mutex_);
  auto& rows = endpoints_.at(segment.endpoint);
  const auto found = rows.segments.find(segment.stem);
  released = std::move(found->second);
  rows.segments.erase(found);
  if (file) rows.files.emplace(released.segment->stem, std::move(file));
}

LogSnapshot Catalogue::Remove(std::string_view endpoint) {
  LogSnapshot removed;
  const std::lock_guard lock(mutex_);
  const auto found = endpoints_.find(endpoint);
  if (found == endpoints_.end()) return removed;
  auto& rows = found->second;
  for (auto& [stem, file] : rows.files) removed.files.push_back(std::move(file));
  rows.files.clear();
  rows.watermark.reset();
  for (auto at = rows.segments.begin(); at != rows.segments.end();) {
    auto& [stem, entry] = *at;
    if (!entry.closed) {
      rows.watermark = std::max(rows.watermark, entry.content.range.watermark);
      ++at;
      continue;
    }
    removed.tails.push_back({std::move(entry.segment), std::move(entry.content)});
    at = rows.segments.erase(at);
  }
  if (rows.segments.empty()) endpoints_.erase(found);
  return removed;
}

LogSnapshot Catalogue::Snapshot(std::string_view endpoint) const {
  LogSnapshot snapshot;
  const std::lock_guard lock(mutex_);
  const auto found = endpoints_.find(endpoint);
  if (found == endpoints_.end()) return snapshot;
  for (const auto& [stem, file] : found->second.files) snapshot.files.push_back(file);
  for (const auto& [stem, entry] : found->second.segments) snapshot.tails.push_back({entry.segment, entry.content});
  return snapshot;
}

std::vector<LogSnapshot::Tail> Catalogue::Closed(std::string_view endpoint) const {
  std::vector<LogSnapshot::Tail> closed;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, rows] : endpoints_) {
    if (!endpoint.empty() && name != endpoint) continue;
    for (const auto& [stem, entry] : rows.segments) {
      if (entry.closed) closed.push_back({entry.segment, entry.content});
    }
  }
  return closed;
}

std::optional<int64_t> Catalogue::Watermark(std::string_view endpoint) const {
  const std::lock_guard lock(mutex_);
  const auto found = endpoints_.find(endpoint);
  return found == endpoints_.end() ? std::nullopt : found->second.watermark;
}

std::vector<std::string> Catalogue::Endpoints() const {
  std::vector<std::string> names;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, rows] : endpoints_) names.push_back(name);
  return names;
}

}  // namespace gyre::monitor::internal
