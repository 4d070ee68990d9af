#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace gyre::base::internal {

/// Buckets of durations, 35 to a decade from 1 us to 100 s: their edges are 1, 1.1, ... 2.5, 2.75, ... 5, 5.5, ... 10
/// times a power of ten, so a bucket's middle is within 5 percent of anything in it. One more below and one above.
/// Buckets include their upper edge, as Prometheus' `le` does.
inline constexpr size_t kDurationBuckets = 2 + 8 * 35;

size_t DurationBucket(uint64_t nanoseconds);

/// Upper edge in nanoseconds; of the last bucket, the largest there is.
uint64_t DurationBucketUpper(size_t bucket);

/// In seconds; of the last bucket, its lower edge.
double DurationBucketMiddle(size_t bucket);

/// The edges a classic Prometheus histogram shows, in seconds, ascending, without +Inf. Each is the upper edge of a
/// bucket.
struct ExposedBound {
  const char* text;
  uint64_t nanoseconds;
};
std::span<const ExposedBound> ExposedBounds();

}  // namespace gyre::base::internal
