#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "pipeline/artifact.h"
#include "pipeline/project.h"
#include "pipeline/spec.h"
#include "pipeline/step_runner.h"

namespace gyre::pipeline {

using PipelineRunId = base::Id<struct PipelineRunIdTag>;  ///< 32 hexadecimal digits

enum class State {
  kPending,
  kRunning,
  kSucceeded,
  kFailed,  ///< a step broke or a gate said no
  kCancelled,
  kSkipped,  ///< steps only: not asked for, or something it needs did not succeed
};
std::string_view StateName(State state);
base::Result<State> ParseState(std::string_view name);
inline bool IsFinal(State state) {
  return state != State::kPending && state != State::kRunning;
}

struct StepRecord {
  std::string name;
  State state = State::kPending;
  std::optional<base::Timestamp> started_at;
  std::optional<base::Timestamp> finished_at;
  bool cached = false;
  std::string cached_from;  ///< run in which it was really executed
  std::vector<std::string>
      changed;  ///< of a step that ran: what differs from its last run ("inputs.data", "code.train.py")
  std::map<std::string, Artifact> outputs;
  base::Json figures;
  std::optional<base::Error> error;
  std::string log;
  Progress progress;  ///< of a running step

  base::Json ToJson() const;
};

struct RunRecord {
  PipelineRunId id;
  PipelineName pipeline;
  ProjectName project;
  SnapshotId snapshot;
  base::Json params;   ///< defaults with the run's own laid over
  std::string until;   ///< last step asked for; all if empty
  base::Json trigger;  ///< {"kind": "manual" | "drift" | ..., "reason": ...}
  std::string actor;
  State state = State::kPending;
  base::Timestamp created_at;
  std::optional<base::Timestamp> finished_at;
  std::optional<base::Error> error;
  std::vector<StepRecord> steps;  ///< in the order of the pipeline

  const StepRecord* Find(std::string_view step) const;
  base::Json ToJson() const;
};

struct RunRequest {
  SnapshotId snapshot;
  PipelineName pipeline;
  base::Json params;  ///< overrides; unknown names are refused
  std::string until;
  base::Json trigger = {{"kind", "manual"}};
  std::string actor = "local";
  bool force = false;  ///< run every step even if its result is known
};

base::Json ErrorToJson(const base::Error& error);

}  // namespace gyre::pipeline
