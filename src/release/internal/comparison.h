#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "monitor/labels.h"
#include "release/canary.h"
#include "release/internal/loss.h"
#include "release/internal/sequential_mean.h"

namespace gyre::release::internal {

/// Candidate against champion, row by row. Refers to the rows; one thread.
class Comparison {
 public:
  static base::Result<Comparison> Make(const CanaryPlan& plan, const registry::VersionRef& champion,
                                       const registry::VersionRef& candidate, const monitor::LabelledRows& rows);

  /// Takes the row in; false if it says nothing about the two.
  base::Result<bool> Add(size_t row);

  int64_t n() const { return static_cast<int64_t>(mean_.n()); }
  bool paired() const { return paired_; }
  /// That the candidate's mean loss is surely higher, or surely less than `margin` above the champion's.
  bool SurelyWorse() const { return mean_.SurelyAbove(0); }
  bool SurelyNotWorseBy(double margin) const { return mean_.SurelyBelow(margin / scale_); }
  /// Everything but decision and reason.
  Verdict Figures() const;

 private:
  struct Arm {
    int64_t n = 0;
    double mean = 0;
    void Add(double loss);
  };
  Comparison(const CanaryPlan& plan, const monitor::LabelledRows& rows, Loss loss, SequentialMean mean);

  std::optional<size_t> TruthOf(size_t row) const;
  base::Result<bool> AddPair(size_t row, bool answered_by_candidate);
  base::Result<bool> AddArm(size_t row, bool answered_by_candidate);

  const CanaryPlan& plan_;
  const monitor::LabelledRows& rows_;
  Loss loss_;
  std::string champion_name_;
  std::string candidate_name_;
  bool paired_ = true;
  bool routed_ = false;  ///< unpaired: the candidate has answered, so that the share was in force
  double largest_ = 1;   ///< loss of one row
  double scale_ = 1;     ///< of an observation, which lies in [-1, 1]
  SequentialMean mean_;
  Arm champion_;
  Arm candidate_;
  Arm both_;
};

}  // namespace gyre::release::internal
