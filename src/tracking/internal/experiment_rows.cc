#include "tracking/internal/experiment_rows.h"

#include "base/text.h"
#include "tracking/internal/checks.h"

namespace gyre::tracking::internal {
namespace {

constexpr std::string_view kColumns = "SELECT number, name, created_at, updated_at, deleted_at FROM experiments ";

Experiment FromRow(const store::Row& row) {
  return {.id = ExperimentId(std::to_string(row.Int(0))),
          .name = row.String(1),
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
  return base::NotFound(
      fmt::format("experiment with id {} not found; list the experiments to see which there are", Quoted(id.value())),
      id.value());
}

base::Result<Experiment> Insert(store::Transaction& transaction, int64_t number, std::string_view name,
                                const std::map<std::string, std::string>& tags, std::string_view actor) {
  const auto now = transaction.Now();
  const int64_t micros = base::ToMicros(now);
  TRY(transaction.Execute("INSERT INTO experiments(number, name, created_at, updated_at) VALUES (?1, ?2, ?3, ?4)",
                          number, name, micros, micros));
  for (const auto& [key, value] : tags) {
    TRY(transaction.Execute("INSERT INTO experiment_tags(experiment, key, value) VALUES (?1, ?2, ?3)", number, key,
                            value));
  }
  TRY(transaction.Audit({.actor = std::string(actor),
                         .action = "experiment_created",
                         .object_type = "experiment",
                         .object_id = std::to_string(number),
                         .details = {{"name", name}, {"tags", tags}}}));
  return Experiment{.id = ExperimentId(std::to_string(number)),
                    .name = std::string(name),
                    .stage = LifecycleStage::kActive,
                    .created_at = now,
                    .updated_at = now,
                    .tags = tags};
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
      fmt::format("the experiment {} ({}) is deleted and must be in the 'active' state; restore it first", id.value(),
                  Quoted(experiment.name)),
      id.value());
}

base::Result<Experiment> InsertExperiment(store::Transaction& transaction, std::string_view name,
                                          const std::map<std::string, std::string>& tags, std::string_view actor) {
  const auto taken = TRY(FindExperimentByName(transaction, name));
  if (taken) {
    return base::AlreadyExists(
        fmt::format("experiment {} already exists{}; choose another name", Quoted(name),
                    taken->stage == LifecycleStage::kDeleted ? " in deleted state; restore it, or" : ", use it, or"),
        std::string(name));
  }
  const auto next = TRY(transaction.QueryOne("SELECT COALESCE(MAX(number), 0) + 1 FROM experiments",
                                             [](const store::Row& row) { return row.Int(0); }));
  return Insert(transaction, next.value_or(1), name, tags, actor);
}

base::Result<void> EnsureDefaultExperiment(store::Transaction& transaction) {
  if (TRY(FindExperimentByNumber(transaction, 0))) return base::Ok();
  TRY(Insert(transaction, 0, kDefaultExperimentName, {}, "system"));
  return base::Ok();
}

base::Result<void> MoveExperiment(store::Transaction& transaction, const ExperimentId& id, LifecycleStage stage,
                                  std::string_view actor) {
  const auto experiment = TRY(GetExperimentById(transaction, id));
  if (experiment.stage == stage) {
    return base::FailedPrecondition(
        fmt::format("the experiment {} is {} already; nothing is to do", id.value(), LifecycleStageName(stage)),
        id.value());
  }
  const bool deletes = stage == LifecycleStage::kDeleted;
  const int64_t now = base::ToMicros(transaction.Now());
  const auto deleted_at = deletes ? std::optional(now) : std::nullopt;
  const int64_t number = TRY(ExperimentNumber(id));
  TRY(transaction.Execute("UPDATE experiments SET deleted_at = ?2, updated_at = ?3 WHERE number = ?1", number,
                          deleted_at, now));
  TRY(transaction.Execute("UPDATE runs SET deleted_at = ?2 WHERE experiment = ?1", number, deleted_at));
  return transaction.Audit({.actor = std::string(actor),
                            .action = deletes ? "experiment_deleted" : "experiment_restored",
                            .object_type = "experiment",
                            .object_id = id.value(),
                            .details = {{"name", experiment.name}}});
}

}  // namespace gyre::tracking::internal
