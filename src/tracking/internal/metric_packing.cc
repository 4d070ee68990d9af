#include "tracking/internal/metric_packing.h"

#include <cstring>

#include "tracking/internal/metric_order.h"

namespace gyre::tracking::internal {
namespace {

constexpr char kFormat = 1;
/// A time, a step and a value take at least so many bytes: bounds what a count may claim.
constexpr size_t kLeastPointBytes = 10;

void AppendNumber(std::string& bytes, uint64_t number) {
  while (number >= 0x80) {
    bytes += static_cast<char>(number | 0x80);
    number >>= 7;
  }
  bytes += static_cast<char>(number);
}

/// Small differences of either sign become small numbers; arithmetic wraps, so that every difference has one.
uint64_t ZigZag(uint64_t difference) {
  return difference << 1 ^ (0 - (difference >> 63));
}
uint64_t UnZigZag(uint64_t number) {
  return number >> 1 ^ (0 - (number & 1));
}

base::Error Damaged() {
  return base::Corrupt("packed metric points are damaged; restore the metadata database from a backup");
}

/// Takes from the front of bytes; a number that is not there leaves `failed`.
struct Cursor {
  std::string_view bytes;
  bool failed = false;

  uint64_t Number() {
    uint64_t number = 0;
    for (size_t i = 0; i < bytes.size() && i < 10; ++i) {
      const auto byte = static_cast<unsigned char>(bytes[i]);
      number |= uint64_t{byte & 0x7FU} << (7 * i);
      if (byte < 0x80) {
        bytes.remove_prefix(i + 1);
        return number;
      }
    }
    failed = true;
    return 0;
  }

  std::string_view Take(uint64_t size) {
    if (size > bytes.size()) {
      failed = true;
      return {};
    }
    const auto taken = bytes.substr(0, size);
    bytes.remove_prefix(size);
    return taken;
  }
};

template <class Field>
void AppendDifferences(std::string& bytes, std::span<const MetricSample> samples, const Field& field) {
  uint64_t before = 0;
  for (const auto& sample : samples) {
    const auto now = static_cast<uint64_t>(field(sample));
    AppendNumber(bytes, ZigZag(now - before));
    before = now;
  }
}

std::vector<const MetricPoint*> ByMetric(std::span<const MetricPoint> points) {
  std::vector<const MetricPoint*> sorted;
  sorted.reserve(points.size());
  for (const auto& point : points) sorted.push_back(&point);
  const auto by_key = [](const MetricPoint* a, const MetricPoint* b) { return a->key < b->key; };
  if (!std::ranges::is_sorted(sorted, by_key)) std::ranges::stable_sort(sorted, by_key);
  return sorted;
}

}  // namespace

SortedBatch::SortedBatch(std::span<const MetricPoint> points) {
  samples_.reserve(points.size());  // spans into it stay good
  const auto sorted = ByMetric(points);
  for (auto begin = sorted.begin(); begin != sorted.end();) {
    const std::string& key = (*begin)->key;
    const auto start = static_cast<ptrdiff_t>(samples_.size());
    for (; begin != sorted.end() && (*begin)->key == key; ++begin) {
      // Of the two zeros one is kept, since they are equal.
      samples_.push_back({.value = (*begin)->value + 0.0, .time = (*begin)->time, .step = (*begin)->step});
    }
    const auto first = samples_.begin() + start;
    if (!std::is_sorted(first, samples_.end(), IsBefore)) std::sort(first, samples_.end(), IsBefore);
    samples_.erase(std::unique(first, samples_.end(), IsSame), samples_.end());
    groups_.push_back({.key = key, .samples = std::span(first, samples_.end())});
  }
}

std::string PackSamples(std::span<const MetricSample> samples) {
  std::string bytes;
  bytes.reserve(16 + samples.size() * 14);
  bytes += kFormat;
  AppendNumber(bytes, samples.size());
  AppendDifferences(bytes, samples, [](const MetricSample& sample) { return base::ToMicros(sample.time); });
  AppendDifferences(bytes, samples, [](const MetricSample& sample) { return sample.step; });
  for (const auto& sample : samples) {
    std::array<char, sizeof(double)> value;
    std::memcpy(value.data(), &sample.value, value.size());
    bytes.append(value.data(), value.size());
  }
  return bytes;
}

base::Result<void> UnpackSamples(std::string_view bytes, std::vector<MetricSample>& samples) {
  Cursor cursor{bytes};
  if (cursor.Take(1) != std::string_view(&kFormat, 1)) return Damaged();
  const uint64_t count = cursor.Number();
  if (cursor.failed || count > cursor.bytes.size() / kLeastPointBytes) return Damaged();
  const size_t start = samples.size();
  samples.resize(start + count);
  const std::span added(samples.begin() + static_cast<ptrdiff_t>(start), samples.end());
  uint64_t time = 0;
  for (auto& sample : added) {
    time += UnZigZag(cursor.Number());
    sample.time = base::FromMicros(static_cast<int64_t>(time));
  }
  uint64_t step = 0;
  for (auto& sample : added) {
    step += UnZigZag(cursor.Number());
    sample.step = static_cast<int64_t>(step);
  }
  if (cursor.failed || cursor.bytes.size() != count * sizeof(double)) return Damaged();
  for (auto& sample : added) std::memcpy(&sample.value, cursor.Take(sizeof(double)).data(), sizeof(double));
  return base::Ok();
}

std::string PackBatch(const SortedBatch& batch) {
  std::string bytes;
  bytes.reserve(64 + batch.points() * 14 + batch.groups().size() * 32);
  bytes += kFormat;
  AppendNumber(bytes, batch.groups().size());
  for (const auto& group : batch.groups()) {
    const auto packed = PackSamples(group.samples);
    AppendNumber(bytes, group.key.size());
    bytes += group.key;
    AppendNumber(bytes, packed.size());
    bytes += packed;
  }
  return bytes;
}

base::Result<void> ReadBatch(std::string_view bytes,
                             const std::function<base::Result<void>(std::string_view, std::string_view)>& on_metric) {
  Cursor cursor{bytes};
  if (cursor.Take(1) != std::string_view(&kFormat, 1)) return Damaged();
  const uint64_t metrics = cursor.Number();
  for (uint64_t i = 0; i < metrics && !cursor.failed; ++i) {
    const auto key = cursor.Take(cursor.Number());
    const auto packed = cursor.Take(cursor.Number());
    if (!cursor.failed) TRY(on_metric(key, packed));
  }
  if (cursor.failed || !cursor.bytes.empty()) return Damaged();
  return base::Ok();
}

}  // namespace gyre::tracking::internal
