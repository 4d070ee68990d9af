#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tracking/run.h"

namespace gyre::tracking::internal {

/// The points of one metric in a batch: sorted as a history is, none twice.
struct SampleGroup {
  std::string_view key;
  std::span<const MetricSample> samples;
};

/// A batch by metric. Keys are borrowed from the points.
class SortedBatch {
 public:
  explicit SortedBatch(std::span<const MetricPoint> points);
  SortedBatch(const SortedBatch&) = delete;
  SortedBatch& operator=(const SortedBatch&) = delete;

  std::span<const SampleGroup> groups() const { return groups_; }
  size_t points() const { return samples_.size(); }

 private:
  std::vector<MetricSample> samples_;
  std::vector<SampleGroup> groups_;
};

/// What a chunk holds: a byte for the format, the count, then times and steps as differences in variable length and the
/// values as they are. Points of a training loop take about 13 bytes.
std::string PackSamples(std::span<const MetricSample> samples);
/// Appends what is packed in `bytes`; kCorrupt if they are anything else.
base::Result<void> UnpackSamples(std::string_view bytes, std::vector<MetricSample>& samples);

/// What a row of the journal holds: the packed samples of each metric behind its key.
std::string PackBatch(const SortedBatch& batch);
/// Calls `on_metric` with each key and its packed samples, for UnpackSamples.
base::Result<void> ReadBatch(std::string_view bytes,
                             const std::function<base::Result<void>(std::string_view, std::string_view)>& on_metric);

}  // namespace gyre::tracking::internal
