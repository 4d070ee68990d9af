#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "base/time.h"
#include "tracking/run.h"

namespace gyre::tracking::internal {

/// The value that counts in every order: NaN is 0.
inline double RankOf(double value) {
  return std::isnan(value) ? 0 : value;
}

/// Order of a history. Two points neither of which is before the other are one point.
inline bool IsBefore(const MetricSample& a, const MetricSample& b) {
  if (a.time != b.time) return a.time < b.time;
  if (a.step != b.step) return a.step < b.step;
  const double rank_a = RankOf(a.value);
  const double rank_b = RankOf(b.value);
  if (rank_a != rank_b) return rank_a < rank_b;
  return !std::isnan(a.value) && std::isnan(b.value);
}
inline bool IsSame(const MetricSample& a, const MetricSample& b) {
  return !IsBefore(a, b) && !IsBefore(b, a);
}

/// Order by which a metric's latest point is the greatest.
inline bool IsEarlier(const MetricSample& a, const MetricSample& b) {
  return std::tuple(a.step, a.time, RankOf(a.value)) < std::tuple(b.step, b.time, RankOf(b.value));
}

/// A point's place in its history as 25 bytes that compare as IsBefore does.
std::string PlaceBytes(const MetricSample& sample);
constexpr size_t kPlaceBytes = 25;

/// The point of a place; `bytes` are kPlaceBytes.
MetricSample SampleAt(std::string_view bytes);

}  // namespace gyre::tracking::internal
