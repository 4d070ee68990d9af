#include "tracking/internal/experiment_rows.h"

#include "base/text.h"
#include "tracking/internal/artifact_uri.h"
#include "tracking/internal/checks.h"

namespace gyre::tracking::internal {
namespace {

constexpr std::string_view kColumns =
    "SELECT number, name, created_at, updated_at, deleted_at, artifact_location FROM experiments ";

Experiment FromRow(const store::Row& row) {
  return {.id = ExperimentId(std::to_string(row.Int(0))),
          .name = row.String(1),
          .artifact_location = row.String(5),
          .stage = row.IsNull(4) ? LifecycleStage::kActive : LifecycleStage::kDeleted,
          .created_at = base::FromMicros(row.Int(2)),
          .updated_at = base::FromMicros(row.Int(3)),
          .tags = {}};
}

base::Result<void> LoadTags(store::Reader& reader, Experiment& experiment) {
  return reader.Query(
      "SELECT key, value FROM experiment_tags WHERE experiment = ?1",
      [&](const store::Row& row) -> base::Result<void> {
        experiment.tags.emplace(row.String(0), row.String(1));
        return base::Ok();
      },
      TRY(ExperimentNumber(experiment.id)));
}

base::Error NotFound(const ExperimentId& id) {
  return base::NotFound(fmt::format("No Experiment with id={} exists; list the experiments to see which there are",
                                    Shortened(id.value())),
                        id.value());
}

base::Error Taken(const Experiment& experiment) {
  return base::AlreadyExists(
      fmt::format("Experiment(name={}) already exists{}; choose another name", Quoted(experiment.name),
                  experiment.stage == LifecycleStage::kDeleted ? " in deleted state; restore it, or" : "; use it, or"),
      experiment.name);
}

struct NewRow {
  int64_t number = 0;
  std::string_view name;
  std::string artifact_location;
  std::optional<base::Timestamp> created_at = {};
};

base::Result<Experiment> Insert(store::Transaction& transaction, const NewRow& row,
                                const std::map<std::string, std::string>& tags, std::string_view actor) {
  const auto now = row.created_at.value_or(transaction.Now());
  const int64_t micros = base::ToMicros(now);
  TRY(
      transaction.Execute("INSERT INTO experiments(number, name, created_at, updated_at, artifact_location) "
                          "VALUES (?1, ?2, ?3, ?4, ?5)",
                          row.number, row.name, micros, micros, row.artifact_location));
  for (const auto& [key, value] : tags) {
    TRY(transaction.Execute("INSERT INTO experiment_tags(experiment, key, value) VALUES (?1, ?2, ?3)", row.number, key,
                            value));
  }
  TRY(transaction.Audit(
      {.actor = std::string(actor),
       .action = "experiment_created",
       .object_type = "experiment",
       .object_id = std::to_string(row.number),
       .details = {{"name", row.name}, {"artifact_location", row.artifact_location}, {"tags", tags}}}));
  return Experiment{.id = ExperimentId(std::to_string(row.number)),
                    .name = std::string(row.name),
                    .artifact_location = row.artifact_location,
                    .stage = LifecycleStage::kActive,
                    .created_at = now,
                    .updated_at = now,
                    .tags = tags};
}

base::Result<void> Audit(store::Transaction& transaction, std::string_view actor, std::string_view action,
                         const ExperimentId& id, base::Json details) {
  return transaction.Audit({.actor = std::string(actor),
                            .action = std::string(action),
                            .object_type = "experiment",
                            .object_id = id.value(),
                            .details = std::move(details)});
}

}  // namespace

base::Result<int64_t> ExperimentNumber(const ExperimentId& id) {
  const auto number = base::ParseInt(id.value());
  if (!number || *number < 0 || std::to_string(*number) != id.value()) return NotFound(id);
  return *number;
}

base::Result<std::optional<Experiment>> FindExperimentByNumber(store::Reader& reader, int64_t number) {
  auto found = TRY(reader.QueryOne(fmt::format("{}WHERE number = ?1", kColumns), FromRow, number));
  if (found) TRY(LoadTags(reader, *found));
  return found;
}

base::Result<std::optional<Experiment>> FindExperimentByName(store::Reader& reader, std::string_view name) {
  auto found = TRY(reader.QueryOne(fmt::format("{}WHERE name = ?1", kColumns), FromRow, name));
  if (found) TRY(LoadTags(reader, *found));
  return found;
}

base::Result<std::vector<Experiment>> ActiveExperiments(store::Reader& reader) {
  std::vector<Experiment> experiments;
  TRY(reader.Query(fmt::format("{}WHERE deleted_at IS NULL ORDER BY number", kColumns),
                   [&](const store::Row& row) -> base::Result<void> {
                     experiments.push_back(FromRow(row));
                     return base::Ok();
                   }));
  for (auto& experiment : experiments) TRY(LoadTags(reader, experiment));
  return experiments;
}

base::Result<Experiment> GetExperimentById(store::Reader& reader, const ExperimentId& id) {
  auto found = TRY(FindExperimentByNumber(reader, TRY(ExperimentNumber(id))));
  if (!found) return NotFound(id);
  return std::move(*found);
}

base::Result<Experiment> GetActiveExperiment(store::Reader& reader, const ExperimentId& id) {
  auto experiment = TRY(GetExperimentById(reader, id));
  if (experiment.stage == LifecycleStage::kActive) return experiment;
  return base::FailedPrecondition(
      fmt::format("The experiment {} must be in the 'active' state. Current state is deleted; restore it first.",
                  id.value()),
      id.value());
}

base::Result<Experiment> InsertExperiment(store::Transaction& transaction, const NewExperiment& experiment,
                                          std::string_view actor) {
  const auto taken = TRY(FindExperimentByName(transaction, experiment.name));
  if (taken) return Taken(*taken);
  const auto next = TRY(transaction.QueryOne(
      "SELECT COALESCE(MAX(number), 0) + 1 FROM (SELECT MAX(number) AS number FROM experiments UNION ALL "
      "SELECT MAX(number) AS number FROM purged_experiments) AS numbers",
      [](const store::Row& row) { return row.Int(0); }));
  const int64_t number = next.value_or(1);
  std::string location = experiment.artifact_location.empty()
                             ? AppendToUri(experiment.artifact_root, std::to_string(number))
                             : std::string(experiment.artifact_location);
  return Insert(transaction,
                {.number = number,
                 .name = experiment.name,
                 .artifact_location = std::move(location),
                 .created_at = experiment.created_at},
                experiment.tags, actor);
}

base::Result<void> EnsureDefaultExperiment(store::Transaction& transaction, std::string_view artifact_root) {
  const auto exists =
      TRY(transaction.QueryOne("SELECT number FROM experiments WHERE number = 0 UNION ALL SELECT number FROM "
                               "purged_experiments WHERE number = 0",
                               [](const store::Row&) { return true; }));
  if (exists) return base::Ok();
  TRY(Insert(transaction,
             {.number = 0, .name = kDefaultExperimentName, .artifact_location = AppendToUri(artifact_root, "0")}, {},
             "system"));
  return base::Ok();
}

base::Result<void> RenameExperiment(store::Transaction& transaction, const ExperimentId& id, std::string_view name,
                                    std::string_view actor) {
  const auto experiment = TRY(GetExperimentById(transaction, id));
  if (experiment.stage != LifecycleStage::kActive) {
    return base::FailedPrecondition("Cannot rename a non-active experiment; restore it first", id.value());
  }
  const auto taken = TRY(FindExperimentByName(transaction, name));
  if (taken && taken->id != id) return Taken(*taken);
  TRY(transaction.Execute("UPDATE experiments SET name = ?2, updated_at = ?3 WHERE number = ?1",
                          TRY(ExperimentNumber(id)), name, base::ToMicros(transaction.Now())));
  return Audit(transaction, actor, "experiment_renamed", id, {{"from", experiment.name}, {"to", name}});
}

base::Result<void> MoveExperiment(store::Transaction& transaction, const ExperimentId& id, LifecycleStage stage,
                                  std::string_view actor) {
  const auto experiment = TRY(GetExperimentById(transaction, id));
  if (experiment.stage == stage) {
    return base::NotFound(fmt::format("No Experiment with id={} exists that is not {} already; nothing is to do",
                                      id.value(), LifecycleStageName(stage)),
                          id.value());
  }
  const bool deletes = stage == LifecycleStage::kDeleted;
  const int64_t now = base::ToMicros(transaction.Now());
  const auto deleted_at = deletes ? std::optional(now) : std::nullopt;
  const int64_t number = TRY(ExperimentNumber(id));
  TRY(transaction.Execute("UPDATE experiments SET deleted_at = ?2, updated_at = ?3 WHERE number = ?1", number,
                          deleted_at, now));
  TRY(transaction.Execute("UPDATE runs SET deleted_at = ?2 WHERE experiment = ?1", number, deleted_at));
  return Audit(transaction, actor, deletes ? "experiment_deleted" : "experiment_restored", id,
               {{"name", experiment.name}});
}

base::Result<void> PutExperimentTag(store::Transaction& transaction, const ExperimentId& id, std::string_view key,
                                    std::string_view value, std::string_view actor) {
  TRY(GetActiveExperiment(transaction, id));
  TRY(
      transaction.Execute("INSERT INTO experiment_tags(experiment, key, value) VALUES (?1, ?2, ?3) "
                          "ON CONFLICT(experiment, key) DO UPDATE SET value = excluded.value",
                          TRY(ExperimentNumber(id)), key, value));
  return Audit(transaction, actor, "experiment_tag_set", id, {{"key", key}, {"value", value}});
}

base::Result<void> RemoveExperimentTag(store::Transaction& transaction, const ExperimentId& id, std::string_view key,
                                       std::string_view actor) {
  TRY(GetActiveExperiment(transaction, id));
  const auto removed = TRY(transaction.Execute("DELETE FROM experiment_tags WHERE experiment = ?1 AND key = ?2",
                                               TRY(ExperimentNumber(id)), key));
  if (removed == 0) {
    return base::NotFound(fmt::format("No tag with name: {} in experiment with id {}", key, id.value()),
                          std::string(key));
  }
  return Audit(transaction, actor, "experiment_tag_deleted", id, {{"key", key}});
}

}  // namespace gyre::tracking::internal
