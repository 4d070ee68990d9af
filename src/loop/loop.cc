#include "loop/loop.h"

#include <condition_variable>

#include "base/text.h"
#include "base/thread_pool.h"
#include "loop/internal/cycle_driver.h"
#include "loop/internal/occasions.h"
#include "loop/internal/schema.h"

namespace gyre::loop {
namespace {

base::Result<void> CheckStep(const pipeline::PipelineSpec& spec, const std::string& step, std::string_view field) {
  if (spec.Find(step) != nullptr) return base::Ok();
  std::vector<std::string> known;
  for (const auto& one : spec.steps) known.push_back(one.name);
  return base::InvalidArgument(fmt::format("loop.{}: pipeline '{}' has no step '{}'; it has {}", field,
                                           spec.name.value(), step, base::Join(known, ", ")),
                               fmt::format("loop.{}", field));
}

/// That a cycle could be started with it today.
base::Result<void> CheckConfig(pipeline::Projects& projects, const LoopConfig& config) {
  const auto spec = TRY(TRY(projects.Newest(config.project)).Pipeline(config.pipeline));
  TRY(CheckStep(spec, config.until, "until"));
  TRY(CheckStep(spec, config.version_step(), "version_output"));
  for (const auto& [name, value] : config.params.items()) {
    if (spec.params.contains(name)) continue;
    const auto path = fmt::format("loop.params.{}", name);
    return base::InvalidArgument(fmt::format("{}: pipeline '{}' has no such parameter", path, spec.name.value()), path);
  }
  return base::Ok();
}

}  // namespace

struct Loop::Impl {
  Impl(const Options& given, const Deps& wired)
      : options(given), deps(wired), driver(wired), occasions(wired, driver) {}

  void Wake() {
    {
      const std::lock_guard lock(mutex);
      woken = true;
    }
    wake.notify_all();
  }
  void Run();
  void Step(const std::deque<monitor::Alarm>& alarms);
  void AdvanceAll();
  void LogFailure(const std::string& what, const base::Result<void>& result);

  const Options options;
  const Deps deps;
  internal::CycleDriver driver;
  internal::Occasions occasions;
  std::map<std::string, std::string> failures;  ///< said last, by what failed; of the thread
  std::mutex mutex;
  std::condition_variable wake;
  std::condition_variable done;
  std::deque<monitor::Alarm> alarms;  ///< guarded by mutex
  bool woken = false;                 ///< guarded by mutex
  bool started = false;               ///< guarded by mutex
  uint64_t asked = 0;                 ///< guarded by mutex: flushes
  uint64_t flushed = 0;               ///< guarded by mutex
  bool stopping = false;              ///< guarded by mutex
  std::thread thread;
};

void Loop::Impl::Run() {
  base::NameThread("loop");
  while (true) {
    std::deque<monitor::Alarm> taken;
    uint64_t ticket = 0;
    {
      std::unique_lock lock(mutex);
      wake.wait_for(lock, options.tick, [this] { return stopping || woken; });
      if (stopping) return;
      woken = false;
      taken = std::exchange(alarms, {});
      ticket = asked;
    }
    Step(taken);
    {
      const std::lock_guard lock(mutex);
      flushed = ticket;
    }
    done.notify_all();
  }
}

void Loop::Impl::Step(const std::deque<monitor::Alarm>& taken) {
  // Cycles first: one that has just ended makes room for the next.
  AdvanceAll();
  for (const auto& alarm : taken) LogFailure("alarm " + alarm.id, occasions.Consider(alarm));
  LogFailure("occasions", occasions.LookAtAll());
}

void Loop::Impl::AdvanceAll() {
  auto open = deps.database.Read([](store::Reader& reader) { return internal::LoadOpenCycles(reader); });
  if (!open) return LogFailure("cycles", open.error());
  for (auto& stored : *open) {
    const auto id = stored.cycle.id;
    LogFailure("cycle " + id, driver.Advance(std::move(stored)));
  }
}

/// Once as long as it stays the same: it is tried again at every tick.
void Loop::Impl::LogFailure(const std::string& what, const base::Result<void>& result) {
  if (result) {
    failures.erase(what);
    return;
  }
  auto& said = failures[what];
  if (said == result.error().message()) return;
  said = result.error().message();
  deps.logger.Warn("loop_waits", {{"for", what}, {"error", said}});
}

Loop::Loop(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Loop::~Loop() {
  Stop();
}

base::Result<std::unique_ptr<Loop>> Loop::Open(const Options& options, const Deps& deps) {
  TRY(deps.database.Migrate(internal::kMigrations));
  return std::unique_ptr<Loop>(new Loop(std::make_unique<Impl>(options, deps)));
}

base::Result<void> Loop::Start() {
  if (impl_->thread.joinable()) return base::Ok();
  const auto missed = TRY(impl_->occasions.Missed());
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->alarms.insert(impl_->alarms.begin(), missed.begin(), missed.end());
    impl_->woken = true;
    impl_->started = true;
  }
  impl_->thread = std::thread([this] { impl_->Run(); });
  return base::Ok();
}

void Loop::Stop() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->wake.notify_all();
  impl_->done.notify_all();
  if (impl_->thread.joinable()) impl_->thread.join();
}

