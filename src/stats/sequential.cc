#include "stats/sequential.h"

#include <cmath>
#include <limits>

#include "stats/internal/mixture.h"

namespace gyre::stats {
namespace {

using internal::GammaExponentialBoundary;
using internal::LogGammaExponentialMixture;
using internal::LogNormalMixture;
using internal::NormalMixtureBoundary;
using internal::NormalMixtureTuning;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

base::Result<void> CheckOptions(const SequentialOptions& options) {
  if (!(options.alpha > 0 && options.alpha < 1)) {
    return base::InvalidArgument(fmt::format("alpha must lie between 0 and 1, not be {}", options.alpha), "alpha");
  }
  if (options.tightest_at == 0) return base::InvalidArgument("tightest_at must be 1 or more", "tightest_at");
  return base::Ok();
}

base::Result<void> CheckFinite(double value) {
  if (std::isfinite(value)) return base::Ok();
  return base::InvalidArgument(fmt::format("a loss must be a finite number, not {}", value));
}

/// Welford's update.
void AddTo(uint64_t& n, double& mean, double& squares, double x) {
  ++n;
  const double before = x - mean;
  mean += before / static_cast<double>(n);
  squares += before * (x - mean);
}

double PValue(double best_log_evidence) {
  return std::min(1.0, std::exp(-best_log_evidence));
}

/// The mixture tuned for a variance process of `v`, after Howard et al. 2021, section 3.5. Differences are assumed to
/// have a standard deviation of a tenth of their range: it costs sharpness, not validity, if they do not.
double GammaTuning(const SequentialOptions& options) {
  const double v = 0.01 * static_cast<double>(options.tightest_at);
  const double log_inverse = 2 * std::log(2 / options.alpha);
  return v / (log_inverse + std::log(1 + log_inverse));
}

}  // namespace

base::Json SequentialState::ToJson() const {
  const auto finite = [](double value) { return std::isfinite(value) ? base::Json(value) : base::Json(); };
  return {
      {"n", n},        {"estimate", estimate}, {"lower", finite(lower)}, {"upper", finite(upper)}, {"p_value", p_value},
      {"alpha", alpha}};
}

PairedTest::PairedTest(const SequentialOptions& options, std::optional<Bounds> bounds)
    : options_(options), bounds_(bounds) {
  tuning_ =
      bounds ? GammaTuning(options) : NormalMixtureTuning(static_cast<double>(options.tightest_at), options.alpha);
}

base::Result<PairedTest> PairedTest::Bounded(double lowest, double highest, const SequentialOptions& options) {
  TRY(CheckOptions(options));
  if (!std::isfinite(lowest) || !std::isfinite(highest) || !(lowest < 0 && highest > 0)) {
    return base::InvalidArgument(
        fmt::format("the bounds of a difference must lie on both sides of 0, not be [{}, {}]", lowest, highest),
        "bounds");
  }
  return PairedTest(options, Bounds{.lowest = lowest, .highest = highest});
}

base::Result<PairedTest> PairedTest::Unbounded(const SequentialOptions& options) {
  TRY(CheckOptions(options));
  return PairedTest(options, std::nullopt);
}

base::Result<void> PairedTest::Add(double difference) {
  TRY(CheckFinite(difference));
  if (bounds_) {
    if (difference < bounds_->lowest || difference > bounds_->highest) {
      return base::InvalidArgument(fmt::format("a difference of {} is outside the bounds [{}, {}]", difference,
                                               bounds_->lowest, bounds_->highest));
    }
    // The guess before x: the mean so far with one further observation of "no difference".
    const auto n = static_cast<double>(n_);
    const double deviation = (difference - mean_ * n / (n + 1)) / (bounds_->highest - bounds_->lowest);
    predictable_squares_ += deviation * deviation;
  }
  AddTo(n_, mean_, squares_, difference);
  best_log_evidence_ = std::max(best_log_evidence_, Evidence());
  return base::Ok();
}

/// The log evidence against "no difference" at this moment.
double PairedTest::Evidence() const {
  const auto n = static_cast<double>(n_);
  const double sum = std::abs(mean_) * n;
  if (bounds_) {
    const double range = bounds_->highest - bounds_->lowest;
    // Both directions are tested, each with half of alpha.
    return LogGammaExponentialMixture(sum / range, predictable_squares_, tuning_) - std::log(2.0);
  }
  if (n_ < options_.minimum || squares_ <= 0) return 0;
  return LogNormalMixture(sum / std::sqrt(squares_ / n), n, tuning_);
}

double PairedTest::Radius() const {
  const auto n = static_cast<double>(n_);
  if (bounds_) {
    if (n_ == 0) return kInfinity;
    const double range = bounds_->highest - bounds_->lowest;
    return GammaExponentialBoundary(predictable_squares_, tuning_, options_.alpha / 2) * range / n;
  }
  if (n_ < options_.minimum || squares_ <= 0) return kInfinity;
  return NormalMixtureBoundary(n, tuning_, options_.alpha) * std::sqrt(squares_ / n) / n;
}

SequentialState PairedTest::State() const {
  const double radius = Radius();
  SequentialState state{.n = n_,
                        .estimate = mean_,
                        .lower = mean_ - radius,
                        .upper = mean_ + radius,
                        .p_value = PValue(best_log_evidence_),
                        .alpha = options_.alpha};
  if (bounds_) {
    state.lower = std::max(state.lower, bounds_->lowest);
    state.upper = std::min(state.upper, bounds_->highest);
  }
  return state;
}

TwoArmTest::TwoArmTest(const SequentialOptions& options)
    : options_(options), tuning_(NormalMixtureTuning(static_cast<double>(options.tightest_at), options.alpha)) {}

base::Result<TwoArmTest> TwoArmTest::Make(const SequentialOptions& options) {
  TRY(CheckOptions(options));
  return TwoArmTest(options);
}

base::Result<void> TwoArmTest::Add(Arm& arm, double loss) {
  TRY(CheckFinite(loss));
  AddTo(arm.n, arm.mean, arm.squares, loss);
  const double variance = Variance();
  if (variance > 0) {
    const auto n = static_cast<double>(champion_.n + candidate_.n);
    const double sum = (candidate_.mean - champion_.mean) * n / std::sqrt(variance);
    best_log_evidence_ = std::max(best_log_evidence_, LogNormalMixture(sum, n, tuning_));
  }
  return base::Ok();
}

double TwoArmTest::Variance() const {
  if (std::min(champion_.n, candidate_.n) < options_.minimum) return 0;
  const auto of_mean = [](const Arm& arm) {
    const auto n = static_cast<double>(arm.n);
    return n == 0 ? 0 : arm.squares / n / n;
  };
  return (of_mean(champion_) + of_mean(candidate_)) * static_cast<double>(champion_.n + candidate_.n);
}

SequentialState TwoArmTest::State() const {
  const auto n = static_cast<double>(champion_.n + candidate_.n);
  const double variance = Variance();
  const double radius =
      variance > 0 ? NormalMixtureBoundary(n, tuning_, options_.alpha) * std::sqrt(variance) / n : kInfinity;
  const double estimate = candidate_.mean - champion_.mean;
  return {.n = champion_.n + candidate_.n,
          .estimate = estimate,
          .lower = estimate - radius,
          .upper = estimate + radius,
          .p_value = PValue(best_log_evidence_),
          .alpha = options_.alpha};
}

}  // namespace gyre::stats
