#include "pipeline/executor.h"

#include <set>

#include "base/file.h"
#include "base/text.h"
#include "base/thread_pool.h"
#include "pipeline/internal/run_driver.h"

namespace gyre::pipeline {
namespace {

using internal::ActiveRun;

constexpr size_t kMaxRunsAtOnce = 8;
constexpr size_t kMaxQueued = 1024;

/// The steps a run does: all, or `until` and everything it stands on.
std::set<std::string> WantedSteps(const PipelineSpec& spec, const std::string& until) {
  std::set<std::string> wanted;
  if (!until.empty()) wanted.insert(until);
  for (auto step = spec.steps.rbegin(); step != spec.steps.rend(); ++step) {
    if (until.empty()) wanted.insert(step->name);
    if (!wanted.contains(step->name)) continue;
    for (const auto& need : step->after) wanted.insert(need);
    for (const auto& [name, ref] : step->inputs) wanted.insert(ref.step);
  }
  return wanted;
}

base::Result<base::Json> MergeParams(const PipelineSpec& spec, const base::Json& overrides) {
  base::Json params = spec.params.is_null() ? base::Json::object() : spec.params;
  if (overrides.is_null()) return params;
  if (!overrides.is_object()) return base::InvalidArgument("params must be an object", "params");
  for (const auto& [key, value] : overrides.items()) {
    if (!params.contains(key)) {
      std::vector<std::string> known;
      for (const auto& [name, unused] : params.items()) known.push_back(name);
      return base::InvalidArgument(fmt::format("pipeline '{}' has no parameter '{}'; it has {}", spec.name.value(), key,
                                               known.empty() ? "none" : base::Join(known, ", ")),
                                   key);
    }
    params[key] = value;
  }
  return params;
}

class PipelineExecutor final : public Executor {
 public:
  PipelineExecutor(const Options& options, const Deps& deps)
      : deps_(deps),
        work_folder_(options.work_folder),
        store_(deps.database),
        workers_({.name = "step", .threads = options.workers, .queue_limit = kMaxQueued}),
        drivers_({.name = "run", .threads = kMaxRunsAtOnce, .queue_limit = kMaxQueued}) {}
  ~PipelineExecutor() override { Stop(); }

  void AddListener(RunListener& listener) override { listeners_.push_back(&listener); }
  base::Result<void> Resume() override;
  base::Result<RunRecord> Start(const RunRequest& request) override;
  base::Result<RunRecord> Get(const PipelineRunId& id) override;
  base::Result<std::vector<RunRecord>> List(const PipelineName& pipeline, int64_t limit) override;
  base::Result<RunRecord> Wait(const PipelineRunId& id, std::chrono::milliseconds at_most) override;
  base::Result<void> Cancel(const PipelineRunId& id) override;
  void Stop() override;

 private:
  base::Result<RunRecord> MakeRecord(const RunRequest& request, const Snapshot& snapshot, const PipelineSpec& spec);
  base::Result<void> Activate(const std::shared_ptr<ActiveRun>& run);
  void Drive(const std::shared_ptr<ActiveRun>& run);
  base::Result<void> TellEnding(const RunRecord& run);
  base::Result<void> ResumeOne(const PipelineRunId& id);
  base::Result<void> GiveUp(const PipelineRunId& id, const base::Error& error);
  std::shared_ptr<ActiveRun> FindActive(const PipelineRunId& id);

