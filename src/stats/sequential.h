#pragma once

#include <cstdint>
#include <optional>

#include "base/json.h"
#include "base/result.h"

namespace gyre::stats {

/// What a sequential comparison says after `n` observations. Valid at every n at once: however often it is looked at,
/// and whatever rule stops it, the chance that the interval ever misses the truth, or that p ever falls to alpha when
/// there is no difference, is at most alpha.
struct SequentialState {
  uint64_t n = 0;
  double estimate = 0;  ///< mean loss of the candidate minus the champion's; negative favours the candidate
  double lower = 0;     ///< infinite while there is too little to go by
  double upper = 0;
  double p_value = 1;  ///< two-sided, of "no difference"; never rises
  double alpha = 0;

  /// Infinite bounds become null.
  base::Json ToJson() const;
};

struct SequentialOptions {
  double alpha = 0.05;
  /// The number of observations at which the interval shall be tightest; it is valid whatever this is.
  uint64_t tightest_at = 1000;
  /// Only for the asymptotic tests: no verdict before so many observations (per arm), the sample at which the mean's
  /// distribution is taken to be normal.
  uint64_t minimum = 100;
};

/// Sequential test of paired loss differences: candidate and champion answered the same rows. One thread.
///
/// Bounded differences (Brier score, 0/1 loss): the empirical Bernstein confidence sequence of Howard, Ramdas,
/// McAuliffe and Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence sequences" (2021), with its
/// gamma-exponential mixture, as Choe and Ramdas use it in "Comparing sequential forecasters" (2023). Assumes nothing
/// but the bounds: not independence, not a steady difference; what is estimated is the mean difference so far.
///
/// Unbounded ones (log loss): the asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas,
/// "Time-uniform central limit theory and asymptotic confidence sequences" (2021). Assumes more than two moments and
/// `minimum` observations for the limit to hold; not for rare events, whose first differences are all 0.
class PairedTest {
 public:
  /// Differences in [lowest, highest], an interval around 0.
  static base::Result<PairedTest> Bounded(double lowest, double highest, const SequentialOptions& options = {});
  static base::Result<PairedTest> Unbounded(const SequentialOptions& options = {});

  /// Fails on NaN, an infinity or a value outside the bounds, which would void the guarantee.
  base::Result<void> Add(double difference);
  SequentialState State() const;

 private:
  struct Bounds {
    double lowest;
    double highest;
  };
  PairedTest(const SequentialOptions& options, std::optional<Bounds> bounds);

  double Evidence() const;
  double Radius() const;

  SequentialOptions options_;
  std::optional<Bounds> bounds_;
  double tuning_ = 0;  ///< of the mixture: where it is tightest
  uint64_t n_ = 0;
  double mean_ = 0;
  double squares_ = 0;              ///< sum of (x - mean)^2
  double predictable_squares_ = 0;  ///< sum of (x - mean before x)^2, in units of the range
  double best_log_evidence_ = 0;
};

/// Sequential test of two arms that saw different rows: a canary and the rest of the traffic. One thread.
///
/// Normal mixture (Robbins, 1970; Johari, Koomen, Pekelis and Walsh, "Always valid inference", 2022) over the
/// difference of the arms' means, in the information time of its estimated variance. Asymptotic, as the unbounded
/// paired test; assumes independent rows and that which arm a row goes to does not depend on what came before.
class TwoArmTest {
 public:
  static base::Result<TwoArmTest> Make(const SequentialOptions& options = {});

  base::Result<void> AddChampion(double loss) { return Add(champion_, loss); }
  base::Result<void> AddCandidate(double loss) { return Add(candidate_, loss); }
  /// n counts both arms.
  SequentialState State() const;

 private:
  struct Arm {
    uint64_t n = 0;
    double mean = 0;
    double squares = 0;
  };
  explicit TwoArmTest(const SequentialOptions& options);

  base::Result<void> Add(Arm& arm, double loss);
  double Variance() const;  ///< of the difference of means, times n; 0 if not known yet

  SequentialOptions options_;
  double tuning_;
  Arm champion_;
  Arm candidate_;
  double best_log_evidence_ = 0;
};

}  // namespace gyre::stats
