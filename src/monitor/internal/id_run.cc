#include "monitor/internal/id_run.h"

namespace gyre::monitor::internal {
namespace {

constexpr int64_t kTrustedSkew = 86'400'000'000;

bool ById(const IdEntry& a, const IdEntry& b) {
  return a.id < b.id;
}

}  // namespace

void AddRun(std::vector<IdRun>& runs, std::vector<IdEntry> entries) {
  std::ranges::sort(entries, ById);
  while (!runs.empty() && runs.back()->size() <= 2 * entries.size()) {
    std::vector<IdEntry> merged;
    merged.reserve(runs.back()->size() + entries.size());
    std::ranges::merge(*runs.back(), entries, std::back_inserter(merged), ById);
    entries = std::move(merged);
    runs.pop_back();
  }
  runs.push_back(std::make_shared<const std::vector<IdEntry>>(std::move(entries)));
}

const IdEntry* FindId(std::span<const IdEntry> entries, const serve::PredictionId& id) {
  const auto found = std::ranges::lower_bound(entries, id, {}, &IdEntry::id);
  return found != entries.end() && found->id == id ? &*found : nullptr;
}

bool IsTrusted(int64_t event_time, int64_t answered_at) {
  return event_time <= answered_at + kTrustedSkew;
}

void RowRange::Add(const RowKey& key) {
  RowRange one{.rows = 1,
               .first_id = key.id,
               .last_id = key.id,
               .answered_last = key.answered_at,
               .event_first = key.event_time,
               .event_last = key.event_time,
               .watermark = {}};
  if (IsTrusted(key.event_time, key.answered_at)) one.watermark = key.event_time;
  Add(one);
}

void RowRange::Add(const RowRange& other) {
  if (other.rows == 0) return;
  if (rows == 0) {
    *this = other;
    return;
  }
  rows += other.rows;
  first_id = std::min(first_id, other.first_id);
  last_id = std::max(last_id, other.last_id);
  answered_last = std::max(answered_last, other.answered_last);
  event_first = std::min(event_first, other.event_first);
  event_last = std::max(event_last, other.event_last);
  watermark = std::max(watermark, other.watermark);
}

}  // namespace gyre::monitor::internal
