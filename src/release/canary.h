#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "monitor/labels.h"
#include "registry/model_version.h"

namespace gyre::release {

/// How a candidate is tried beside the champion. Section `canary` of a loop in gyre.yaml, or the body of a release
/// call; docs/formats/release.md.
struct CanaryPlan {
  double share = 0.2;            ///< of the traffic, sticky by key; paired, 0 and 1 are fine too
  bool paired = true;            ///< both answer every row; what the other said is logged, never returned
  std::string metric = "brier";  ///< loss per row: "brier", "log_loss" (capped at ln 10,000) or "error" (0 or 1)
  /// Chance that an equal candidate is ever judged worse or better, at whatever moment one looks.
  double alpha = 0.05;
  /// A candidate is promoted once it is surely not worse by more than this; 0: surely better.
  double margin = 0;
  int64_t min_rows = 200;   ///< labelled rows before any verdict
  int64_t max_rows = 5000;  ///< labelled rows after which an undecided canary holds
  /// Span of event time, from the first row compared, after which it holds.
  std::optional<std::chrono::microseconds> max_event_time = {};
  double max_error_share = 0.05;  ///< candidate errors among its rows: beyond it, roll back at once

  /// Names the field as `path` and its name.
  base::Result<void> Check(const std::string& path) const;
  static base::Result<CanaryPlan> FromJson(const base::Json& json, const std::string& path);
  base::Json ToJson() const;
};

enum class Decision { kPromote, kRollBack, kHold };
std::string_view DecisionName(Decision decision);  ///< "promote", "rollback", "hold"
base::Result<Decision> ParseDecision(std::string_view name);

/// A decision with the numbers it was taken on.
struct Verdict {
  Decision decision = Decision::kHold;
  std::string metric;
  int64_t n = 0;            ///< labelled rows compared
  double champion = 0;      ///< mean loss; NaN while there is none
  double candidate = 0;     ///< mean loss: on the same rows if paired
  double interval_low = 0;  ///< always-valid interval of candidate - champion at 1 - alpha; infinite without rows
  double interval_high = 0;
  std::string reason;          ///< one sentence
  base::Timestamp decided_at;  ///< set by whoever records it

  base::Json ToJson() const;
  static base::Result<Verdict> FromJson(const base::Json& json);
};

/// Judges the rows seen so far, one after the other, and stops at the first at which the plan decides; nothing while
/// more are needed. Pure, and however the rows came in, in twos or by the thousand, the same rows give the same
/// verdict.
///
/// Rows in which both versions answered are compared in pairs; if there are none, those of the two versions are
/// compared as two arms that were drawn by `share` (weighted by its inverse, as in Ham, Bojinov, Lindon and Tingley,
/// "Design-based confidence sequences", 2022). Either way each row gives one bounded observation, whose mean is watched
/// by an always-valid interval (internal/sequential_mean.h). Other rows are left out.
///
/// Sound for labels that come in the order of event time; late ones move rows already judged, which costs the guarantee
/// a little, as any look back does.
base::Result<std::optional<Verdict>> JudgeCanary(const CanaryPlan& plan, const registry::VersionRef& champion,
                                                 const registry::VersionRef& candidate,
                                                 const monitor::LabelledRows& rows);

/// The figures of all the rows; decision and reason are left to the caller.
base::Result<Verdict> MeasureCanary(const CanaryPlan& plan, const registry::VersionRef& champion,
                                    const registry::VersionRef& candidate, const monitor::LabelledRows& rows);

}  // namespace gyre::release
