#include "release/internal/sequential_mean.h"

#include <cmath>
#include <limits>

namespace gyre::release::internal {
namespace {

/// Of the largest fraction that cannot lose everything: bets for differences far smaller than their bounds, up to bets
/// for a difference that is nearly always one-sided.
constexpr double kSmallestStake = 0.005;
constexpr double kLargestStake = 0.95;

}  // namespace

SequentialMean::SequentialMean(double lowest, double highest, double alpha)
    : lowest_(lowest), highest_(highest), threshold_(std::log(2 / alpha)) {
  above_.Stake(-1 / lowest);
  below_.Stake(1 / highest);
}

base::Result<SequentialMean> SequentialMean::Make(double lowest, double highest, double alpha) {
  if (!(alpha > 0 && alpha < 1))
    return base::InvalidArgument(fmt::format("alpha must lie between 0 and 1, not be {}", alpha), "alpha");
  if (!std::isfinite(lowest) || !std::isfinite(highest) || !(lowest < 0 && highest > 0)) {
    return base::InvalidArgument(
        fmt::format("the bounds must lie on both sides of 0, not be [{}, {}]", lowest, highest), "bounds");
  }
  return SequentialMean(lowest, highest, alpha);
}

void SequentialMean::Side::Stake(double most) {
  const double ratio = std::log(kLargestStake / kSmallestStake) / (kGamblers - 1);
  for (size_t i = 0; i < kGamblers; ++i) {
    fraction[i] = most * kSmallestStake * std::exp(ratio * static_cast<double>(i));
  }
}

void SequentialMean::Side::Bet(double x) {
  for (size_t i = 0; i < kGamblers; ++i) log_wealth[i] += std::log1p(fraction[i] * x);
}

double SequentialMean::Side::LogWealth(uint64_t n, double mean) const {
  std::array<double, kGamblers> logs{};
  const double total = static_cast<double>(n) * mean;
  for (size_t i = 0; i < kGamblers; ++i) logs[i] = log_wealth[i] - fraction[i] * total;
  const double largest = *std::ranges::max_element(logs);
  double sum = 0;
  for (const double log : logs) sum += std::exp(log - largest);
  return largest + std::log(sum / kGamblers);
}

/// The largest mean above which the true one surely lies; the wealth falls as the mean that is bet against rises.
double SequentialMean::Side::Bound(uint64_t n, double most, double threshold) const {
  double low = -most;
  double high = most;
  if (LogWealth(n, low) < threshold) return low;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (LogWealth(n, middle) < threshold ? high : low) = middle;
  }
  return low;
}

base::Result<void> SequentialMean::Add(double x) {
  if (!(x >= lowest_ && x <= highest_)) {
    return base::InvalidArgument(fmt::format("an observation of {} is outside [{}, {}]", x, lowest_, highest_));
  }
  ++n_;
  mean_ += (x - mean_) / static_cast<double>(n_);
  above_.Bet(x);
  below_.Bet(-x);
  return base::Ok();
}

bool SequentialMean::SurelyAbove(double value) const {
  return n_ > 0 && above_.LogWealth(n_, value) > threshold_;
}

bool SequentialMean::SurelyBelow(double value) const {
  return n_ > 0 && below_.LogWealth(n_, -value) > threshold_;
}

double SequentialMean::Lower() const {
  if (n_ == 0) return -std::numeric_limits<double>::infinity();
  return std::max(lowest_, above_.Bound(n_, std::max(-lowest_, highest_), threshold_));
}

double SequentialMean::Upper() const {
  if (n_ == 0) return std::numeric_limits<double>::infinity();
  return std::min(highest_, -below_.Bound(n_, std::max(-lowest_, highest_), threshold_));
}

}  // namespace gyre::release::internal
