#include "release/releases.h"

#include <condition_variable>

#include "base/id.h"
#include "base/thread_pool.h"
#include "release/internal/canary_judge.h"
#include "release/internal/release_rows.h"
#include "release/internal/schema.h"
#include "release/internal/turns.h"

namespace gyre::release {
namespace {

constexpr std::string_view kAlias = "champion";
constexpr std::string_view kJudge = "judge";

targets::DesiredRouting RoutingOf(const EndpointRecord& record) {
  targets::DesiredRouting routing{.champion = record.champion};
  if (record.canary) {
    routing.candidate = record.canary->candidate;
    routing.candidate_share = record.canary->plan.share;
    routing.paired = record.canary->plan.paired;
  }
  return routing;
}

bool Same(const targets::DesiredRouting& a, const targets::DesiredRouting& b) {
  return a.champion == b.champion && a.candidate == b.candidate && a.candidate_share == b.candidate_share &&
         a.paired == b.paired;
}

CanaryState StateAfter(Decision decision) {
  switch (decision) {
    case Decision::kPromote:
      return CanaryState::kPromoted;
    case Decision::kRollBack:
      return CanaryState::kRolledBack;
    case Decision::kHold:
      break;
  }
  return CanaryState::kHeld;
}

bool IsDeployed(const EndpointRecord& record, const registry::VersionRef& version) {
  return record.champion == version && record.deployed == version;
}

base::Result<void> CheckStart(const EndpointRecord& record, const registry::VersionRef& candidate) {
  if (record.canary) {
    return base::AlreadyExists(fmt::format("endpoint '{}' has a canary already ({}, of {}); end it first",
                                           record.name.value(), record.canary->id, record.canary->candidate.ToString()),
                               record.name.value());
  }
  if (record.champion != candidate) return base::Ok();
  return base::FailedPrecondition(
      fmt::format("{} is the champion of endpoint '{}' already", candidate.ToString(), record.name.value()),
      candidate.ToString());
}

/// What a change left: the endpoint as it shall be now, and the canary that ended with it.
struct Change {
  EndpointRecord record;
  std::optional<Canary> ended;
};

class RecordedReleases final : public Releases {
 public:
  RecordedReleases(const Options& options, const Deps& deps)
      : options_(options), deps_(deps), judge_({deps.endpoints, deps.log, deps.labels, deps.metrics}) {}
  ~RecordedReleases() override { Stop(); }

  void SetListener(ReleaseListener* listener) override { listener_ = listener; }
  base::Result<void> Restore() override;
  void Start() override;

  base::Result<EndpointRecord> Deploy(const serve::EndpointName& endpoint, const registry::VersionRef& version,
                                      std::string_view actor) override;
  base::Result<Canary> StartCanary(const serve::EndpointName& endpoint, const registry::VersionRef& candidate,
                                   const CanaryPlan& plan, std::string_view actor) override;
  base::Result<Canary> EndCanary(const std::string& canary_id, Decision decision, std::string_view reason,
                                 std::string_view actor) override;
  base::Result<std::optional<Canary>> JudgeNow(const serve::EndpointName& endpoint) override;
  base::Result<void> Delete(const serve::EndpointName& endpoint, std::string_view actor) override;

  base::Result<EndpointRecord> Get(const serve::EndpointName& endpoint) override {
    return deps_.database.Read([&](store::Reader& reader) { return internal::LoadEndpoint(reader, endpoint); });
  }
  base::Result<std::vector<EndpointRecord>> List() override {
    return deps_.database.Read([](store::Reader& reader) { return internal::LoadEndpoints(reader); });
  }
  base::Result<Canary> GetCanary(const std::string& id) override {
    return deps_.database.Read([&](store::Reader& reader) { return internal::LoadCanary(reader, id); });
  }
  base::Result<std::vector<Canary>> ListCanaries(const serve::EndpointName& endpoint, int64_t limit) override {
    return deps_.database.Read([&](store::Reader& reader) { return internal::LoadCanaries(reader, endpoint, limit); });
  }

  void Stop() override;

 private:
  base::Result<Change> RecordDeploy(store::Transaction& transaction, const serve::EndpointName& endpoint,
                                    const registry::VersionRef& version, std::string_view actor);
  base::Result<Change> RecordCanary(store::Transaction& transaction, const Canary& canary);
  base::Result<Change> RecordEnd(store::Transaction& transaction, Canary canary, CanaryState state,
                                 std::optional<Verdict> verdict, std::string_view reason, std::string_view actor);

  base::Result<void> Follow(const EndpointRecord& record);
  void RestoreOne(const EndpointRecord& record);
  base::Result<Canary> Finish(const Canary& canary, Verdict verdict, std::string_view actor);
  base::Result<Change> Abort(const Canary& canary, std::string_view reason, std::string_view actor);
  void Announce(const std::optional<Canary>& ended);
  bool Follows(const EndpointRecord& record);

