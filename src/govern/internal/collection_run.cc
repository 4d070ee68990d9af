#include "govern/internal/collection_run.h"

#include "govern/internal/sweep.h"

namespace gyre::govern::internal {
namespace {

/// Where the stages lie between 0 and 1.
constexpr double kPurgeFrom = 0.05;
constexpr double kMarkFrom = 0.5;
constexpr double kSweepFrom = 0.6;

/// "run 1234": what a doom remembers.
std::string OwnerName(const tracking::Purged& thing) {
  return fmt::format("{} {}", KindName(thing.kind), thing.id);
}

base::Result<void> PurgeThing(tracking::Tracker& tracker, const tracking::Purged& thing, const std::string& actor) {
  switch (thing.kind) {
    case tracking::PurgeKind::kRun:
      TRY(tracker.PurgeRun(tracking::RunId(thing.id), actor));
      break;
    case tracking::PurgeKind::kLoggedModel:
      TRY(tracker.PurgeLoggedModel(tracking::LoggedModelId(thing.id), actor));
      break;
    case tracking::PurgeKind::kExperiment:
      TRY(tracker.PurgeExperiment(tracking::ExperimentId(thing.id), actor));
      break;
  }
  return base::Ok();
}

template <class T>
base::Result<bool> IsThere(const base::Result<T>& found) {
  if (!found && found.error().code() != base::ErrorCode::kNotFound) return found.error();
  return found.has_value();
}

/// Deleted runs and experiments, which can be restored, are still there; a deleted logged model never comes back.
base::Result<bool> Exists(tracking::Tracker& tracker, std::string_view owner) {
  const auto space = owner.find(' ');
  const auto kind = owner.substr(0, space);
  const auto id = owner.substr(space + 1);
  if (kind == KindName(tracking::PurgeKind::kRun)) return IsThere(tracker.GetRun(tracking::RunId(id)));
  if (kind == KindName(tracking::PurgeKind::kExperiment)) {
    return IsThere(tracker.GetExperiment(tracking::ExperimentId(id)));
  }
  return IsThere(tracker.GetLoggedModel(tracking::LoggedModelId(id)));
}

}  // namespace

CollectionRun::CollectionRun(const Collector::Deps& deps, const CollectRequest& request,
                             const base::Cancellation& cancel, std::function<void(const CollectReport&)> publish)
    : deps_(deps), request_(request), cancel_(cancel), publish_(std::move(publish)) {
  report_.state = CollectReport::State::kRunning;
  report_.dry_run = request.dry_run;
}

void CollectionRun::Tell(std::string_view stage, double progress) {
  report_.stage = stage;
  report_.progress = progress;
  publish_(report_);
}

void CollectionRun::Count(const Doomed& item) {
  switch (item.thing.kind) {
    case tracking::PurgeKind::kRun:
      ++report_.runs;
      break;
    case tracking::PurgeKind::kLoggedModel:
      ++report_.logged_models;
      break;
    case tracking::PurgeKind::kExperiment:
      ++report_.experiments;
      break;
  }
}

void CollectionRun::Add(const artifacts::Amount& amount) {
  report_.artifacts.files += amount.files;
  report_.artifacts.bytes += amount.bytes;
}

base::Result<void> CollectionRun::DropFolder(const std::string& folder) {
  Add(TRY(deps_.artifacts.Delete(folder, request_.actor)));
  return base::Ok();
}

/// The folder is doomed first, deleted last: whoever restores the thing meanwhile keeps all of it, and after a crash
/// the next collection knows what was left to do.
base::Result<void> CollectionRun::PurgeOne(const Doomed& item) {
  const auto& [thing, folder] = item;
  if (!folder.empty()) TRY(deps_.artifacts.Doom(folder, OwnerName(thing)));
  const auto purged = PurgeThing(deps_.tracker, thing, request_.actor);
  if (purged) {
    Count(item);
    return folder.empty() ? base::Ok() : DropFolder(folder);
  }
  if (!folder.empty()) TRY(deps_.artifacts.Spare(folder));
  const auto code = purged.error().code();
  if (code != base::ErrorCode::kFailedPrecondition && code != base::ErrorCode::kNotFound) return purged.error();
  report_.kept.push_back(
      {.kind = std::string(KindName(thing.kind)), .id = thing.id, .reason = "it was restored meanwhile"});
  return base::Ok();
}

/// What an earlier collection, killed on its way, left behind.
base::Result<void> CollectionRun::FinishOld() {
  for (const auto& doomed : TRY(deps_.artifacts.ListDoomed())) {
    if (TRY(Exists(deps_.tracker, doomed.owner))) {
      TRY(deps_.artifacts.Spare(doomed.path));
    } else {
      TRY(DropFolder(doomed.path));
    }
  }
  return base::Ok();
}

base::Result<void> CollectionRun::Purge(const PurgePlan& plan) {
  const auto count = static_cast<double>(plan.doomed.size());
  for (size_t i = 0; i < plan.doomed.size(); ++i) {
    TRY(cancel_.Check());
    const auto& item = plan.doomed[i];
    auto purged = PurgeOne(item);
    if (!purged) return purged.error().Within(OwnerName(item.thing));
    Tell("deleting runs and models", kPurgeFrom + (kMarkFrom - kPurgeFrom) * static_cast<double>(i + 1) / count);
  }
  return base::Ok();
}

base::Result<void> CollectionRun::CountOnly(const PurgePlan& plan) {
  for (const auto& item : plan.doomed) Count(item);
  for (const auto& folder : plan.Folders()) Add(TRY(deps_.artifacts.Measure(folder)));
  return base::Ok();
}

base::Result<void> CollectionRun::SweepBlobs(const PurgePlan& plan) {
  Tell("looking for blobs that are needed", kMarkFrom);
  // Begun before the view is taken: what comes into use from here on is spared.
  const auto collection = TRY(deps_.blobs.BeginCollection());
  const auto without = request_.dry_run ? plan.Folders() : std::vector<std::string>();
  const auto named = TRY(NamedBlobs::Find(deps_.database, without));
  SweepCounts counts;
  auto swept = Sweep(
      *collection, named, request_.dry_run, cancel_,
      [this](double part) { Tell("removing blobs", kSweepFrom + (1 - kSweepFrom) * part); }, counts);
  report_.blobs_stored = counts.stored;
  report_.blobs_removed = counts.removed;
  report_.blobs_spared = counts.spared;
  TRY(Record());
  return swept;
}

base::Result<void> CollectionRun::Record() {
  if (request_.dry_run || report_.blobs_removed.files == 0) return base::Ok();
  return deps_.database.Write([&](store::Transaction& transaction) {
    return transaction.Audit(
        {.actor = request_.actor,
         .action = "blobs_collected",
         .object_type = "blobs",
         .object_id = "",
         .details = {{"files", report_.blobs_removed.files}, {"bytes", report_.blobs_removed.bytes}}});
  });
}

base::Result<void> CollectionRun::Run() {
  Tell("looking for what is deleted", 0);
  if (!request_.dry_run) TRY(FinishOld());
  const auto plan = TRY(MakePurgePlan(deps_.database, deps_.tracker, request_, deps_.clock.Now()));
  report_.kept = plan.kept;
  TRY(request_.dry_run ? CountOnly(plan) : Purge(plan));
  return SweepBlobs(plan);
}

}  // namespace gyre::govern::internal
