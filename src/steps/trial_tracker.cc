#include "steps/trial_tracker.h"

#include <cmath>

#include "base/object_reader.h"

namespace gyre::steps {
namespace {

tracking::RunStatus StatusOf(pipeline::State state) {
  switch (state) {
    case pipeline::State::kSucceeded:
      return tracking::RunStatus::kFinished;
    case pipeline::State::kCancelled:
      return tracking::RunStatus::kKilled;
    default:
      return tracking::RunStatus::kFailed;
  }
}

std::string TextOf(const base::Json& value) {
  auto text = value.is_string() ? value.get<std::string>() : base::DumpJson(value);
  if (text.size() > tracking::Limits::kParamValueLength) text.resize(tracking::Limits::kParamValueLength);
  return text;
}

}  // namespace

void TrialTracker::OnRunStarted(const pipeline::RunRecord& run) {
  const auto started = Start(run);
  if (!started) log_.Warn("pipeline_run_not_tracked", {{"run", run.id.value()}, {"error", started.error().message()}});
}

void TrialTracker::OnRunFinished(const pipeline::RunRecord& run) {
  const auto finished = Finish(run);
  if (!finished)
    log_.Warn("pipeline_run_not_tracked", {{"run", run.id.value()}, {"error", finished.error().message()}});
}

base::Result<void> TrialTracker::Start(const pipeline::RunRecord& run) {
  if (tracker_.GetRun(tracking::RunId(run.id.value()))) return base::Ok();  // resumed
  const auto experiment = TRY(tracker_.EnsureExperiment(run.pipeline.value(), run.actor));
  tracking::NewRun tracked{.id = tracking::RunId(run.id.value()),
                           .experiment = experiment.id,
                           .user = run.actor,
                           .started_at = run.created_at};
  tracked.tags = {{"gyre.pipeline", run.pipeline.value()},
                  {"gyre.snapshot", run.snapshot.value()},
                  {"gyre.trigger", base::DumpJson(run.trigger)}};
  for (const auto& [key, value] : run.params.items()) tracked.params.emplace(key, TextOf(value));
  TRY(tracker_.CreateRun(tracked, run.actor));
  return base::Ok();
}

base::Result<void> TrialTracker::Finish(const pipeline::RunRecord& run) {
  const tracking::RunId id(run.id.value());
  tracking::LogBatch batch;
  const auto now = clock_.Now();
  for (const auto& step : run.steps) {
    if (!step.figures.is_object()) continue;
    for (const auto& [key, value] : step.figures.items()) {
      if (value.is_number())
        batch.metrics.push_back({.key = step.name + "." + key, .value = value.get<double>(), .time = now});
    }
  }
  TRY(tracker_.Log(id, batch));
  return tracker_.EndRun(id, StatusOf(run.state), run.finished_at.value_or(now), run.actor);
}

base::Result<void> TrialTracker::OnTrial(const std::string& pipeline_run, const std::string& step,
                                         const base::Json& trial) {
  const base::ObjectReader fields(trial, "trial");
  const auto number = TRY(fields.Int("number"));
  const auto parent = TRY(tracker_.GetRun(tracking::RunId(pipeline_run)));
  const auto now = clock_.Now();
  const auto seconds = TRY(fields.Number("seconds", 0));
  tracking::NewRun run{.experiment = parent.experiment,
                       .name = fmt::format("{}-{}", step, number),
                       .user = parent.user,
                       .started_at = now - std::chrono::microseconds(static_cast<int64_t>(seconds * 1e6))};
  run.tags = {{std::string(tracking::kParentRunTag), pipeline_run}, {"gyre.step", step}};
  for (const auto& [key, value] : TRY(fields.Object("params"))->items()) run.params.emplace(key, TextOf(value));
  const auto created = TRY(tracker_.CreateRun(run, parent.user));
  const auto metric = TRY(fields.String("metric"));
  tracking::LogBatch batch;
  const auto add = [&](const std::string& key, const base::Json* value, int64_t at) {
    if (value != nullptr && value->is_number())
      batch.metrics.push_back({.key = key, .value = value->get<double>(), .time = now, .step = at});
  };
  add(metric, fields.Find("mean"), 0);
  add(metric + "_std", fields.Find("std"), 0);
  const auto* folds = TRY(fields.Array("folds"));
  for (size_t fold = 0; fold < folds->size(); ++fold)
    add(metric + "_fold", &(*folds)[fold], static_cast<int64_t>(fold));
  TRY(tracker_.Log(created.id, batch));
  return tracker_.EndRun(created.id, tracking::RunStatus::kFinished, now, parent.user);
}

}  // namespace gyre::steps
