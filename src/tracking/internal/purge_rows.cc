#include "tracking/internal/purge_rows.h"

#include "tracking/internal/experiment_rows.h"
#include "tracking/internal/model_rows.h"
#include "tracking/internal/run_rows.h"

namespace gyre::tracking::internal {
namespace {

/// Rows of one table in one transaction.
constexpr int64_t kRowsAtOnce = 500;

struct Kind {
  PurgeKind kind;
  std::string_view sql;    ///< id, location, deletion time of it and of its experiment; ends at its WHERE
  std::string_view order;  ///< and how old ones come first
};

constexpr Kind kRuns = {PurgeKind::kRun,
                        "SELECT x.id, x.artifact_uri, x.deleted_at, e.deleted_at FROM runs x "
                        "JOIN experiments e ON e.number = x.experiment WHERE ",
                        " ORDER BY x.number"};
constexpr Kind kModels = {PurgeKind::kLoggedModel,
                          "SELECT x.id, x.artifact_uri, x.deleted_at, e.deleted_at FROM logged_models x "
                          "JOIN experiments e ON e.number = x.experiment WHERE ",
                          " ORDER BY x.number"};
constexpr Kind kExperiments = {PurgeKind::kExperiment,
                               "SELECT e.number, e.artifact_location, e.deleted_at, e.deleted_at FROM experiments e "
                               "WHERE ",
                               " ORDER BY e.number"};

base::Error NotDeleted(std::string_view what, std::string_view id) {
  return base::FailedPrecondition(
      fmt::format("the {} {} is not deleted; delete it before it is removed for good", what, id), std::string(id));
}

template <class... Args>
base::Result<void> Collect(store::Reader& reader, const Kind& kind, std::string_view where, std::vector<Purged>& found,
                           const Args&... args) {
  return reader.Query(
      fmt::format("{}{}{}", kind.sql, where, kind.order),
      [&](const store::Row& row) -> base::Result<void> {
        const int64_t deleted_at = row.IsNull(2) ? row.Int(3) : row.Int(2);
        found.push_back({.kind = kind.kind,
                         .id = row.String(0),
                         .artifact_uri = row.String(1),
                         .deleted_at = base::FromMicros(deleted_at)});
        return base::Ok();
      },
      args...);
}

/// The one thing of `id`, which `what` names, if it is deleted.
template <class Id>
base::Result<Purged> FindOne(store::Reader& reader, const Kind& kind, std::string_view what, std::string_view column,
                             const Id& id) {
  std::vector<Purged> found;
  TRY(Collect(reader, kind,
              fmt::format("{} = ?1 AND COALESCE({}, e.deleted_at) IS NOT NULL", column,
                          kind.kind == PurgeKind::kExperiment ? "e.deleted_at" : "x.deleted_at"),
              found, id));
  if (found.empty()) return NotDeleted(what, fmt::format("{}", id));
  return std::move(found.front());
}

base::Result<Purged> FindRunToPurge(store::Reader& reader, const RunId& id) {
  TRY(FindRun(reader, id));
  return FindOne(reader, kRuns, "run", "x.id", id.value());
}
base::Result<Purged> FindModelToPurge(store::Reader& reader, const LoggedModelId& id) {
  TRY(FindLoggedModel(reader, id));
  return FindOne(reader, kModels, "logged model", "x.id", id.value());
}
base::Result<Purged> FindExperimentToPurge(store::Reader& reader, const ExperimentId& id) {
  TRY(GetExperimentById(reader, id));
  return FindOne(reader, kExperiments, "experiment", "e.number", TRY(ExperimentNumber(id)));
}

base::Result<std::vector<Purged>> LoadNamed(store::Reader& reader, const PurgeScope& scope) {
  std::vector<Purged> found;
  for (const auto& id : scope.runs) found.push_back(TRY(FindRunToPurge(reader, id)));
  for (const auto& id : scope.models) found.push_back(TRY(FindModelToPurge(reader, id)));
  for (const auto& id : scope.experiments) {
    auto experiment = TRY(FindExperimentToPurge(reader, id));
    const int64_t number = TRY(ExperimentNumber(id));
    TRY(Collect(reader, kRuns, "x.experiment = ?1", found, number));
    TRY(Collect(reader, kModels, "x.experiment = ?1", found, number));
    found.push_back(std::move(experiment));
  }
  return found;
}

base::Result<void> Audit(store::Transaction& transaction, std::string_view actor, std::string_view type,
                         const Purged& purged) {
  return transaction.Audit({.actor = std::string(actor),
                            .action = fmt::format("{}_purged", type),
                            .object_type = std::string(type),
                            .object_id = purged.id,
                            .details = {{"artifact_uri", purged.artifact_uri}}});
}

base::Result<void> DeleteOf(store::Transaction& transaction, std::string_view table, std::string_view column,
                            int64_t number) {
  TRY(transaction.Execute(fmt::format("DELETE FROM {} WHERE {} = ?1", table, column), number));
  return base::Ok();
}

/// Up to kRowsAtOnce rows of a run by their key; false if there were none.
base::Result<bool> SweepChunks(store::Transaction& transaction, int64_t run) {
  const auto last = TRY(transaction.QueryOne(
      "SELECT series, first FROM (SELECT series, first FROM run_metric_chunks WHERE run = ?1 "
      "ORDER BY series, first LIMIT ?2) AS some ORDER BY series DESC, first DESC LIMIT 1",
      [](const store::Row& row) { return std::pair(row.Int(0), std::string(row.Bytes(1))); }, run, kRowsAtOnce));
  if (!last) return false;
  TRY(transaction.Execute("DELETE FROM run_metric_chunks WHERE run = ?1 AND (series, first) <= (?2, ?3)", run,
                          last->first, store::BlobView{last->second}));
  return true;
}

base::Result<bool> SweepMetrics(store::Transaction& transaction, int64_t run) {
  const auto last = TRY(transaction.QueryOne(
      "SELECT key FROM (SELECT key FROM run_metrics WHERE run = ?1 ORDER BY key LIMIT ?2) AS some "
      "ORDER BY key DESC LIMIT 1",
      [](const store::Row& row) { return row.String(0); }, run, kRowsAtOnce));
  if (!last) return false;
  TRY(transaction.Execute("DELETE FROM run_metrics WHERE run = ?1 AND key <= ?2", run, *last));
  return true;
}

}  // namespace

base::Result<std::vector<Purged>> LoadPurgeable(store::Reader& reader, const PurgeScope& scope) {
  if (scope.NamesAny()) return LoadNamed(reader, scope);
  if (!scope.deleted_before) {
    return base::InvalidArgument("name what to remove, or the time before which it was deleted", "deleted_before");
  }
  const int64_t before = base::ToMicros(*scope.deleted_before);
  std::vector<Purged> found;
  TRY(Collect(reader, kRuns, "x.deleted_at <= ?1 OR e.deleted_at <= ?1", found, before));
  TRY(Collect(reader, kModels, "x.deleted_at <= ?1 OR e.deleted_at <= ?1", found, before));
  TRY(Collect(reader, kExperiments, "e.deleted_at <= ?1", found, before));
  return found;
}

base::Result<Purged> RemoveRun(store::Transaction& transaction, const RunId& id, std::string_view actor) {
  auto purged = TRY(FindRunToPurge(transaction, id));
  const int64_t run = TRY(FindRun(transaction, id));
  for (const auto* table : {"run_dataset_tags", "run_datasets", "run_model_inputs", "run_model_outputs", "run_tags",
                            "run_params", "run_metric_journal"}) {
    TRY(DeleteOf(transaction, table, "run", run));
  }
  TRY(DeleteOf(transaction, "runs", "number", run));
  TRY(transaction.Execute("INSERT INTO purged_runs(run) VALUES (?1)", run));
  TRY(Audit(transaction, actor, "run", purged));
  return purged;
}

base::Result<Purged> RemoveLoggedModel(store::Transaction& transaction, const LoggedModelId& id,
                                       std::string_view actor) {
  auto purged = TRY(FindModelToPurge(transaction, id));
  const int64_t model = TRY(FindLoggedModel(transaction, id));
  for (const auto* table : {"logged_model_metrics", "logged_model_tags", "logged_model_params"}) {
    TRY(DeleteOf(transaction, table, "model", model));
  }
  TRY(DeleteOf(transaction, "logged_models", "number", model));
  TRY(Audit(transaction, actor, "logged_model", purged));
  return purged;
}

base::Result<Purged> RemoveExperiment(store::Transaction& transaction, const ExperimentId& id, std::string_view actor) {
  auto purged = TRY(FindExperimentToPurge(transaction, id));
  const int64_t number = TRY(ExperimentNumber(id));
  TRY(DeleteOf(transaction, "logged_datasets", "experiment", number));
  TRY(DeleteOf(transaction, "experiment_tags", "experiment", number));
  TRY(DeleteOf(transaction, "experiments", "number", number));
  TRY(transaction.Execute("INSERT INTO purged_experiments(number) VALUES (?1)", number));
  TRY(Audit(transaction, actor, "experiment", purged));
  return purged;
}

base::Result<ExperimentContent> SomeContent(store::Reader& reader, const ExperimentId& id) {
  TRY(FindExperimentToPurge(reader, id));
  const int64_t number = TRY(ExperimentNumber(id));
  ExperimentContent content;
  TRY(reader.Query(
      "SELECT id FROM runs WHERE experiment = ?1 LIMIT ?2",
      [&](const store::Row& row) -> base::Result<void> {
        content.runs.emplace_back(row.Text(0));
        return base::Ok();
      },
      number, kRowsAtOnce));
  TRY(reader.Query(
      "SELECT id FROM logged_models WHERE experiment = ?1 LIMIT ?2",
      [&](const store::Row& row) -> base::Result<void> {
        content.models.emplace_back(row.Text(0));
        return base::Ok();
      },
      number, kRowsAtOnce));
  return content;
}

base::Result<bool> SweepSome(store::Transaction& transaction) {
  const auto run = TRY(transaction.QueryOne("SELECT run FROM purged_runs ORDER BY run LIMIT 1",
                                            [](const store::Row& row) { return row.Int(0); }));
  if (!run) return false;
  if (TRY(SweepChunks(transaction, *run)) || TRY(SweepMetrics(transaction, *run))) return true;
  TRY(DeleteOf(transaction, "run_metric_journal", "run", *run));
  TRY(DeleteOf(transaction, "purged_runs", "run", *run));
  return true;
}

}  // namespace gyre::tracking::internal
