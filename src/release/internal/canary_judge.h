#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "base/result.h"
#include "monitor/labels.h"
#include "monitor/prediction_log.h"
#include "release/endpoint_record.h"
#include "serve/endpoints.h"

namespace gyre::release::internal {

/// Rolls back once more than the plan's share of the candidate's rows failed, be they labelled or not.
std::optional<Verdict> JudgeErrors(const CanaryPlan& plan, uint64_t candidate_rows, uint64_t errors);

/// Finds out when a running canary is decided: by errors of the candidate, by labels, or by event time without labels.
/// Knows what is running; decides nothing itself. Thread-safe.
class CanaryJudge {
 public:
  struct Deps {
    const serve::Endpoints& endpoints;
    const monitor::PredictionLog& log;
    monitor::Labels& labels;
    base::Metrics& metrics;
  };
  explicit CanaryJudge(const Deps& deps) : deps_(deps) {}

  /// Before the candidate gets traffic: its errors are counted from here.
  void Begin(const Canary& canary);
  void End(const Canary& canary);
  std::vector<Canary> Running() const;

  /// From memory unless labels have come since the last look; `anyway` reads the rows in any case.
  base::Result<std::optional<Verdict>> Look(const Canary& canary, bool anyway);
  /// The figures so far.
  base::Result<Verdict> Measure(const Canary& canary) const;

 private:
  struct Watched {
    Canary canary;
    uint64_t predictions_before = 0;
    uint64_t errors_before = 0;
    int64_t labels_seen = -1;
  };

  base::Gauge& ShareOf(const Canary& canary) const;
  std::optional<Verdict> LookAtErrors(const Canary& canary) const;
  base::Result<monitor::LabelledRows> RowsOf(const Canary& canary) const;
  bool LabelsCame(const Canary& canary);
  bool IsOverdue(const Canary& canary) const;
  double CandidateShare(const Canary& canary) const;

  const Deps deps_;
  mutable std::mutex mutex_;
  std::map<std::string, Watched> watched_;  ///< by canary; guarded by mutex_
};

}  // namespace gyre::release::internal
