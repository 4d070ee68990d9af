#include "pipeline/internal/run_driver.h"

#include <thread>

#include "base/file.h"
#include "pipeline/internal/cache_key.h"

namespace gyre::pipeline::internal {
namespace {

constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{10'000};
constexpr std::chrono::milliseconds kPauseSlice{50};

std::vector<std::string> NeedsOf(const StepSpec& step) {
  std::vector<std::string> needs = step.after;
  for (const auto& [name, ref] : step.inputs) needs.push_back(ref.step);
  return needs;
}

}  // namespace

base::Result<void> RunDriver::Drive() {
  auto driven = Loop();
  // Workers still refer to this object; their results can no longer be recorded, so they are only waited for.
  while (!launched_.empty()) {
    for (const auto& completion : TakeCompletions()) launched_.erase(completion.position);
  }
  return driven || Stopped() ? driven : Abandon(driven.error());
}

base::Result<void> RunDriver::Loop() {
  while (true) {
    if (Stopped() && launched_.empty()) return base::Ok();
    SkipUnreachable();
    if (!run_->cancel.requested() && TRY(DecideReadySteps())) continue;
    if (launched_.empty()) return Stopped() ? base::Ok() : Finish();
    TRY(AwaitOne());
  }
}

bool RunDriver::Stopped() {
  const std::lock_guard lock(run_->mutex);
  return run_->cancel.requested() && !run_->cancelled_by_user;
}

std::vector<size_t> RunDriver::ReadySteps() {
  const std::lock_guard lock(run_->mutex);
  std::vector<size_t> ready;
  for (size_t i = 0; i < run_->record.steps.size(); ++i) {
    if (run_->record.steps[i].state != State::kPending) continue;
    const auto succeeded = [&](const std::string& need) { return run_->record.Find(need)->state == State::kSucceeded; };
    if (std::ranges::all_of(NeedsOf(run_->spec.steps[i]), succeeded)) ready.push_back(i);
  }
  return ready;
}

base::Result<RunDriver::Prepared> RunDriver::Prepare(size_t position) {
  const StepSpec& step = run_->spec.steps[position];
  Prepared prepared;
  prepared.position = position;
  {
    const std::lock_guard lock(run_->mutex);
    prepared.with = TRY(FillPlaceholders(step.with, run_->record.params, step.name + ".with"));
    for (const auto& [name, ref] : step.inputs) {
      const auto& outputs = run_->record.Find(ref.step)->outputs;
      const auto output = outputs.find(ref.output);
      if (output == outputs.end()) {
        return base::InvalidArgument(
            fmt::format("step '{}' wants {}.{}, but that step left no such output", step.name, ref.step, ref.output),
            step.name);
      }
      prepared.inputs.emplace(name, output->second);
    }
  }
  prepared.key_parts = TRY(KeyParts(step, prepared.with, prepared.inputs, run_->snapshot, deps_.runner));
  if (step.cache) prepared.cache_key = base::Sha256Of(prepared.key_parts).ToHex();
  return prepared;
}

base::Result<bool> RunDriver::AllBlobsExist(const CachedResult& cached) {
  for (const auto& [name, artifact] : cached.outputs) {
    for (const auto& [file, ref] : artifact.files) {
      if (!TRY(deps_.blobs.Contains(ref.digest))) return false;
    }
  }
  return true;
}

base::Result<bool> RunDriver::AnswerFromCache(const Prepared& prepared) {
  if (run_->force || prepared.cache_key.empty()) return false;
  auto cached = TRY(deps_.store.FindCached(prepared.cache_key));
  if (!cached || !TRY(AllBlobsExist(*cached))) return false;
  const auto now = deps_.clock.Now();
  const std::lock_guard lock(run_->mutex);
  StepRecord& step = run_->record.steps[prepared.position];
  step.state = State::kSucceeded;
  step.cached = true;
  step.cached_from = cached->run_id;
  step.outputs = std::move(cached->outputs);
  step.figures = std::move(cached->figures);
  step.started_at = step.finished_at = now;
  return true;
}

base::Result<bool> RunDriver::DecideReadySteps() {
  std::vector<StepRecord> decided;
  std::vector<base::Json> key_parts;
  std::vector<size_t> positions;
  // Chains of cached steps are followed to their end first, so that all of them become durable in one write.
  for (bool progressed = true; progressed;) {
    progressed = false;
    for (const size_t position : ReadySteps()) {
      auto prepared = Prepare(position);
      if (!prepared) {
        FailStep(position, prepared.error());
      } else if (!TRY(AnswerFromCache(*prepared))) {
        TRY(Launch(std::move(*prepared)));
        continue;
      }
      progressed = true;
      positions.push_back(position);
      key_parts.push_back(prepared ? prepared->key_parts : base::Json(nullptr));
    }
  }
  if (positions.empty()) return false;
  std::vector<RunStore::StepChange> changes;
  {
    const std::lock_guard lock(run_->mutex);
    for (const size_t position : positions) decided.push_back(run_->record.steps[position]);
  }
  for (size_t i = 0; i < positions.size(); ++i) {
    changes.push_back({positions[i], &decided[i], key_parts[i].is_null() ? nullptr : &key_parts[i]});
  }
  TRY(Persist([&] { return deps_.store.SetSteps(run_->record.id, changes); }));
  return true;
}

base::Result<void> RunDriver::Launch(Prepared prepared) {
  const size_t position = prepared.position;
  const auto& spec = run_->spec.steps[position];
  const auto last = TRY(deps_.store.LastKeyParts(run_->record.pipeline, spec.name, run_->record.id));
  {
    const std::lock_guard lock(run_->mutex);
    StepRecord& step = run_->record.steps[position];
    step.state = State::kRunning;
    step.started_at = deps_.clock.Now();
    if (!last.is_null()) step.changed = ChangedParts(last, prepared.key_parts);
  }
  const auto& stored = launched_.emplace(position, std::move(prepared)).first->second;
  const auto submitted = deps_.workers.Submit([this, &stored] { Execute(stored); });
  if (submitted) return base::Ok();
  const std::lock_guard lock(run_->mutex);
  run_->completions.push_back({position, submitted.error()});
  return base::Ok();
}

void RunDriver::Execute(const Prepared& prepared) {
  const StepSpec& spec = run_->spec.steps[prepared.position];
  auto outcome = [&]() -> base::Result<StepOutcome> {
    TRY(run_->cancel.Check());
    const auto folder = TRY(base::TempFolder::Make(deps_.work_folder, spec.name));
    StepContext context{.run_id = run_->record.id.value(),
                        .actor = run_->record.actor,
                        .step = spec,
                        .with = prepared.with,
                        .inputs = prepared.inputs,
                        .project_files = run_->snapshot.files,
                        .folder = folder.path(),
                        .cancel = run_->cancel,
                        .on_progress = [this, position = prepared.position](const Progress& progress) {
                          const std::lock_guard lock(run_->mutex);
                          run_->record.steps[position].progress = progress;
                        }};
    return deps_.runner.Run(context);
  }();
  // Told under the lock: as soon as it is given up, the driver may take the last completion and end, and the run with
  // it.
  const std::lock_guard lock(run_->mutex);
  run_->completions.push_back({prepared.position, std::move(outcome)});
  run_->completed.notify_all();
}

std::deque<ActiveRun::Completion> RunDriver::TakeCompletions() {
  std::unique_lock lock(run_->mutex);
  run_->completed.wait(lock, [this] { return !run_->completions.empty(); });
  return std::exchange(run_->completions, {});
}

base::Result<void> RunDriver::AwaitOne() {
  base::Result<void> recorded = base::Ok();
  for (const auto& completion : TakeCompletions()) {
    if (recorded) recorded = Record(completion);
    launched_.erase(completion.position);
  }
  return recorded;
}

base::Result<void> RunDriver::Record(const ActiveRun::Completion& completion) {
  if (Stopped()) return base::Ok();  // as if it had not been started: the next process runs it again
  StepRecord step;
  {
    const std::lock_guard lock(run_->mutex);
    StepRecord& record = run_->record.steps[completion.position];
    record.finished_at = deps_.clock.Now();
    if (completion.outcome) {
      record.outputs = completion.outcome->outputs;
      record.figures = completion.outcome->figures.is_null() ? base::Json::object() : completion.outcome->figures;
      record.log = completion.outcome->log;
      record.error = completion.outcome->failure;
    } else {
      record.error = completion.outcome.error();
    }
    record.state = !record.error ? State::kSucceeded : run_->cancelled_by_user ? State::kCancelled : State::kFailed;
    step = record;
  }
  deps_.log.Info("pipeline_step_finished",
                 {{"run", run_->record.id.value()}, {"step", step.name}, {"state", StateName(step.state)}});
  auto& prepared = launched_.at(completion.position);
  const StepSpec& spec = run_->spec.steps[completion.position];
  if (deps_.runner.HasEffects(spec) && step.state == State::kSucceeded) {
    prepared.key_parts = TRY(KeyParts(spec, prepared.with, prepared.inputs, run_->snapshot, deps_.runner));
    if (spec.cache) prepared.cache_key = base::Sha256Of(prepared.key_parts).ToHex();
  }
  return Persist([&] {
    return deps_.store.FinishStep(run_->record.id, {completion.position, &step, &prepared.key_parts},
                                  prepared.cache_key);
  });
}

void RunDriver::FailStep(size_t position, const base::Error& error) {
  const std::lock_guard lock(run_->mutex);
  StepRecord& step = run_->record.steps[position];
  step.state = State::kFailed;
  step.error = error;
  step.started_at = step.finished_at = deps_.clock.Now();
}

void RunDriver::SkipUnreachable() {
  const std::lock_guard lock(run_->mutex);
  for (size_t i = 0; i < run_->record.steps.size(); ++i) {
    StepRecord& step = run_->record.steps[i];
    if (step.state != State::kPending) continue;
    const auto hopeless = [&](const std::string& need) {
      const State state = run_->record.Find(need)->state;
      return IsFinal(state) && state != State::kSucceeded;
    };
    if (run_->cancel.requested() ? run_->cancelled_by_user
                                 : std::ranges::any_of(NeedsOf(run_->spec.steps[i]), hopeless)) {
      step.state = State::kSkipped;
    }
  }
}

base::Result<void> RunDriver::Finish() {
  RunRecord finished;
  std::vector<RunStore::StepChange> skipped;
  {
    const std::lock_guard lock(run_->mutex);
    RunRecord& record = run_->record;
    const auto failed = std::ranges::find(record.steps, State::kFailed, &StepRecord::state);
    if (run_->cancelled_by_user) {
      record.error = base::Error(base::ErrorCode::kCancelled, "the run was cancelled");
    } else if (failed != record.steps.end()) {
      record.error = failed->error->Within(fmt::format("step '{}'", failed->name));
    }
    finished = record;
  }
  finished.state = run_->cancelled_by_user ? State::kCancelled : finished.error ? State::kFailed : State::kSucceeded;
  finished.finished_at = deps_.clock.Now();
  for (size_t i = 0; i < finished.steps.size(); ++i) {
    if (finished.steps[i].state == State::kSkipped) skipped.push_back({i, &finished.steps[i], nullptr});
  }
  if (!skipped.empty()) TRY(Persist([&] { return deps_.store.SetSteps(finished.id, skipped); }));
  TRY(Persist([&] { return deps_.before_end(finished); }));
  TRY(Persist([&] { return deps_.store.SetRunState(finished); }));
  const std::lock_guard lock(run_->mutex);
  run_->record = finished;
  return base::Ok();
}

base::Result<void> RunDriver::Abandon(const base::Error& error) {
  RunRecord ended;
  std::vector<RunStore::StepChange> changes;
  {
    const std::lock_guard lock(run_->mutex);
    ended = run_->record;
  }
  for (size_t i = 0; i < ended.steps.size(); ++i) {
    StepRecord& step = ended.steps[i];
    if (step.state == State::kPending) step.state = State::kSkipped;
    if (step.state == State::kRunning) {
      step.state = State::kFailed;
      step.error = error;
      step.finished_at = deps_.clock.Now();
    }
    changes.push_back({i, &step, nullptr});  // those that ended too: which of them were recorded is not known here
  }
  ended.state = State::kFailed;
  ended.error = error;
  ended.finished_at = deps_.clock.Now();
  TRY(Persist([&] { return deps_.store.SetSteps(ended.id, changes); }));
  TRY(Persist([&] { return deps_.before_end(ended); }));
  TRY(Persist([&] { return deps_.store.SetRunState(ended); }));
  const std::lock_guard lock(run_->mutex);
  run_->record = ended;
  return base::Ok();
}

base::Result<void> RunDriver::Persist(const std::function<base::Result<void>()>& write) {
  for (auto pause = kFirstPause;; pause = std::min(2 * pause, kLongestPause)) {
    auto written = write();
    if (written || written.error().code() != base::ErrorCode::kIo) return written;
    deps_.log.Error("pipeline_run_waits_for_disk",
                    {{"run", run_->record.id.value()}, {"error", written.error().message()}});
    if (!PauseUnlessStopped(pause)) return written;
  }
}

bool RunDriver::PauseUnlessStopped(std::chrono::milliseconds pause) {
  for (auto waited = kPauseSlice; waited <= pause; waited += kPauseSlice) {
    if (Stopped()) return false;
    std::this_thread::sleep_for(kPauseSlice);
  }
  return true;
}

}  // namespace gyre::pipeline::internal
