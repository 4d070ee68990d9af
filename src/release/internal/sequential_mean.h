#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/result.h"

namespace gyre::release::internal {

/// An always-valid interval for the mean of bounded observations: at every n at once, however often one looks and
/// whatever rule stops it, the chance that the interval ever misses the mean is at most alpha. One thread.
///
/// By betting (Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", 2023): a gambler who
/// starts with 1 and stakes the fraction f of it on "the mean is above m" multiplies it by 1 + f (x - m) at every
/// observation, and cannot become rich while the mean is not above m. Sixteen gamblers with fixed fractions share the
/// start; alpha is halved over the two directions. What is bet on is the mean so far of the observations' conditional
/// expectations, which may move and depend on the past (as in Choe and Ramdas, "Comparing sequential forecasters",
/// 2023): with e_i the expectation of x_i, the product of (1 + f x_i) / (1 + f e_i) is a martingale and 1 + f e <=
/// exp(f e), so the product of (1 + f x_i) times exp(-f (e_1 + ... + e_n)) stays below 1/alpha with chance 1 - alpha.
/// No normal limit is used, which matters here: the losses of rare classes are mostly nothing and seldom much.
class SequentialMean {
 public:
  /// Observations in [lowest, highest], an interval around 0; alpha in (0, 1).
  static base::Result<SequentialMean> Make(double lowest, double highest, double alpha);

  /// Fails on NaN, an infinity or a value outside the bounds, which would void the guarantee.
  base::Result<void> Add(double x);

  uint64_t n() const { return n_; }
  double mean() const { return mean_; }
  /// That the interval lies above, or below, `value`.
  bool SurelyAbove(double value) const;
  bool SurelyBelow(double value) const;
  /// Ends of the interval; infinite before the first observation.
  double Lower() const;
  double Upper() const;

 private:
  static constexpr size_t kGamblers = 16;
  struct Side {
    std::array<double, kGamblers> fraction{};
    std::array<double, kGamblers> log_wealth{};  ///< against a mean of 0

    void Stake(double most);
    void Bet(double x);
    /// The log of the shared wealth, had they bet against `mean`.
    double LogWealth(uint64_t n, double mean) const;
    double Bound(uint64_t n, double most, double threshold) const;
  };
  SequentialMean(double lowest, double highest, double alpha);

  double lowest_;
  double highest_;
  double threshold_;  ///< ln(2 / alpha)
  uint64_t n_ = 0;
  double mean_ = 0;
  Side above_;
  Side below_;  ///< the same bets on -x
};

}  // namespace gyre::release::internal
