#include "loop/internal/cycle_driver.h"

#include "loop/internal/placeholders.h"

namespace gyre::loop::internal {
namespace {

constexpr std::string_view kActor = "loop";
constexpr std::string_view kGraph = "model.onnx";
/// Of runs and canaries, among which those of a cycle are looked for after a crash.
constexpr int64_t kLookBack = 50;

/// The cycle waits for these to pass.
bool MayPass(const base::Error& error) {
  switch (error.code()) {
    case base::ErrorCode::kUnavailable:
    case base::ErrorCode::kResourceExhausted:
    case base::ErrorCode::kAlreadyExists:  // somebody else's canary
    case base::ErrorCode::kCancelled:
      return true;
    default:
      return false;
  }
}

/// Somebody said no to the result; otherwise something broke.
CycleState StateAfter(const base::Error& error) {
  const bool refused =
      error.code() == base::ErrorCode::kUnprocessable || error.code() == base::ErrorCode::kFailedPrecondition;
  return refused ? CycleState::kRejected : CycleState::kFailed;
}

CycleState StateAfter(release::CanaryState state) {
  switch (state) {
    case release::CanaryState::kPromoted:
      return CycleState::kPromoted;
    case release::CanaryState::kRolledBack:
      return CycleState::kRolledBack;
    default:
      return CycleState::kHeld;
  }
}

base::Result<void> CheckMayBegin(store::Reader& reader, const Cycle& cycle, const LoopConfig& config,
                                 bool regard_cooldown) {
  const auto last = TRY(LoadCycles(reader, cycle.endpoint, 1));
  if (last.empty()) return base::Ok();
  const Cycle& before = last.front().cycle;
  if (!HasEnded(before.state)) {
    return base::FailedPrecondition(fmt::format("cycle {} of endpoint '{}' is under way ({})", before.id,
                                                cycle.endpoint.value(), CycleStateName(before.state)),
                                    cycle.endpoint.value());
  }
  const auto end = before.event_time + config.cooldown;
  if (!regard_cooldown || cycle.event_time >= end) return base::Ok();
  return base::FailedPrecondition(
      fmt::format("the last cycle began at {} in event time; its cool-down of {} lasts until {}, now is {}",
                  base::FormatTimestamp(before.event_time), base::DurationText(config.cooldown),
                  base::FormatTimestamp(end), base::FormatTimestamp(cycle.event_time)),
      cycle.endpoint.value());
}

base::Result<registry::VersionRef> VersionLeft(const pipeline::RunRecord& run, const LoopConfig& config) {
  const auto* step = run.Find(config.version_step());
  const auto missing = base::NotFound(fmt::format("run {} left no {}; check version_output and until in the loop's "
                                                  "configuration",
                                                  run.id.value(), config.version_output),
                                      config.version_output);
  if (step == nullptr) return missing;
  const auto output = step->outputs.find(config.version_name());
  if (output == step->outputs.end() || !output->second.facts.is_object()) return missing;
  const auto ref = output->second.facts.find("ref");
  if (ref == output->second.facts.end() || !ref->is_string()) return missing;
  return registry::VersionRef::Parse(ref->get<std::string>());
}

}  // namespace

base::Result<Cycle> CycleDriver::Begin(const serve::EndpointName& endpoint, const LoopConfig& config,
                                       const Cause& cause, std::string_view actor) {
  auto stored = TRY(Record(endpoint, config, cause, actor));
  deps_.logger.Info(
      "cycle_began",
      {{"cycle", stored.cycle.id}, {"endpoint", endpoint.value()}, {"kind", cause.kind}, {"reason", cause.reason}});
  auto started = StartRun(stored);
  {
    const std::lock_guard lock(mutex_);
    starting_.erase(stored.cycle.id);
  }
  if (started || MayPass(started.error())) return stored.cycle;
  TRY(End(stored, CycleState::kFailed, started.error().message()));
  return started.error();
}

base::Result<StoredCycle> CycleDriver::Record(const serve::EndpointName& endpoint, const LoopConfig& config,
                                              const Cause& cause, std::string_view actor) {
  StoredCycle stored{.cycle = {}, .config = config};
  Cycle& cycle = stored.cycle;
  cycle.endpoint = endpoint;
  cycle.trigger = {{"kind", cause.kind},
                   {"reason", cause.reason},
                   {"alarm", cause.alarm.empty() ? base::Json() : base::Json(cause.alarm)}};
  cycle.champion = TRY(deps_.releases.Get(endpoint)).champion;
  cycle.event_time = deps_.log.Watermark(endpoint).value_or(deps_.clock.Now());
  cycle.labels = deps_.labels.Count(endpoint);
  auto recorded = deps_.database.Write([&](store::Transaction& transaction) -> base::Result<void> {
    TRY(CheckMayBegin(transaction, cycle, config, cause.kind != "manual"));
    cycle.id = transaction.NewId();
    cycle.started_at = transaction.Now();
    {
      const std::lock_guard lock(mutex_);
      starting_.insert(cycle.id);
    }
    return InsertCycle(transaction, stored, actor);
  });
  if (recorded) return stored;
  const std::lock_guard lock(mutex_);
  starting_.erase(cycle.id);
  return recorded.error();
}

bool CycleDriver::IsStarting(const std::string& cycle) {
  const std::lock_guard lock(mutex_);
  return starting_.contains(cycle);
}

base::Result<void> CycleDriver::Advance(StoredCycle stored) {
  const Cycle& cycle = stored.cycle;
  if (IsStarting(cycle.id)) return base::Ok();
  if (cycle.state == CycleState::kCanary) return FollowCanary(stored);
  if (cycle.pipeline_run.empty()) {
    const auto started = StartRun(stored);
    if (!started && MayPass(started.error())) return started;
    if (!started) return End(stored, CycleState::kFailed, started.error().message());
  }
  if (cycle.candidate.empty() && !TRY(AwaitCandidate(stored))) return base::Ok();
  return TryCandidate(stored);
}

base::Result<void> CycleDriver::StartRun(StoredCycle& stored) {
  stored.cycle.pipeline_run = TRY(FindOrStartRun(stored)).value();
  return Save(stored.cycle, "cycle_run_started");
}

/// A run is durable before its cycle knows of it: after a crash in between it is found by the cycle in its trigger.
base::Result<pipeline::PipelineRunId> CycleDriver::FindOrStartRun(const StoredCycle& stored) {
  const Cycle& cycle = stored.cycle;
  for (const auto& run : TRY(deps_.executor.List(stored.config.pipeline, kLookBack))) {
    if (run.trigger.is_object() && run.trigger.value("cycle", base::Json()) == cycle.id) return run.id;
  }
  pipeline::RunRequest request;
  request.snapshot = TRY(deps_.projects.Newest(stored.config.project)).id;
  request.pipeline = stored.config.pipeline;
  request.params = TRY(FillLoopPlaceholders(stored.config.params,
                                            {.champion = cycle.champion.ToString(),
                                             .watermark = base::FormatTimestamp(cycle.event_time),
                                             .endpoint = cycle.endpoint.value()},
                                            "params"));
  request.until = stored.config.until;
  request.trigger = cycle.trigger;
  request.trigger["cycle"] = cycle.id;
  request.actor = kActor;
  return TRY(deps_.executor.Start(request)).id;
}

/// True once the run has left a version worth trying; ends the cycle if it has not and never will.
base::Result<bool> CycleDriver::AwaitCandidate(StoredCycle& stored) {
  const auto run = deps_.executor.Get(pipeline::PipelineRunId(stored.cycle.pipeline_run));
  if (!run) {
    if (run.error().code() != base::ErrorCode::kNotFound) return run.error();
    TRY(End(stored, CycleState::kFailed, run.error().message()));
    return false;
  }
  if (!pipeline::IsFinal(run->state)) return false;
  if (run->state != pipeline::State::kSucceeded) {
    const auto error = run->error.value_or(base::Internal("the run failed without an error"));
    const bool gate = error.code() == base::ErrorCode::kUnprocessable;
    TRY(End(stored, gate ? CycleState::kRejected : CycleState::kFailed, error.message()));
    return false;
  }
  const auto version = VersionLeft(*run, stored.config);
  if (version) return AcceptVersion(stored, *version);
  TRY(End(stored, CycleState::kFailed, version.error().message()));
  return false;
}

base::Result<bool> CycleDriver::AcceptVersion(StoredCycle& stored, const registry::VersionRef& version) {
  const auto record = deps_.releases.Get(stored.cycle.endpoint);
  if (!record) {
    if (record.error().code() != base::ErrorCode::kNotFound) return record.error();
    TRY(End(stored, CycleState::kFailed, record.error().message()));
    return false;
  }
  stored.cycle.candidate = version.ToString();
  if (version == record->champion) {
    TRY(End(stored, CycleState::kRejected,
            fmt::format("nothing new was learnt: the run left {}, the champion itself", version.ToString())));
    return false;
  }
  if (TRY(SameGraph(version, record->champion))) {
    TRY(End(stored, CycleState::kRejected,
            fmt::format("nothing new was learnt: {} has the graph of the champion {}", version.ToString(),
                        record->champion.ToString())));
    return false;
  }
  TRY(Save(stored.cycle, "cycle_candidate_found"));
  return true;
}

base::Result<bool> CycleDriver::SameGraph(const registry::VersionRef& a, const registry::VersionRef& b) {
  std::array<base::Digest, 2> digests;
  for (size_t i = 0; i < 2; ++i) {
    const auto version = deps_.registry.Get(i == 0 ? a : b);
    if (!version && version.error().code() == base::ErrorCode::kNotFound) return false;  // deleted: the canary will say
    if (!version) return version.error();
    const auto graph = version->files.find(std::string(kGraph));
    if (graph == version->files.end()) return false;
    digests[i] = graph->second.digest;
  }
  return digests[0] == digests[1];
}

base::Result<void> CycleDriver::TryCandidate(StoredCycle& stored) {
  const auto candidate = TRY(registry::VersionRef::Parse(stored.cycle.candidate));
  const auto canary = FindOrStartCanary(stored, candidate);
  if (!canary && MayPass(canary.error())) return canary.error();
  if (!canary) return End(stored, StateAfter(canary.error()), canary.error().message());
  stored.cycle.canary = *canary;
  stored.cycle.state = CycleState::kCanary;
  TRY(Save(stored.cycle, "cycle_canary_started"));
  return FollowCanary(stored);
}

/// A canary is durable before its cycle knows of it, as a run is.
base::Result<std::string> CycleDriver::FindOrStartCanary(const StoredCycle& stored,
                                                         const registry::VersionRef& candidate) {
  const Cycle& cycle = stored.cycle;
  for (const auto& canary : TRY(deps_.releases.ListCanaries(cycle.endpoint, kLookBack))) {
    if (canary.candidate == candidate && canary.actor == kActor && canary.started_at >= cycle.started_at)
      return canary.id;
  }
  return TRY(deps_.releases.StartCanary(cycle.endpoint, candidate, stored.config.canary, kActor)).id;
}

base::Result<void> CycleDriver::FollowCanary(StoredCycle& stored) {
  const auto canary = deps_.releases.GetCanary(stored.cycle.canary);
  if (!canary) {
    if (canary.error().code() != base::ErrorCode::kNotFound) return canary.error();
    return End(stored, CycleState::kFailed, canary.error().message());
  }
  if (canary->state == release::CanaryState::kRunning) return base::Ok();
  return End(stored, StateAfter(canary->state), canary->reason);
}

base::Result<void> CycleDriver::Save(const Cycle& cycle, std::string_view action) {
  return deps_.database.RunWrite(
      [&](store::Transaction& transaction) { return UpdateCycle(transaction, cycle, action); });
}

base::Result<void> CycleDriver::End(StoredCycle& stored, CycleState state, std::string_view outcome) {
  Cycle& cycle = stored.cycle;
  const auto watermark = deps_.log.Watermark(cycle.endpoint);
  TRY(deps_.database.RunWrite([&](store::Transaction& transaction) -> base::Result<void> {
    cycle.state = state;
    cycle.outcome = outcome;
    cycle.ended_at = transaction.Now();
    if (state == CycleState::kPromoted) {
      const auto champion = TRY(registry::VersionRef::Parse(cycle.candidate));
      TRY(WriteMark(transaction, cycle.endpoint,
                    {.champion = champion, .labels = cycle.labels, .event_time = watermark}));
    }
    return UpdateCycle(transaction, cycle, "cycle_ended");
  }));
  deps_.metrics
      .GetCounter("gyre_loop_cycles_total", "Cycles of the loop that ended, by outcome",
                  {{"endpoint", cycle.endpoint.value()}, {"outcome", std::string(CycleStateName(state))}})
      .Add();
  deps_.logger.Info("cycle_ended", {{"cycle", cycle.id},
                                    {"endpoint", cycle.endpoint.value()},
                                    {"state", CycleStateName(state)},
                                    {"outcome", outcome}});
  return base::Ok();
}

}  // namespace gyre::loop::internal