  void Judge();
  void LookAtAll();
  void FollowAgain();
  base::Result<std::optional<Canary>> LookAt(const Canary& canary, bool anyway);

  const Options options_;
  const Deps deps_;
  ReleaseListener* listener_ = nullptr;
  internal::Turns turns_;
  internal::CanaryJudge judge_;
  std::mutex mutex_;
  std::map<serve::EndpointName, targets::DesiredRouting> applied_;  ///< what the target follows; guarded by mutex_
  std::set<serve::EndpointName> behind_;  ///< the end of a canary could not be applied; guarded by mutex_
  std::condition_variable wake_;
  bool stopping_ = false;  ///< guarded by mutex_
  std::thread thread_;
};

bool RecordedReleases::Follows(const EndpointRecord& record) {
  const std::lock_guard lock(mutex_);
  const auto found = applied_.find(record.name);
  return found != applied_.end() && Same(found->second, RoutingOf(record));
}

/// Makes the target serve the record. In the endpoint's turn.
base::Result<void> RecordedReleases::Follow(const EndpointRecord& record) {
  const auto routing = RoutingOf(record);
  auto applied = deps_.target.Apply(record.name, routing);
  const std::lock_guard lock(mutex_);
  if (applied) {
    applied_[record.name] = routing;
    behind_.erase(record.name);
  } else {
    applied_.erase(record.name);
  }
  return applied;
}

base::Result<void> RecordedReleases::Restore() {
  const auto records = TRY(List());
  for (const auto& name : deps_.endpoints.Names()) {
    if (std::ranges::find(records, name, &EndpointRecord::name) == records.end()) TRY(deps_.target.Remove(name));
  }
  for (const auto& record : records) RestoreOne(record);
  return base::Ok();
}

void RecordedReleases::RestoreOne(const EndpointRecord& record) {
  std::optional<Canary> aborted;
  {
    const internal::Turns::Turn turn(turns_, record.name);
    if (record.canary) judge_.Begin(*record.canary);
    auto followed = Follow(record);
    if (!followed && record.canary) {
      const auto reason = fmt::format("after a restart the two could not be served: {}", followed.error().message());
      const auto change = Abort(*record.canary, reason, kJudge);
      if (change) aborted = change->ended;
      followed = change ? Follow(change->record) : base::Result<void>(change.error());
    }
    if (!followed) {
      deps_.logger.Error("endpoint_not_restored", {{"endpoint", record.name.value()},
                                                   {"version", record.champion.ToString()},
                                                   {"error", followed.error().message()}});
    }
  }
  Announce(aborted);
}

base::Result<EndpointRecord> RecordedReleases::Deploy(const serve::EndpointName& endpoint,
                                                      const registry::VersionRef& version, std::string_view actor) {
  if (!base::IsValidName(endpoint.value())) {
    return base::InvalidArgument(
        fmt::format("'{}' is no endpoint name; use up to 128 letters, digits, '.', '_' and '-'", endpoint.value()),
        "endpoint");
  }
  TRY(deps_.registry.Get(version));
  const auto before =
      TRY(deps_.database.Read([&](store::Reader& reader) { return internal::FindEndpoint(reader, endpoint); }));
  if (before && IsDeployed(*before, version) && Follows(*before)) return *before;
  TRY(deps_.target.Probe(version));
  std::optional<Change> change;
  base::Result<void> followed = base::Ok();
  {
    const internal::Turns::Turn turn(turns_, endpoint);
    change = TRY(deps_.database.Write(
        [&](store::Transaction& transaction) { return RecordDeploy(transaction, endpoint, version, actor); }));
    if (change->ended) judge_.End(*change->ended);
    followed = Follow(change->record);
  }
  Announce(change->ended);
  if (!followed) return followed.error().Within(fmt::format("{} is recorded but not served", version.ToString()));
  deps_.logger.Info("endpoint_deployed", {{"endpoint", endpoint.value()}, {"version", version.ToString()}});
  return change->record;
}

base::Result<Change> RecordedReleases::RecordDeploy(store::Transaction& transaction,
                                                    const serve::EndpointName& endpoint,
                                                    const registry::VersionRef& version, std::string_view actor) {
  const auto before = TRY(internal::FindEndpoint(transaction, endpoint));
  if (before && IsDeployed(*before, version)) return Change{.record = *before, .ended = {}};
  std::optional<Canary> ended;
  if (before && before->canary && before->champion != version) {
    ended = TRY(RecordEnd(transaction, *before->canary, CanaryState::kAborted, {},
                          fmt::format("{} was deployed over it", version.ToString()), actor))
                .ended;
  }
  TRY(internal::WriteDeployed(transaction, endpoint, version));
  TRY(deps_.registry.SetAliasIn(transaction, version.model, kAlias, version.version, actor));
  TRY(transaction.Audit({.actor = std::string(actor),
                         .action = "endpoint_deployed",
                         .object_type = "endpoint",
                         .object_id = endpoint.value(),
                         .details = {{"from", before ? base::Json(before->champion.ToString()) : base::Json()},
                                     {"to", version.ToString()}}}));
  return Change{.record = TRY(internal::LoadEndpoint(transaction, endpoint)), .ended = ended};
}

base::Result<Canary> RecordedReleases::StartCanary(const serve::EndpointName& endpoint,
                                                   const registry::VersionRef& candidate, const CanaryPlan& plan,
                                                   std::string_view actor) {
  TRY(plan.Check("plan"));
  TRY(CheckStart(TRY(Get(endpoint)), candidate));
  TRY(deps_.registry.Get(candidate));
  TRY(deps_.target.Probe(candidate));
  const internal::Turns::Turn turn(turns_, endpoint);
  Canary canary{.endpoint = endpoint, .candidate = candidate, .plan = plan, .actor = std::string(actor)};
  canary.started_event_time = deps_.log.Watermark(endpoint);
  const auto change =
      TRY(deps_.database.Write([&](store::Transaction& transaction) { return RecordCanary(transaction, canary); }));
  canary = *change.record.canary;
  judge_.Begin(canary);
  const auto followed = Follow(change.record);
  if (followed) {
    deps_.logger.Info("canary_started",
                      {{"canary", canary.id}, {"endpoint", endpoint.value()}, {"candidate", candidate.ToString()}});
    return canary;
  }
  const auto undone = TRY(Abort(canary, followed.error().message(), actor));
  TRY(Follow(undone.record));
  return followed.error();
}

base::Result<Change> RecordedReleases::RecordCanary(store::Transaction& transaction, const Canary& asked) {
  const auto record = TRY(internal::LoadEndpoint(transaction, asked.endpoint));
  TRY(CheckStart(record, asked.candidate));
  Canary canary = asked;
  canary.id = transaction.NewId();
  canary.champion = record.champion;
  canary.started_at = transaction.Now();
  TRY(internal::InsertCanary(transaction, canary));
  return Change{.record = TRY(internal::LoadEndpoint(transaction, asked.endpoint)), .ended = {}};
}

base::Result<Canary> RecordedReleases::EndCanary(const std::string& canary_id, Decision decision,
                                                 std::string_view reason, std::string_view actor) {
  const auto canary = TRY(GetCanary(canary_id));
  if (canary.state != CanaryState::kRunning) return internal::EndedAlready(canary);
  auto verdict = TRY(judge_.Measure(canary));
  verdict.decision = decision;
  verdict.reason = reason;
  return Finish(canary, std::move(verdict), actor);
}

/// The end of a canary by verdict: one transaction, then one change of routing.
base::Result<Canary> RecordedReleases::Finish(const Canary& canary, Verdict verdict, std::string_view actor) {
  const auto state = StateAfter(verdict.decision);
  const auto decision = std::string(DecisionName(verdict.decision));
  std::optional<Change> change;
  {
    const internal::Turns::Turn turn(turns_, canary.endpoint);
    change = TRY(deps_.database.Write([&](store::Transaction& transaction) {
      verdict.decided_at = transaction.Now();
      return RecordEnd(transaction, canary, state, verdict, verdict.reason, actor);
    }));
    judge_.End(*change->ended);
    if (const auto followed = Follow(change->record); !followed) {
      deps_.logger.Error("verdict_not_applied",
                         {{"endpoint", canary.endpoint.value()}, {"error", followed.error().message()}});
      const std::lock_guard lock(mutex_);
      behind_.insert(canary.endpoint);
    }
  }
  deps_.metrics
      .GetCounter("gyre_verdicts_total", "Canaries ended, by decision",
                  {{"endpoint", canary.endpoint.value()}, {"decision", decision}})
      .Add();
  Announce(change->ended);
  return *change->ended;
}

base::Result<Change> RecordedReleases::Abort(const Canary& canary, std::string_view reason, std::string_view actor) {
  auto change = TRY(deps_.database.Write([&](store::Transaction& transaction) {
    return RecordEnd(transaction, canary, CanaryState::kAborted, {}, reason, actor);
  }));
  judge_.End(canary);
  return change;
}

base::Result<Change> RecordedReleases::RecordEnd(store::Transaction& transaction, Canary canary, CanaryState state,
                                                 std::optional<Verdict> verdict, std::string_view reason,
                                                 std::string_view actor) {
  canary.state = state;
  canary.verdict = std::move(verdict);
  canary.reason = reason;
  canary.ended_at = transaction.Now();
  TRY(internal::WriteEnd(transaction, canary, actor));
  if (state == CanaryState::kPromoted) {
    TRY(internal::WritePromoted(transaction, canary.endpoint, canary.candidate));
    TRY(deps_.registry.SetAliasIn(transaction, canary.candidate.model, kAlias, canary.candidate.version, actor));
  }
  return Change{.record = TRY(internal::LoadEndpoint(transaction, canary.endpoint)), .ended = std::move(canary)};
}

base::Result<void> RecordedReleases::Delete(const serve::EndpointName& endpoint, std::string_view actor) {
  std::optional<Canary> aborted;
  base::Result<void> removed = base::Ok();
  {
    const internal::Turns::Turn turn(turns_, endpoint);
    TRY(deps_.database.Write([&](store::Transaction& transaction) -> base::Result<void> {
      const auto record = TRY(internal::LoadEndpoint(transaction, endpoint));
      if (record.canary) {
        aborted =
            TRY(RecordEnd(transaction, *record.canary, CanaryState::kAborted, {}, "the endpoint was deleted", actor))
                .ended;
      }
      TRY(internal::RemoveEndpoint(transaction, endpoint));
      return transaction.Audit({.actor = std::string(actor),
                                .action = "endpoint_deleted",
                                .object_type = "endpoint",
                                .object_id = endpoint.value(),
                                .details = {{"champion", record.champion.ToString()}}});
    }));
    if (aborted) judge_.End(*aborted);
    removed = deps_.target.Remove(endpoint);
    if (!removed && removed.error().code() == base::ErrorCode::kNotFound) removed = base::Ok();  // it never loaded
    const std::lock_guard lock(mutex_);
    applied_.erase(endpoint);
    behind_.erase(endpoint);
  }
  Announce(aborted);
  return removed;
}

void RecordedReleases::Announce(const std::optional<Canary>& ended) {
  if (!ended) return;
  deps_.logger.Info("canary_ended", {{"canary", ended->id},
                                     {"endpoint", ended->endpoint.value()},
                                     {"candidate", ended->candidate.ToString()},
                                     {"state", CanaryStateName(ended->state)},
                                     {"reason", ended->reason}});
  if (listener_ != nullptr) listener_->OnCanaryEnded(*ended);
}

base::Result<std::optional<Canary>> RecordedReleases::JudgeNow(const serve::EndpointName& endpoint) {
  const auto record = TRY(Get(endpoint));
  if (!record.canary) return std::optional<Canary>();
  return LookAt(*record.canary, true);
}

base::Result<std::optional<Canary>> RecordedReleases::LookAt(const Canary& canary, bool anyway) {
  auto verdict = TRY(judge_.Look(canary, anyway));
  if (!verdict) return std::optional(canary);
  auto ended = Finish(canary, std::move(*verdict), kJudge);
  if (ended) return std::optional(std::move(*ended));
  // Somebody else ended it meanwhile: that is the answer.
  if (ended.error().code() == base::ErrorCode::kFailedPrecondition) return std::optional(TRY(GetCanary(canary.id)));
  return ended.error();
}

void RecordedReleases::Start() {
  if (!thread_.joinable()) thread_ = std::thread([this] { Judge(); });
}

void RecordedReleases::Judge() {
  base::NameThread("canary-judge");
  std::chrono::microseconds pause = options_.tick;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      if (wake_.wait_for(lock, pause, [this] { return stopping_; })) return;
    }
    const auto begin = deps_.clock.Monotonic();
    LookAtAll();
    FollowAgain();
    // Reading labelled rows costs a core: it is left alone for three quarters of the time.
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(deps_.clock.Monotonic() - begin);
    pause = std::max<std::chrono::microseconds>(options_.tick, 3 * took);
  }
}

void RecordedReleases::LookAtAll() {
  for (const auto& canary : judge_.Running()) {
    const auto looked = LookAt(canary, false);
    if (looked) continue;
    deps_.logger.Error(
        "canary_not_judged",
        {{"canary", canary.id}, {"endpoint", canary.endpoint.value()}, {"error", looked.error().message()}});
  }
}

/// A verdict whose routing could not be applied must not leave a bad candidate with its share.
void RecordedReleases::FollowAgain() {
  std::set<serve::EndpointName> behind;
  {
    const std::lock_guard lock(mutex_);
    behind = behind_;
  }
  for (const auto& endpoint : behind) {
    const internal::Turns::Turn turn(turns_, endpoint);
    const auto record = Get(endpoint);
    if (record && Follow(*record)) deps_.logger.Info("verdict_applied", {{"endpoint", endpoint.value()}});
  }
}

void RecordedReleases::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace

base::Result<std::unique_ptr<Releases>> Releases::Open(const Options& options, const Deps& deps) {
  TRY(deps.database.Migrate(internal::kMigrations));
  return std::unique_ptr<Releases>(std::make_unique<RecordedReleases>(options, deps));
}

}  // namespace gyre::release
