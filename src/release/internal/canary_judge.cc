#include "release/internal/canary_judge.h"

#include <cmath>
#include <limits>

#include "base/text.h"

namespace gyre::release::internal {
namespace {

/// A canary whose labels stay away is given up after so many times the plan's span of event time.
constexpr int kPatience = 2;

}  // namespace

std::optional<Verdict> JudgeErrors(const CanaryPlan& plan, uint64_t candidate_rows, uint64_t errors) {
  if (static_cast<int64_t>(candidate_rows) < plan.min_rows) return std::nullopt;
  const double share = static_cast<double>(errors) / static_cast<double>(candidate_rows);
  if (share <= plan.max_error_share) return std::nullopt;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  return Verdict{
      .decision = Decision::kRollBack,
      .metric = "error_share",
      .n = static_cast<int64_t>(candidate_rows),
      .champion = std::numeric_limits<double>::quiet_NaN(),
      .candidate = share,
      .interval_low = -kInfinity,
      .interval_high = kInfinity,
      .reason = fmt::format("the candidate could not answer {} of its {} rows; the plan allows a share of {}", errors,
                            candidate_rows, plan.max_error_share),
      .decided_at = {}};
}

void CanaryJudge::Begin(const Canary& canary) {
  const auto figures = deps_.endpoints.Figures(canary.endpoint);
  {
    const std::lock_guard lock(mutex_);
    watched_[canary.id] = {.canary = canary,
                           .predictions_before = figures ? figures->predictions : 0,
                           .errors_before = figures ? figures->candidate_errors : 0};
  }
  ShareOf(canary).Set(canary.plan.share);
}

void CanaryJudge::End(const Canary& canary) {
  {
    const std::lock_guard lock(mutex_);
    watched_.erase(canary.id);
  }
  ShareOf(canary).Set(0);
}

base::Gauge& CanaryJudge::ShareOf(const Canary& canary) const {
  return deps_.metrics.GetGauge("gyre_canary_share", "Share of an endpoint's traffic that a candidate answers",
                                {{"endpoint", canary.endpoint.value()}});
}

std::vector<Canary> CanaryJudge::Running() const {
  const std::lock_guard lock(mutex_);
  std::vector<Canary> running;
  for (const auto& [id, watched] : watched_) running.push_back(watched.canary);
  return running;
}

base::Result<std::optional<Verdict>> CanaryJudge::Look(const Canary& canary, bool anyway) {
  if (auto verdict = LookAtErrors(canary)) return verdict;
  const bool came = LabelsCame(canary);
  if (came || anyway) {
    auto verdict = TRY(JudgeCanary(canary.plan, canary.champion, canary.candidate, TRY(RowsOf(canary))));
    if (verdict) return verdict;
  }
  if (!IsOverdue(canary)) return std::optional<Verdict>();
  auto verdict = TRY(Measure(canary));
  verdict.decision = Decision::kHold;
  verdict.reason = fmt::format("undecided: {} passed in event time, but only {} rows got labels",
                               base::DurationText(kPatience * *canary.plan.max_event_time), verdict.n);
  return std::optional(std::move(verdict));
}

base::Result<Verdict> CanaryJudge::Measure(const Canary& canary) const {
  return MeasureCanary(canary.plan, canary.champion, canary.candidate, TRY(RowsOf(canary)));
}

std::optional<Verdict> CanaryJudge::LookAtErrors(const Canary& canary) const {
  const auto figures = deps_.endpoints.Figures(canary.endpoint);
  if (!figures) return std::nullopt;
  uint64_t predictions = 0;
  uint64_t errors = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto found = watched_.find(canary.id);
    if (found == watched_.end()) return std::nullopt;
    predictions = figures->predictions - found->second.predictions_before;
    errors = figures->candidate_errors - found->second.errors_before;
  }
  const auto rows = static_cast<uint64_t>(static_cast<double>(predictions) * CandidateShare(canary));
  return JudgeErrors(canary.plan, rows, errors);
}

/// Of the rows, that the candidate answers in reply or as the shadow.
double CanaryJudge::CandidateShare(const Canary& canary) const {
  const auto routing = deps_.endpoints.RoutingOf(canary.endpoint);
  const bool shadowed = canary.plan.paired && routing && routing->candidate != nullptr &&
                        routing->candidate->row_cost() <= serve::kMaxShadowCost;
  return shadowed ? 1 : canary.plan.share;
}

base::Result<monitor::LabelledRows> CanaryJudge::RowsOf(const Canary& canary) const {
  return deps_.labels.Join(canary.endpoint, {.event_from = {}, .event_until = {}, .answered_from = canary.started_at});
}

bool CanaryJudge::LabelsCame(const Canary& canary) {
  const auto count = deps_.labels.Count(canary.endpoint);
  const std::lock_guard lock(mutex_);
  const auto found = watched_.find(canary.id);
  return found != watched_.end() && std::exchange(found->second.labels_seen, count) != count;
}

bool CanaryJudge::IsOverdue(const Canary& canary) const {
  if (!canary.plan.max_event_time) return false;
  const auto now = deps_.log.Watermark(canary.endpoint);
  const auto start = canary.started_event_time ? canary.started_event_time : deps_.log.EarliestEvent(canary.endpoint);
  return now && start && *now - *start > kPatience * *canary.plan.max_event_time;
}

}  // namespace gyre::release::internal