  Deps deps_;
  std::filesystem::path work_folder_;
  internal::RunStore store_;
  std::vector<RunListener*> listeners_;
  std::mutex mutex_;
  std::condition_variable run_ended_;
  std::map<PipelineRunId, std::shared_ptr<ActiveRun>> active_;
  bool stopping_ = false;
  base::ThreadPool workers_;
  base::ThreadPool drivers_;
};

base::Result<RunRecord> PipelineExecutor::MakeRecord(const RunRequest& request, const Snapshot& snapshot,
                                                     const PipelineSpec& spec) {
  if (!request.until.empty() && spec.Find(request.until) == nullptr) {
    std::vector<std::string> known;
    for (const auto& step : spec.steps) known.push_back(step.name);
    return base::InvalidArgument(fmt::format("pipeline '{}' has no step '{}'; it has {}", spec.name.value(),
                                             request.until, base::Join(known, ", ")),
                                 "until");
  }
  RunRecord record;
  record.id = PipelineRunId(base::NewHexId(deps_.entropy));
  record.pipeline = spec.name;
  record.project = snapshot.project;
  record.snapshot = snapshot.id;
  record.params = TRY(MergeParams(spec, request.params));
  record.until = request.until;
  record.trigger = request.trigger;
  record.actor = request.actor;
  record.state = State::kRunning;
  record.created_at = deps_.clock.Now();
  const auto wanted = WantedSteps(spec, request.until);
  for (const auto& step : spec.steps) {
    record.steps.push_back(
        {.name = step.name, .state = wanted.contains(step.name) ? State::kPending : State::kSkipped});
  }
  return record;
}

base::Result<RunRecord> PipelineExecutor::Start(const RunRequest& request) {
  auto run = std::make_shared<ActiveRun>();
  run->snapshot = TRY(deps_.projects.Get(request.snapshot));
  run->spec = TRY(run->snapshot.Pipeline(request.pipeline));
  run->force = request.force;
  run->record = TRY(MakeRecord(request, run->snapshot, run->spec));
  const RunRecord started = run->record;
  TRY(store_.Insert(started, request.force));
  TRY(Activate(run));
  return started;
}

base::Result<void> PipelineExecutor::Activate(const std::shared_ptr<ActiveRun>& run) {
  const auto id = run->record.id;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return base::Unavailable("the server is stopping");
    active_[id] = run;
  }
  auto submitted = drivers_.Submit([this, run] { Drive(run); });
  if (!submitted) {
    const std::lock_guard lock(mutex_);
    active_.erase(id);
  }
  return submitted;
}

void PipelineExecutor::Drive(const std::shared_ptr<ActiveRun>& run) {
  const auto id = run->record.id;
  for (auto* listener : listeners_) listener->OnRunStarted(run->record);
  internal::RunDriver driver({.store = store_,
                              .blobs = deps_.blobs,
                              .runner = deps_.runner,
                              .workers = workers_,
                              .clock = deps_.clock,
                              .log = deps_.log,
                              .work_folder = work_folder_ / id.value(),
                              .before_end = [this](const RunRecord& record) { return TellEnding(record); }},
                             run);
  const auto driven = driver.Drive();
  if (!driven) deps_.log.Error("pipeline_run_not_recorded", {{"run", id.value()}, {"error", driven.error().message()}});
  std::error_code ignored;
  std::filesystem::remove_all(work_folder_ / id.value(), ignored);
  RunRecord ended;
  {
    const std::lock_guard lock(run->mutex);
    ended = run->record;
  }
  {
    const std::lock_guard lock(mutex_);
    active_.erase(id);
  }
  run_ended_.notify_all();
  if (!IsFinal(ended.state)) return;
  deps_.log.Info("pipeline_run_finished", {{"run", id.value()}, {"state", StateName(ended.state)}});
  for (auto* listener : listeners_) listener->OnRunFinished(ended);
}

base::Result<void> PipelineExecutor::TellEnding(const RunRecord& run) {
  for (auto* listener : listeners_) {
    const auto told = listener->OnRunEnding(run);
    if (told) continue;
    if (told.error().code() == base::ErrorCode::kIo) return told;
    deps_.log.Warn("pipeline_run_end_not_kept", {{"run", run.id.value()}, {"error", told.error().message()}});
  }
  return base::Ok();
}

base::Result<void> PipelineExecutor::Resume() {
  for (const auto& id : TRY(store_.Unfinished())) {
    const auto resumed = ResumeOne(id);
    // One run that cannot go on must not keep everything else from starting.
    if (!resumed) TRY(GiveUp(id, resumed.error().Within("the run cannot go on after a restart")));
  }
  return base::Ok();
}

base::Result<void> PipelineExecutor::ResumeOne(const PipelineRunId& id) {
  auto run = std::make_shared<ActiveRun>();
  run->record = TRY(store_.Get(id));
  run->snapshot = TRY(deps_.projects.Get(run->record.snapshot));
  run->spec = TRY(run->snapshot.Pipeline(run->record.pipeline));
  run->force = TRY(store_.IsForced(id));
  deps_.log.Info("pipeline_run_resumed", {{"run", id.value()}});
  return Activate(run);
}

base::Result<void> PipelineExecutor::GiveUp(const PipelineRunId& id, const base::Error& error) {
  deps_.log.Error("pipeline_run_not_resumed", {{"run", id.value()}, {"error", error.message()}});
  auto run = TRY(store_.Get(id));
  std::vector<internal::RunStore::StepChange> changes;
  for (size_t i = 0; i < run.steps.size(); ++i) {
    if (IsFinal(run.steps[i].state)) continue;
    run.steps[i].state = State::kSkipped;
    changes.push_back({i, &run.steps[i], nullptr});
  }
  run.state = State::kFailed;
  run.error = error;
  run.finished_at = deps_.clock.Now();
  TRY(store_.SetSteps(id, changes));
  TRY(TellEnding(run));
  TRY(store_.SetRunState(run));
  for (auto* listener : listeners_) listener->OnRunFinished(run);
  return base::Ok();
}

std::shared_ptr<ActiveRun> PipelineExecutor::FindActive(const PipelineRunId& id) {
  const std::lock_guard lock(mutex_);
  const auto found = active_.find(id);
  return found == active_.end() ? nullptr : found->second;
}

base::Result<RunRecord> PipelineExecutor::Get(const PipelineRunId& id) {
  const auto run = FindActive(id);
  if (!run) return store_.Get(id);
  const std::lock_guard lock(run->mutex);
  return run->record;
}

base::Result<std::vector<RunRecord>> PipelineExecutor::List(const PipelineName& pipeline, int64_t limit) {
  auto runs = TRY(store_.List(pipeline, limit));
  for (auto& run : runs) {
    const auto active = FindActive(run.id);
    if (!active) continue;
    const std::lock_guard lock(active->mutex);
    run = active->record;
  }
  return runs;
}

base::Result<RunRecord> PipelineExecutor::Wait(const PipelineRunId& id, std::chrono::milliseconds at_most) {
  {
    std::unique_lock lock(mutex_);
    run_ended_.wait_for(lock, at_most, [&] { return stopping_ || !active_.contains(id); });
  }
  return Get(id);
}

base::Result<void> PipelineExecutor::Cancel(const PipelineRunId& id) {
  const auto run = FindActive(id);
  if (!run) {
    const auto record = TRY(store_.Get(id));
    return base::FailedPrecondition(fmt::format("run {} has already {}", id.value(), StateName(record.state)),
                                    id.value());
  }
  {
    const std::lock_guard lock(run->mutex);
    run->cancelled_by_user = true;
  }
  run->cancel.Cancel();
  return base::Ok();
}

void PipelineExecutor::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const auto& [id, run] : active_) run->cancel.Cancel();
  }
  run_ended_.notify_all();
  drivers_.Stop();
  workers_.Stop();
}

}  // namespace

base::Result<std::unique_ptr<Executor>> Executor::Open(const Options& options, const Deps& deps) {
  std::error_code ignored;
  std::filesystem::remove_all(options.work_folder, ignored);
  TRY(base::MakeFolders(options.work_folder));
  return std::unique_ptr<Executor>(std::make_unique<PipelineExecutor>(options, deps));
}

}  // namespace gyre::pipeline
