#include "tracking/tracker.h"

#include "tracking/internal/checks.h"
#include "tracking/internal/experiment_rows.h"
#include "tracking/internal/metric_fold.h"
#include "tracking/internal/metric_folder.h"
#include "tracking/internal/purge_rows.h"
#include "tracking/internal/schema.h"

namespace gyre::tracking {
namespace {

/// Does `some` in transactions of its own until it says that nothing is left.
base::Result<void> Repeat(store::Database& database, base::Result<bool> (*some)(store::Transaction&)) {
  while (TRY(database.Write(some))) {
  }
  return base::Ok();
}

}  // namespace

Tracker::Tracker(store::Database& database, Options options)
    : database_(database),
      options_(std::move(options)),
      folder_(std::make_unique<internal::MetricFolder>(database, options_.fold_delay)) {}

Tracker::~Tracker() = default;

base::Result<std::unique_ptr<Tracker>> Tracker::Open(store::Database& database) {
  return Open(database, Options());
}

base::Result<std::unique_ptr<Tracker>> Tracker::Open(store::Database& database, const Options& options) {
  TRY(database.Migrate(internal::kMigrations));
  TRY(Repeat(database, internal::FoldSomeOldPoints));
  TRY(Repeat(database, internal::SweepSome));
  TRY(database.Write([&](store::Transaction& transaction) {
    return internal::EnsureDefaultExperiment(transaction, options.artifact_root);
  }));
  std::unique_ptr<Tracker> tracker(new Tracker(database, options));
  TRY(tracker->folder_->FoldAll());
  return tracker;
}

void Tracker::Stop() {
  folder_->Stop();
}

base::Result<Experiment> Tracker::CreateExperiment(std::string_view name, std::string_view artifact_location,
                                                   const Texts& tags, std::string_view actor,
                                                   std::optional<base::Timestamp> created_at) {
  TRY(internal::CheckExperimentName(name));
  TRY(internal::CheckArtifactLocation(artifact_location));
  for (const auto& [key, value] : tags) TRY(internal::CheckExperimentTag(key, value));
  return database_.Write([&](store::Transaction& transaction) {
    return internal::InsertExperiment(transaction,
                                      {.name = name,
                                       .artifact_location = artifact_location,
                                       .artifact_root = options_.artifact_root,
                                       .tags = tags,
                                       .created_at = created_at},
                                      actor);
  });
}

base::Result<Experiment> Tracker::GetExperiment(const ExperimentId& id) {
  return database_.Read([&](store::Reader& reader) { return internal::GetExperimentById(reader, id); });
}

base::Result<std::optional<Experiment>> Tracker::FindExperiment(std::string_view name) {
  return database_.Read([&](store::Reader& reader) { return internal::FindExperimentByName(reader, name); });
}

base::Result<Experiment> Tracker::EnsureExperiment(std::string_view name, std::string_view actor) {
  TRY(internal::CheckExperimentName(name));
  return database_.Write([&](store::Transaction& transaction) -> base::Result<Experiment> {
    const auto found = TRY(internal::FindExperimentByName(transaction, name));
    if (found) return internal::GetActiveExperiment(transaction, found->id);
    return internal::InsertExperiment(
        transaction, {.name = name, .artifact_location = {}, .artifact_root = options_.artifact_root, .tags = Texts()},
        actor);
  });
}

base::Result<std::vector<Experiment>> Tracker::ListExperiments() {
  return database_.Read([](store::Reader& reader) { return internal::ActiveExperiments(reader); });
}

base::Result<void> Tracker::RenameExperiment(const ExperimentId& id, std::string_view name, std::string_view actor) {
  TRY(internal::CheckExperimentName(name));
  return database_.RunWrite(
      [&](store::Transaction& transaction) { return internal::RenameExperiment(transaction, id, name, actor); });
}

base::Result<void> Tracker::DeleteExperiment(const ExperimentId& id, std::string_view actor) {
  return database_.RunWrite([&](store::Transaction& transaction) {
    return internal::MoveExperiment(transaction, id, LifecycleStage::kDeleted, actor);
  });
}

base::Result<void> Tracker::RestoreExperiment(const ExperimentId& id, std::string_view actor) {
  return database_.RunWrite([&](store::Transaction& transaction) {
    return internal::MoveExperiment(transaction, id, LifecycleStage::kActive, actor);
  });
}

base::Result<void> Tracker::SetExperimentTag(const ExperimentId& id, std::string_view key, std::string_view value,
                                             std::string_view actor) {
  TRY(internal::CheckExperimentTag(key, value));
  return database_.RunWrite(
      [&](store::Transaction& transaction) { return internal::PutExperimentTag(transaction, id, key, value, actor); });
}

base::Result<void> Tracker::DeleteExperimentTag(const ExperimentId& id, std::string_view key, std::string_view actor) {
  return database_.RunWrite(
      [&](store::Transaction& transaction) { return internal::RemoveExperimentTag(transaction, id, key, actor); });
}

base::Result<std::vector<Purged>> Tracker::FindPurgeable(const PurgeScope& scope) {
  return database_.Read([&](store::Reader& reader) { return internal::LoadPurgeable(reader, scope); });
}

base::Result<Purged> Tracker::PurgeRun(const RunId& id, std::string_view actor) {
  auto purged = TRY(
      database_.Write([&](store::Transaction& transaction) { return internal::RemoveRun(transaction, id, actor); }));
  TRY(Repeat(database_, internal::SweepSome));
  return purged;
}

base::Result<Purged> Tracker::PurgeLoggedModel(const LoggedModelId& id, std::string_view actor) {
  return database_.Write(
      [&](store::Transaction& transaction) { return internal::RemoveLoggedModel(transaction, id, actor); });
}

base::Result<Purged> Tracker::PurgeExperiment(const ExperimentId& id, std::string_view actor) {
  while (true) {
    const auto content = TRY(database_.Read([&](store::Reader& reader) { return internal::SomeContent(reader, id); }));
    for (const auto& run : content.runs) TRY(PurgeRun(run, actor));
    for (const auto& model : content.models) TRY(PurgeLoggedModel(model, actor));
    if (content.runs.empty() && content.models.empty()) break;
  }
  return database_.Write(
      [&](store::Transaction& transaction) { return internal::RemoveExperiment(transaction, id, actor); });
}

}  // namespace gyre::tracking
