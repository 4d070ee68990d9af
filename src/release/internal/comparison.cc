#include "release/internal/comparison.h"

#include <cmath>
#include <limits>

namespace gyre::release::internal {
namespace {

std::span<const float> ScoresOf(const model::Scores& scores, size_t row) {
  return std::span(scores.values).subspan(row * scores.classes, scores.classes);
}

bool AnyPair(const monitor::LabelledRows& rows, const std::string& champion, const std::string& candidate) {
  for (size_t row = 0; row < rows.size(); ++row) {
    const auto& answer = rows.versions[row];
    const auto& shadow = rows.shadow_versions[row];
    if ((answer == champion && shadow == candidate) || (answer == candidate && shadow == champion)) return true;
  }
  return false;
}

base::Result<void> CheckLengths(const monitor::LabelledRows& rows) {
  const size_t n = rows.size();
  const size_t cells = n * rows.classes.size();
  const bool agree = rows.event_times.size() == n && rows.versions.size() == n && rows.labels.size() == n &&
                     rows.predicted_labels.size() == n && rows.shadow_versions.size() == n &&
                     rows.probabilities.classes == rows.classes.size() && rows.probabilities.values.size() == cells &&
                     rows.shadow_probabilities.classes == rows.classes.size() &&
                     rows.shadow_probabilities.values.size() == cells;
  if (agree) return base::Ok();
  return base::Internal(fmt::format("the columns of {} labelled rows differ in length", n));
}

}  // namespace

void Comparison::Arm::Add(double loss) {
  ++n;
  mean += (loss - mean) / static_cast<double>(n);
}

Comparison::Comparison(const CanaryPlan& plan, const monitor::LabelledRows& rows, Loss loss, SequentialMean mean)
    : plan_(plan), rows_(rows), loss_(loss), mean_(mean) {}

base::Result<Comparison> Comparison::Make(const CanaryPlan& plan, const registry::VersionRef& champion,
                                          const registry::VersionRef& candidate, const monitor::LabelledRows& rows) {
  TRY(CheckLengths(rows));
  Comparison comparison(plan, rows, TRY(ParseLoss(plan.metric)), TRY(SequentialMean::Make(-1, 1, plan.alpha)));
  comparison.champion_name_ = champion.ToString();
  comparison.candidate_name_ = candidate.ToString();
  const bool two_arms = plan.share > 0 && plan.share < 1;
  comparison.paired_ =
      !two_arms || (plan.paired && AnyPair(rows, comparison.champion_name_, comparison.candidate_name_));
  comparison.largest_ = LargestLoss(comparison.loss_, rows.classes.size());
  comparison.scale_ =
      comparison.paired_ ? comparison.largest_ : comparison.largest_ / std::min(plan.share, 1 - plan.share);
  return comparison;
}

base::Result<bool> Comparison::Add(size_t row) {
  const bool by_candidate = rows_.versions[row] == candidate_name_;
  if (!by_candidate && rows_.versions[row] != champion_name_) return false;
  return paired_ ? AddPair(row, by_candidate) : AddArm(row, by_candidate);
}

std::optional<size_t> Comparison::TruthOf(size_t row) const {
  const auto found = std::ranges::find(rows_.classes, rows_.labels[row]);
  if (found == rows_.classes.end()) return std::nullopt;
  return static_cast<size_t>(found - rows_.classes.begin());
}

base::Result<bool> Comparison::AddPair(size_t row, bool answered_by_candidate) {
  if (rows_.shadow_versions[row] != (answered_by_candidate ? champion_name_ : candidate_name_)) return false;
  const auto truth = TruthOf(row);
  if (!truth) return false;
  const auto answer = LossOf(loss_, ScoresOf(rows_.probabilities, row), *truth);
  const auto shadow = LossOf(loss_, ScoresOf(rows_.shadow_probabilities, row), *truth);
  if (!answer || !shadow) return false;
  const double candidate = answered_by_candidate ? *answer : *shadow;
  const double champion = answered_by_candidate ? *shadow : *answer;
  TRY(mean_.Add((candidate - champion) / scale_));
  candidate_.Add(candidate);
  champion_.Add(champion);
  return true;
}

/// The loss against the mean so far, weighted by the inverse of the chance to be drawn: its expectation is what the
/// candidate loses more than the champion on this row. The rows up to the first that the candidate answered were not
/// drawn: the share may not have been in force.
base::Result<bool> Comparison::AddArm(size_t row, bool answered_by_candidate) {
  if (!routed_) {
    routed_ = answered_by_candidate;
    return false;
  }
  const auto truth = TruthOf(row);
  if (!truth) return false;
  const auto loss = loss_ == Loss::kError ? std::optional(rows_.predicted_labels[row] == rows_.labels[row] ? 0.0 : 1.0)
                                          : LossOf(loss_, ScoresOf(rows_.probabilities, row), *truth);
  if (!loss) return false;
  const double weight = answered_by_candidate ? 1 / plan_.share : -1 / (1 - plan_.share);
  TRY(mean_.Add(std::clamp((*loss - both_.mean) * weight / scale_, -1.0, 1.0)));
  both_.Add(*loss);
  (answered_by_candidate ? candidate_ : champion_).Add(*loss);
  return true;
}

Verdict Comparison::Figures() const {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  Verdict verdict;
  verdict.metric = plan_.metric;
  verdict.n = n();
  verdict.champion = champion_.n > 0 ? champion_.mean : kNone;
  verdict.candidate = candidate_.n > 0 ? candidate_.mean : kNone;
  verdict.interval_low = mean_.Lower() * scale_;
  verdict.interval_high = mean_.Upper() * scale_;
  return verdict;
}

}  // namespace gyre::release::internal
