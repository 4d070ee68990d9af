#include "release/canary.h"

#include <cmath>
#include <limits>

#include "base/object_reader.h"
#include "base/text.h"
#include "release/internal/comparison.h"

namespace gyre::release {
namespace {

constexpr std::array<std::pair<Decision, std::string_view>, 3> kDecisions = {
    {{Decision::kPromote, "promote"}, {Decision::kRollBack, "rollback"}, {Decision::kHold, "hold"}}};
constexpr int64_t kMostRows = 1'000'000;

base::Json FiniteOrNull(double value) {
  return std::isfinite(value) ? base::Json(value) : base::Json();
}

double NumberOr(const base::Json& json, double fallback) {
  return json.is_number() ? json.get<double>() : fallback;
}

std::string Interval(const Verdict& verdict) {
  return fmt::format("[{:.4g}, {:.4g}]", verdict.interval_low, verdict.interval_high);
}

std::string Compared(const internal::Comparison& comparison, const Verdict& verdict) {
  return fmt::format("{} {:.4g} against the champion's {:.4g} on {} labelled rows{}, difference within {}",
                     verdict.metric, verdict.candidate, verdict.champion, verdict.n,
                     comparison.paired() ? "" : " split between the two", Interval(verdict));
}

/// What the plan says after the row just taken in.
std::optional<Verdict> Decide(const CanaryPlan& plan, const internal::Comparison& comparison,
                              std::chrono::microseconds span) {
  const auto decided = [&](Decision decision, std::string_view said) {
    Verdict verdict = comparison.Figures();
    verdict.decision = decision;
    verdict.reason = fmt::format("{}: {}", said, Compared(comparison, verdict));
    return verdict;
  };
  if (comparison.n() >= plan.min_rows) {
    if (comparison.SurelyWorse()) return decided(Decision::kRollBack, "the candidate is surely worse");
    if (comparison.SurelyNotWorseBy(plan.margin)) {
      return decided(Decision::kPromote, plan.margin > 0
                                             ? fmt::format("the candidate is surely not worse by {}", plan.margin)
                                             : "the candidate is surely better");
    }
  }
  if (comparison.n() >= plan.max_rows)
    return decided(Decision::kHold, fmt::format("undecided after {} rows, the most the plan allows", plan.max_rows));
  if (plan.max_event_time && span > *plan.max_event_time) {
    return decided(Decision::kHold, fmt::format("undecided after {}, the longest the plan allows",
                                                base::DurationText(*plan.max_event_time)));
  }
  return std::nullopt;
}

}  // namespace

base::Result<void> CanaryPlan::Check(const std::string& path) const {
  const auto refuse = [&](std::string_view field, std::string_view rule) {
    const auto name = path.empty() ? std::string(field) : fmt::format("{}.{}", path, field);
    return base::InvalidArgument(fmt::format("{} must be {}", name, rule), name);
  };
  const auto within = [](double value, double low, double high) { return value >= low && value <= high; };
  if (!within(share, 0, 1)) return refuse("share", "between 0 and 1");
  if (!paired && (share == 0 || share == 1)) {
    return refuse("share", "more than 0 and less than 1 for a canary that is not paired: it needs rows of both");
  }
  if (!internal::ParseLoss(metric)) return refuse("metric", "brier, log_loss or error");
  if (!(alpha > 0 && alpha <= 0.5)) return refuse("alpha", "more than 0 and at most 0.5");
  if (!within(margin, 0, 10)) return refuse("margin", "between 0 and 10");
  if (min_rows < 1) return refuse("min_rows", "1 or more");
  if (max_rows < min_rows || max_rows > kMostRows)
    return refuse("max_rows", fmt::format("between min_rows and {}", kMostRows));
  if (max_event_time && max_event_time->count() <= 0) return refuse("max_event_time", "more than 0");
  if (!within(max_error_share, 0, 1)) return refuse("max_error_share", "between 0 and 1");
  return base::Ok();
}

base::Result<CanaryPlan> CanaryPlan::FromJson(const base::Json& json, const std::string& path) {
  const base::ObjectReader fields(json, path);
  TRY(fields.AllowOnly(
      {"share", "paired", "metric", "alpha", "margin", "min_rows", "max_rows", "max_event_time", "max_error_share"}));
  CanaryPlan plan;
  plan.share = TRY(fields.Number("share", plan.share));
  plan.paired = TRY(fields.Bool("paired", plan.paired));
  plan.metric = TRY(fields.String("metric", plan.metric));
  plan.alpha = TRY(fields.Number("alpha", plan.alpha));
  plan.margin = TRY(fields.Number("margin", plan.margin));
  plan.min_rows = TRY(fields.Int("min_rows", plan.min_rows));
  plan.max_rows = TRY(fields.Int("max_rows", plan.max_rows));
  plan.max_error_share = TRY(fields.Number("max_error_share", plan.max_error_share));
  if (fields.Has("max_event_time")) {
    const auto span = base::ParseDuration(TRY(fields.String("max_event_time")));
    if (!span) return base::InvalidArgument(span.error().message(), fields.PathOf("max_event_time"));
    plan.max_event_time = *span;
  }
  TRY(plan.Check(path));
  return plan;
}

base::Json CanaryPlan::ToJson() const {
  base::Json json = {
      {"share", share},   {"paired", paired},     {"metric", metric},     {"alpha", alpha},
      {"margin", margin}, {"min_rows", min_rows}, {"max_rows", max_rows}, {"max_error_share", max_error_share}};
  if (max_event_time) json["max_event_time"] = base::DurationText(*max_event_time);
  return json;
}

std::string_view DecisionName(Decision decision) {
  return std::ranges::find(kDecisions, decision, &std::pair<Decision, std::string_view>::first)->second;
}

base::Result<Decision> ParseDecision(std::string_view name) {
  const auto found = std::ranges::find(kDecisions, name, &std::pair<Decision, std::string_view>::second);
  if (found == kDecisions.end()) {
    return base::InvalidArgument(fmt::format("decision must be promote, rollback or hold, not '{}'", name), "decision");
  }
  return found->first;
}

base::Json Verdict::ToJson() const {
  return {{"decision", DecisionName(decision)},
          {"metric", metric},
          {"n", n},
          {"champion", FiniteOrNull(champion)},
          {"candidate", FiniteOrNull(candidate)},
          {"interval", {FiniteOrNull(interval_low), FiniteOrNull(interval_high)}},
          {"reason", reason},
          {"decided_at", base::FormatTimestamp(decided_at)}};
}

base::Result<Verdict> Verdict::FromJson(const base::Json& json) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const base::ObjectReader fields(json, "verdict");
  const auto& interval = *TRY(fields.Array("interval"));
  if (interval.size() != 2) return base::Corrupt("verdict.interval must have two ends", "verdict.interval");
  Verdict verdict;
  verdict.decision = TRY(ParseDecision(TRY(fields.String("decision"))));
  verdict.metric = TRY(fields.String("metric"));
  verdict.n = TRY(fields.Int("n"));
  verdict.champion = TRY(fields.Number("champion", kNone));
  verdict.candidate = TRY(fields.Number("candidate", kNone));
  verdict.interval_low = NumberOr(interval[0], -kInfinity);
  verdict.interval_high = NumberOr(interval[1], kInfinity);
  verdict.reason = TRY(fields.String("reason"));
  verdict.decided_at = TRY(base::ParseTimestamp(TRY(fields.String("decided_at"))));
  return verdict;
}

base::Result<std::optional<Verdict>> JudgeCanary(const CanaryPlan& plan, const registry::VersionRef& champion,
                                                 const registry::VersionRef& candidate,
                                                 const monitor::LabelledRows& rows) {
  auto comparison = TRY(internal::Comparison::Make(plan, champion, candidate, rows));
  base::Timestamp first;
  for (size_t row = 0; row < rows.size(); ++row) {
    if (!TRY(comparison.Add(row))) continue;
    if (comparison.n() == 1) first = rows.event_times[row];
    auto verdict = Decide(plan, comparison, rows.event_times[row] - first);
    if (verdict) return verdict;
  }
  return std::optional<Verdict>();
}

base::Result<Verdict> MeasureCanary(const CanaryPlan& plan, const registry::VersionRef& champion,
                                    const registry::VersionRef& candidate, const monitor::LabelledRows& rows) {
  auto comparison = TRY(internal::Comparison::Make(plan, champion, candidate, rows));
  for (size_t row = 0; row < rows.size(); ++row) TRY(comparison.Add(row));
  return comparison.Figures();
}

}  // namespace gyre::release
