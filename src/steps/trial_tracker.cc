#include "steps/trial_tracker.h"

#include <cmath>

#include "base/hash.h"
#include "base/id.h"
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

/// Cut to what a tracked run may hold, but not in the middle of a character.
std::string TextOf(const base::Json& value) {
  auto text = value.is_string() ? value.get<std::string>() : base::DumpJson(value);
  if (text.size() <= tracking::Limits::kParamValueLength) return text;
  size_t end = tracking::Limits::kParamValueLength;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  return text;
}

/// Names that no tracked run may have are left out: anything goes in a pipeline's parameters and a command's report.
void AddParams(const base::Json& params, tracking::NewRun& run) {
  for (const auto& [key, value] : params.items()) {
    if (base::IsValidKey(key)) run.params.emplace(key, TextOf(value));
  }
}

/// 32 hexadecimal digits, as every run's id.
std::string IdOfTrial(const std::string& pipeline_run, const std::string& step, int64_t number) {
  return base::Sha256Of(std::string_view(fmt::format("{}/{}/{}", pipeline_run, step, number))).ToHex().substr(0, 32);
}

base::Result<void> LogMetrics(tracking::Tracker& tracker, const tracking::RunId& id,
                              std::span<const tracking::MetricPoint> points) {
  while (!points.empty()) {
    const auto some = points.first(std::min(points.size(), tracking::Limits::kBatchItems));
    TRY(tracker.Log(id, {.metrics = {some.begin(), some.end()}}));
    points = points.subspan(some.size());
  }
  return base::Ok();
}

}  // namespace

void TrialTracker::OnRunStarted(const pipeline::RunRecord& run) {
  const auto started = Start(run);
  if (!started) log_.Warn("pipeline_run_not_tracked", {{"run", run.id.value()}, {"error", started.error().message()}});
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
                  {"gyre.trigger", TextOf(run.trigger)}};
  AddParams(run.params, tracked);
  TRY(tracker_.CreateRun(tracked, run.actor));
  return base::Ok();
}

base::Result<void> TrialTracker::OnRunEnding(const pipeline::RunRecord& run) {
  TRY(Start(run));  // if that could not be written when it was due
  const tracking::RunId id(run.id.value());
  std::vector<tracking::MetricPoint> points;
  const auto now = clock_.Now();
  for (const auto& step : run.steps) {
    if (!step.figures.is_object()) continue;
    for (const auto& [key, value] : step.figures.items()) {
      auto name = step.name + "." + key;
      if (value.is_number() && base::IsValidKey(name))
        points.push_back({.key = std::move(name), .value = value.get<double>(), .time = now});
    }
  }
  TRY(LogMetrics(tracker_, id, points));
  return tracker_.EndRun(id, StatusOf(run.state), run.finished_at.value_or(now), run.actor);
}

base::Result<void> TrialTracker::OnTrial(const std::string& pipeline_run, const std::string& step,
                                         const base::Json& trial) {
  const base::ObjectReader fields(trial, "trial");
  const auto number = TRY(fields.Int("number"));
  const auto parent = TRY(tracker_.GetRun(tracking::RunId(pipeline_run)));
  const auto now = clock_.Now();
  const auto seconds = TRY(fields.Number("seconds", 0));
  const tracking::RunId id(IdOfTrial(pipeline_run, step, number));
  const auto known = tracker_.GetRun(id);
  if (known && known->status != tracking::RunStatus::kRunning) return base::Ok();
  tracking::NewRun run{.id = id,
                       .experiment = parent.experiment,
                       .name = fmt::format("{}-{}", step, number),
                       .user = parent.user,
                       .started_at = now - std::chrono::microseconds(static_cast<int64_t>(seconds * 1e6))};
  run.tags = {{std::string(tracking::kParentRunTag), pipeline_run}, {"gyre.step", step}};
  AddParams(*TRY(fields.Object("params")), run);
  if (!known) TRY(tracker_.CreateRun(run, parent.user));
  const auto metric = TRY(fields.String("metric"));
  std::vector<tracking::MetricPoint> points;
  const auto add = [&](const std::string& key, const base::Json* value, int64_t at) {
    if (value != nullptr && value->is_number())
      points.push_back({.key = key, .value = value->get<double>(), .time = now, .step = at});
  };
  add(metric, fields.Find("mean"), 0);
  add(metric + "_std", fields.Find("std"), 0);
  const auto* folds = TRY(fields.Array("folds"));
  for (size_t fold = 0; fold < folds->size(); ++fold)
    add(metric + "_fold", &(*folds)[fold], static_cast<int64_t>(fold));
  if (!known || known->metrics.empty()) TRY(LogMetrics(tracker_, id, points));
  return tracker_.EndRun(id, tracking::RunStatus::kFinished, now, parent.user);
}

}  // namespace gyre::steps