base::Result<void> Loop::Configure(const serve::EndpointName& endpoint, const std::optional<LoopConfig>& config,
                                   std::string_view actor) {
  if (config) TRY(CheckConfig(impl_->deps.projects, *config));
  return impl_->deps.database.RunWrite(
      [&](store::Transaction& transaction) { return internal::WriteConfig(transaction, endpoint, config, actor); });
}

base::Result<std::optional<LoopConfig>> Loop::ConfigOf(const serve::EndpointName& endpoint) {
  auto stored =
      TRY(impl_->deps.database.Read([&](store::Reader& reader) { return internal::FindConfig(reader, endpoint); }));
  return stored ? std::optional(std::move(stored->config)) : std::nullopt;
}

base::Result<Cycle> Loop::Trigger(const serve::EndpointName& endpoint, std::string_view reason,
                                  std::string_view actor) {
  const auto config = TRY(ConfigOf(endpoint));
  if (!config) {
    return base::NotFound(fmt::format("endpoint '{0}' has no loop; add endpoints.{0}.loop to gyre.yaml and save the "
                                      "project",
                                      endpoint.value()),
                          endpoint.value());
  }
  auto cycle = impl_->driver.Begin(endpoint, *config, {.kind = "manual", .reason = std::string(reason)}, actor);
  impl_->Wake();
  return cycle;
}

base::Result<std::vector<Cycle>> Loop::Cycles(const serve::EndpointName& endpoint, int64_t limit) {
  std::vector<Cycle> cycles;
  for (auto& stored : TRY(impl_->deps.database.Read(
           [&](store::Reader& reader) { return internal::LoadCycles(reader, endpoint, limit); }))) {
    cycles.push_back(std::move(stored.cycle));
  }
  return cycles;
}

base::Result<Cycle> Loop::GetCycle(const std::string& id) {
  return TRY(impl_->deps.database.Read([&](store::Reader& reader) { return internal::LoadCycle(reader, id); })).cycle;
}

void Loop::Flush() {
  std::unique_lock lock(impl_->mutex);
  if (!impl_->started) return;
  const uint64_t ticket = ++impl_->asked;
  impl_->woken = true;
  impl_->wake.notify_all();
  impl_->done.wait(lock, [&] { return impl_->flushed >= ticket || impl_->stopping; });
}

base::Result<void> Loop::Forget(const serve::EndpointName& endpoint) {
  return impl_->deps.database.RunWrite(
      [&](store::Transaction& transaction) { return internal::ForgetEndpoint(transaction, endpoint); });
}

void Loop::OnWindow(const monitor::WindowReport&) {
  impl_->Wake();
}

void Loop::OnAlarm(const monitor::Alarm& alarm) {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->alarms.push_back(alarm);
  }
  impl_->Wake();
}

void Loop::OnRunFinished(const pipeline::RunRecord&) {
  impl_->Wake();
}

void Loop::OnCanaryEnded(const release::Canary&) {
  impl_->Wake();
}

}  // namespace gyre::loop
