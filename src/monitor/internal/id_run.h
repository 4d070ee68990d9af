#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "monitor/internal/row_codec.h"

namespace gyre::monitor::internal {

/// Which prediction lies where in event time: what a label needs to know of a logged row. Index files hold these bytes.
struct IdEntry {
  serve::PredictionId id{};
  int64_t event_time = 0;
};
static_assert(sizeof(IdEntry) == 24);

/// Entries ascending by id, immutable and shared.
using IdRun = std::shared_ptr<const std::vector<IdEntry>>;

/// Adds entries, in any order, to a growing list of runs; runs of like size are merged, so that n entries lie in about
/// log2(n) runs.
void AddRun(std::vector<IdRun>& runs, std::vector<IdEntry> entries);

/// The entry with this id among ascending ones, or null.
const IdEntry* FindId(std::span<const IdEntry> entries, const serve::PredictionId& id);

/// Times more than a day after their row's arrival are a sender's wrong clock and must not pass for progress.
bool IsTrusted(int64_t event_time, int64_t answered_at);

/// What is known of a set of logged rows without reading them.
struct RowRange {
  uint64_t rows = 0;
  serve::PredictionId first_id{};
  serve::PredictionId last_id{};
  int64_t answered_last = 0;
  int64_t event_first = 0;
  int64_t event_last = 0;
  std::optional<int64_t> watermark;  ///< greatest event time that is trusted

  void Add(const RowKey& key);
  void Add(const RowRange& other);
};

}  // namespace gyre::monitor::internal
