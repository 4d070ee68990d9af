#include "base/internal/duration_buckets.h"

#include <bit>
#include <limits>

namespace gyre::base::internal {
namespace {

constexpr size_t kPerDecade = 35;
constexpr size_t kDecades = 8;
constexpr uint64_t kLowest = 1'000;                ///< 1 us
constexpr uint64_t kHighest = 100'000'000'000ULL;  ///< 100 s

constexpr std::array<uint64_t, 20> kPowersOfTen = [] {
  std::array<uint64_t, 20> powers{};
  uint64_t power = 1;
  for (auto& entry : powers) {
    entry = power;
    power *= 10;
  }
  return powers;
}();

/// Decimal digits of a positive number but for one.
size_t Log10(uint64_t value) {
  const size_t guess = static_cast<size_t>(std::bit_width(value)) * 1233 >> 12;
  return guess - (value < kPowersOfTen[guess] ? 1 : 0);
}

/// Lower edge of the `step`-th bucket of a decade, in twentieths of the decade's start.
constexpr uint64_t EdgeInTwentieths(size_t step) {
  if (step < 15) return 20 + 2 * step;
  if (step < 25) return 50 + 5 * (step - 15);
  return 100 + 10 * (step - 25);
}

constexpr size_t StepOf(uint64_t twentieths) {
  if (twentieths < 50) return (twentieths - 20) / 2;
  if (twentieths < 100) return 15 + (twentieths - 50) / 5;
  return 25 + (twentieths - 100) / 10;
}

uint64_t LowerEdge(size_t bucket) {
  const size_t decade = (bucket - 1) / kPerDecade;
  return EdgeInTwentieths((bucket - 1) % kPerDecade) * (kLowest * kPowersOfTen[decade] / 20);
}

constexpr std::array<ExposedBound, 19> kExposed = {{
    {"1e-05", 10'000},     {"2.5e-05", 25'000},    {"5e-05", 50'000},     {"0.0001", 100'000},    {"0.00025", 250'000},
    {"0.0005", 500'000},   {"0.001", 1'000'000},   {"0.0025", 2'500'000}, {"0.005", 5'000'000},   {"0.01", 10'000'000},
    {"0.025", 25'000'000}, {"0.05", 50'000'000},   {"0.1", 100'000'000},  {"0.25", 250'000'000},  {"0.5", 500'000'000},
    {"1", 1'000'000'000},  {"2.5", 2'500'000'000}, {"5", 5'000'000'000},  {"10", 10'000'000'000},
}};

}  // namespace

size_t DurationBucket(uint64_t nanoseconds) {
  if (nanoseconds <= kLowest) return 0;
  if (nanoseconds > kHighest) return kDurationBuckets - 1;
  const uint64_t below = nanoseconds - 1;  // makes upper edges inclusive
  const size_t decade = Log10(below) - 3;
  return 1 + decade * kPerDecade + StepOf(below / (kLowest * kPowersOfTen[decade] / 20));
}

uint64_t DurationBucketUpper(size_t bucket) {
  if (bucket == 0) return kLowest;
  if (bucket + 1 >= kDurationBuckets) return std::numeric_limits<uint64_t>::max();
  return bucket == kDecades * kPerDecade ? kHighest : LowerEdge(bucket + 1);
}

double DurationBucketMiddle(size_t bucket) {
  if (bucket == 0) return static_cast<double>(kLowest) / 2e9;
  if (bucket + 1 >= kDurationBuckets) return static_cast<double>(kHighest) / 1e9;
  return static_cast<double>(LowerEdge(bucket) + DurationBucketUpper(bucket)) / 2e9;
}

std::span<const ExposedBound> ExposedBounds() {
  return kExposed;
}

}  // namespace gyre::base::internal
