#include "tracking/internal/model_rows.h"

#include <unordered_map>

#include "tracking/internal/artifact_uri.h"
#include "tracking/internal/checks.h"
#include "tracking/internal/experiment_rows.h"
#include "tracking/internal/metric_latest.h"
#include "tracking/internal/number_list.h"
#include "tracking/internal/run_name.h"

namespace gyre::tracking::internal {
namespace {

using Models = std::unordered_map<int64_t, LoggedModel>;

base::Error NotFound(const LoggedModelId& id) {
  return base::NotFound(fmt::format("Logged model with ID {} not found.", Quoted(id.value())), id.value());
}

base::Result<LoggedModel> FromRow(const store::Row& row) {
  LoggedModel model{.id = LoggedModelId(row.Text(1)),
                    .experiment = ExperimentId(std::to_string(row.Int(2))),
                    .name = row.String(3),
                    .model_type = row.String(4),
                    .artifact_uri = row.String(6),
                    .stage = row.IsNull(10) ? LifecycleStage::kActive : LifecycleStage::kDeleted,
                    .created_at = base::FromMicros(row.Int(8)),
                    .updated_at = base::FromMicros(row.Int(9))};
  if (!row.IsNull(5)) model.source_run = RunId(row.Text(5));
  model.status = TRY(ParseLoggedModelStatus(row.Text(7)));
  return model;
}

base::Result<void> LoadTexts(store::Reader& reader, std::span<const int64_t> numbers, std::string_view table,
                             Texts LoggedModel::* texts, Models& models) {
  return QueryIn(reader, fmt::format("SELECT model, key, value FROM {} WHERE model", table), "ORDER BY model, key",
                 numbers, [&](const store::Row& row) -> base::Result<void> {
                   (models.at(row.Int(0)).*texts).emplace(row.String(1), row.String(2));
                   return base::Ok();
                 });
}

base::Result<void> LoadMetrics(store::Reader& reader, std::span<const int64_t> numbers, Models& models) {
  return QueryIn(reader,
                 "SELECT model, key, dataset_name, dataset_digest, step, time, value, is_nan, run "
                 "FROM logged_model_metrics WHERE model",
                 "ORDER BY model, key, dataset_name, dataset_digest, step, time, value, is_nan, run", numbers,
                 [&](const store::Row& row) -> base::Result<void> {
                   models.at(row.Int(0))
                       .metrics.push_back({.key = row.String(1),
                                           .value = ReadValue(row, 6),
                                           .time = base::FromMicros(row.Int(5)),
                                           .step = row.Int(4),
                                           .run = RunId(row.Text(8)),
                                           .dataset_name = row.String(2),
                                           .dataset_digest = row.String(3)});
                   return base::Ok();
                 });
}

base::Result<void> InsertFields(store::Transaction& transaction, int64_t number, const LoggedModel& model) {
  const int64_t now = base::ToMicros(model.created_at);
  const auto source = model.source_run ? std::optional(model.source_run->value()) : std::nullopt;
  TRY(transaction.Execute(
      "INSERT INTO logged_models(number, id, experiment, name, model_type, source_run, artifact_uri, "
      "status, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
      number, model.id.value(), TRY(ExperimentNumber(model.experiment)), model.name, model.model_type, source,
      model.artifact_uri, LoggedModelStatusName(model.status), now, now));
  return base::Ok();
}

base::Result<void> StoreTags(store::Transaction& transaction, int64_t number, const Texts& tags) {
  for (const auto& [key, value] : tags) {
    TRY(
        transaction.Execute("INSERT INTO logged_model_tags(model, key, value) VALUES (?1, ?2, ?3) "
                            "ON CONFLICT(model, key) DO UPDATE SET value = excluded.value",
                            number, key, value));
  }
  return base::Ok();
}

base::Result<void> StoreParams(store::Transaction& transaction, const LoggedModelId& id, int64_t number,
                               const Texts& params) {
  for (const auto& [key, value] : params) {
    const auto added =
        TRY(transaction.Execute("INSERT INTO logged_model_params(model, key, value) VALUES (?1, ?2, ?3) "
                                "ON CONFLICT(model, key) DO NOTHING",
                                number, key, value));
    if (added != 0) continue;
    const auto before = TRY(transaction.QueryOne(
        "SELECT value FROM logged_model_params WHERE model = ?1 AND key = ?2",
        [](const store::Row& row) { return row.String(0); }, number, key));
    if (before == value) continue;
    return base::FailedPrecondition(
        fmt::format("Changing param values is not allowed. Param with key={} was already logged with value={} for "
                    "logged model '{}'; log it under another key.",
                    Quoted(key), Quoted(before.value_or("")), id.value()),
        key);
  }
  return base::Ok();
}

base::Result<void> Audit(store::Transaction& transaction, std::string_view actor, std::string_view action,
                         const LoggedModelId& id, base::Json details) {
  return transaction.Audit({.actor = std::string(actor),
                            .action = std::string(action),
                            .object_type = "logged_model",
                            .object_id = id.value(),
                            .details = std::move(details)});
}

}  // namespace

base::Result<int64_t> FindLoggedModel(store::Reader& reader, const LoggedModelId& id) {
  const auto found = TRY(reader.QueryOne(
      "SELECT number FROM logged_models WHERE id = ?1", [](const store::Row& row) { return row.Int(0); }, id.value()));
  if (!found) return NotFound(id);
  return *found;
}

base::Result<std::vector<LoggedModel>> LoadLoggedModels(store::Reader& reader, std::span<const int64_t> numbers) {
  Models models;
  TRY(QueryIn(reader,
              "SELECT number, id, experiment, name, model_type, source_run, artifact_uri, status, created_at, "
              "updated_at, deleted_at FROM logged_models WHERE number",
              "", numbers, [&](const store::Row& row) -> base::Result<void> {
                models.emplace(row.Int(0), TRY(FromRow(row)));
                return base::Ok();
              }));
  TRY(LoadTexts(reader, numbers, "logged_model_params", &LoggedModel::params, models));
  TRY(LoadTexts(reader, numbers, "logged_model_tags", &LoggedModel::tags, models));
  TRY(LoadMetrics(reader, numbers, models));
  std::vector<LoggedModel> ordered;
  for (const int64_t number : numbers) {
    const auto found = models.find(number);
    if (found != models.end()) ordered.push_back(std::move(found->second));
  }
  return ordered;
}

base::Result<LoggedModel> LoadLoggedModel(store::Reader& reader, const LoggedModelId& id) {
  const std::array<int64_t, 1> number = {TRY(FindLoggedModel(reader, id))};
  auto models = TRY(LoadLoggedModels(reader, number));
  if (models.empty()) return NotFound(id);
  return std::move(models.front());
}

base::Result<LoggedModel> InsertLoggedModel(store::Transaction& transaction, const NewLoggedModel& wanted,
                                            std::string_view actor) {
  const auto experiment = TRY(GetActiveExperiment(transaction, wanted.experiment));
  LoggedModel model{.id = wanted.id.empty() ? LoggedModelId("m-" + transaction.NewId()) : wanted.id,
                    .experiment = wanted.experiment,
                    .name = wanted.name.empty() ? MakeRunName(transaction.NewId()) : wanted.name,
                    .model_type = wanted.model_type,
                    .source_run = wanted.source_run,
                    .created_at = wanted.created_at.value_or(transaction.Now()),
                    .updated_at = wanted.created_at.value_or(transaction.Now()),
                    .params = wanted.params,
                    .tags = wanted.tags};
  model.artifact_uri = ModelArtifactUri(experiment.artifact_location, model.id.value());
  const auto number =
      TRY(transaction.QueryOne("SELECT COALESCE(MAX(number), 0) + 1 FROM logged_models", [](const store::Row& row) {
        return row.Int(0);
      })).value_or(1);
  TRY(InsertFields(transaction, number, model));
  TRY(StoreParams(transaction, model.id, number, model.params));
  TRY(StoreTags(transaction, number, model.tags));
  TRY(Audit(transaction, actor, "logged_model_created", model.id,
            {{"experiment", model.experiment.value()}, {"name", model.name}}));
  return model;
}

base::Result<void> FinishModel(store::Transaction& transaction, const LoggedModelId& id, LoggedModelStatus status,
                               std::string_view actor) {
  TRY(transaction.Execute("UPDATE logged_models SET status = ?2, updated_at = ?3 WHERE number = ?1",
                          TRY(FindLoggedModel(transaction, id)), LoggedModelStatusName(status),
                          base::ToMicros(transaction.Now())));
  return Audit(transaction, actor, "logged_model_finished", id, {{"status", LoggedModelStatusName(status)}});
}

base::Result<void> RemoveModel(store::Transaction& transaction, const LoggedModelId& id, std::string_view actor) {
  const int64_t number = TRY(FindLoggedModel(transaction, id));
  const auto removed = TRY(transaction.Execute(
      "UPDATE logged_models SET deleted_at = ?2, updated_at = ?2 WHERE number = ?1 AND deleted_at IS NULL", number,
      base::ToMicros(transaction.Now())));
  if (removed == 0) return base::Ok();
  return Audit(transaction, actor, "logged_model_deleted", id, base::Json::object());
}

base::Result<void> WriteModelTags(store::Transaction& transaction, const LoggedModelId& id, const Texts& tags) {
  return StoreTags(transaction, TRY(FindLoggedModel(transaction, id)), tags);
}

base::Result<void> RemoveModelTag(store::Transaction& transaction, const LoggedModelId& id, std::string_view key) {
  const auto removed = TRY(transaction.Execute("DELETE FROM logged_model_tags WHERE model = ?1 AND key = ?2",
                                               TRY(FindLoggedModel(transaction, id)), key));
  if (removed != 0) return base::Ok();
  return base::NotFound(fmt::format("No tag with key {} found for model with ID '{}'.", Quoted(key), id.value()),
                        std::string(key));
}

base::Result<void> WriteModelParams(store::Transaction& transaction, const LoggedModelId& id, const Texts& params) {
  return StoreParams(transaction, id, TRY(FindLoggedModel(transaction, id)), params);
}

base::Result<void> WriteModelMetrics(store::Transaction& transaction, const RunId& run,
                                     std::span<const MetricPoint> points) {
  std::map<std::string_view, int64_t> numbers;
  for (const auto& point : points) {
    if (point.model.empty()) continue;
    auto known = numbers.find(point.model.value());
    if (known == numbers.end()) {
      known = numbers.emplace(point.model.value(), TRY(FindLoggedModel(transaction, point.model))).first;
    }
    const StoredValue stored(point.value);
    TRY(
        transaction.Execute("INSERT INTO logged_model_metrics(model, key, dataset_name, dataset_digest, step, time, "
                            "value, is_nan, run) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING",
                            known->second, point.key, point.dataset_name, point.dataset_digest, point.step,
                            base::ToMicros(point.time), stored.value, stored.is_nan, run.value()));
  }
  return base::Ok();
}

}  // namespace gyre::tracking::internal
