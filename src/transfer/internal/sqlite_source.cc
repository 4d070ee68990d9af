#include <cmath>
#include <map>
#include <memory>
#include <set>

#include "base/text.h"
#include "store/foreign_database.h"
#include "transfer/internal/place.h"
#include "transfer/source.h"

namespace gyre::transfer {
namespace {

using store::Row;

constexpr int64_t kRunsAtOnce = 200;

/// The columns of one table in a list for SELECT; those that this file's version of MLflow did not have yet are NULL.
class Columns {
 public:
  static base::Result<Columns> Of(store::ForeignDatabase& file, std::string table) {
    Columns made;
    const auto names = TRY(file.Columns(table));
    made.names_ = std::make_shared<const std::set<std::string>>(names.begin(), names.end());
    made.table_ = std::move(table);
    return made;
  }
  bool exists() const { return !names_->empty(); }
  /// "SELECT a, NULL FROM table".
  std::string Select(const std::vector<std::string>& wanted) const {
    std::string sql = "SELECT ";
    for (const auto& name : wanted) {
      if (&name != &wanted.front()) sql += ", ";
      sql += names_->contains(name) ? name : "NULL";
    }
    return sql + " FROM " + table_;
  }

 private:
  std::string table_;
  std::shared_ptr<const std::set<std::string>> names_;
};

std::string StatusOfLoggedModel(int64_t number) {
  switch (number) {
    case 2:
      return "LOGGED_MODEL_READY";
    case 3:
      return "LOGGED_MODEL_UPLOAD_FAILED";
    default:
      return "LOGGED_MODEL_PENDING";
  }
}

/// "models:/m-123" -> "m-123".
std::string ModelIdOf(std::string_view source) {
  constexpr std::string_view kPrefix = "models:/";
  if (!source.starts_with(std::string(kPrefix) + "m-")) return {};
  source.remove_prefix(kPrefix.size());
  return source.find('/') == std::string_view::npos ? std::string(source) : std::string();
}

class SqliteSource final : public Source {
 public:
  SqliteSource(std::filesystem::path path, internal::LocalRoots roots, std::unique_ptr<store::ForeignDatabase> file,
               Report& report)
      : path_(std::move(path)), roots_(std::move(roots)), file_(std::move(file)), report_(report) {}

  base::Result<void> Check();

  std::string Name() const override { return fmt::format("SQLite file {}", path_.string()); }
  base::Result<std::optional<int64_t>> CountRuns() override {
    return file_->QueryOne("SELECT COUNT(*) FROM runs", [](const Row& row) { return row.Int(0); });
  }
  base::Result<void> Experiments(const On<Experiment>& on_experiment) override;
  base::Result<void> Runs(const Experiment& experiment, const On<Run>& on_run) override;
  base::Result<void> Points(const Run& run, const On<std::span<const Point>>& on_points) override;
  base::Result<void> LoggedModels(const Experiment& experiment, const On<LoggedModel>& on_model) override;
  base::Result<void> RegisteredModels(const On<RegisteredModel>& on_model) override;
  base::Result<void> Versions(const RegisteredModel& model, const On<ModelVersion>& on_version) override;
  base::Result<void> Artifacts(const ArtifactOwner& owner, const On<ArtifactFile>& on_file) override {
    const auto place = TRY(internal::FindPlace(owner, roots_));
    return internal::WalkFiles(place, "artifact", report_, [&](const std::string& path, uint64_t size) {
      ArtifactFile file{.path = path, .size = size};
      return on_file(file);
    });
  }
  base::Result<std::filesystem::path> Fetch(const ArtifactOwner& owner, const ArtifactFile& file,
                                            const std::filesystem::path&) override {
    return TRY(internal::FindPlace(owner, roots_)) / file.path;
  }

 private:
  base::Result<Columns> Of(const char* table) {
    auto known = tables_.find(table);
    if (known == tables_.end()) known = tables_.emplace(table, TRY(Columns::Of(*file_, table))).first;
    return known->second;
  }
  /// Key and value of the rows of `table` that belong to a run, a model, ...
  base::Result<Texts> Pairs(const char* table, const std::string& key, const std::string& value,
                            const std::string& condition, std::string_view of);
  base::Result<std::vector<Run>> RunPage(const Experiment& experiment, const std::string& after);
  base::Result<void> FillRun(Run& run);
  base::Result<void> FillInputs(Run& run);
  base::Result<void> FillModel(LoggedModel& model);
  base::Result<void> NoteTraces();

  std::filesystem::path path_;
  internal::LocalRoots roots_;
  std::unique_ptr<store::ForeignDatabase> file_;
  std::map<std::string, Columns> tables_;
  Report& report_;
};

base::Result<void> SqliteSource::Check() {
  for (const char* table : {"experiments", "runs", "metrics", "params", "tags"}) {
    if (TRY(Of(table)).exists()) continue;
    return base::InvalidArgument(
        fmt::format("{} is no file of MLflow: it has no table '{}'; give the file that the server's "
                    "--backend-store-uri names",
                    path_.string(), table),
        path_.string());
  }
  return base::Ok();
}

base::Result<Texts> SqliteSource::Pairs(const char* table, const std::string& key, const std::string& value,
                                        const std::string& condition, std::string_view of) {
  Texts pairs;
  const auto columns = TRY(Of(table));
  if (!columns.exists()) return pairs;
  TRY(file_->Query(
      columns.Select({key, value}) + " WHERE " + condition,
      [&](const Row& row) -> base::Result<void> {
        pairs[row.String(0)] = row.String(1);
        return base::Ok();
      },
      of));
  return pairs;
}

/// Traces are counted as lost: they are there, and are not moved.
base::Result<void> SqliteSource::NoteTraces() {
  if (!TRY(Of("trace_info")).exists()) return base::Ok();
  const auto count = TRY(file_->QueryOne("SELECT COUNT(*) FROM trace_info", [](const Row& row) { return row.Int(0); }));
  if (count.value_or(0) > 0) report_.Lose("traces", "", fmt::format("{} traces are not moved", *count));
  return base::Ok();
}

base::Result<void> SqliteSource::Experiments(const On<Experiment>& on_experiment) {
  TRY(NoteTraces());
  const auto columns = TRY(Of("experiments"));
  std::vector<Experiment> experiments;
  TRY(file_->Query(columns.Select({"experiment_id", "name", "artifact_location", "lifecycle_stage", "creation_time",
                                   "last_update_time"}) +
                       " ORDER BY experiment_id",
                   [&](const Row& row) -> base::Result<void> {
                     experiments.push_back({.id = row.String(0),
                                            .name = row.String(1),
                                            .artifact_location = row.String(2),
                                            .stage = row.IsNull(3) ? "active" : row.String(3),
                                            .created_ms = row.Int(4),
                                            .updated_ms = row.Int(5),
                                            .tags = {}});
                     return base::Ok();
                   }));
  for (auto& experiment : experiments) {
    experiment.tags = TRY(Pairs("experiment_tags", "key", "value", "experiment_id = ?1", experiment.id));
    TRY(on_experiment(experiment));
  }
  return base::Ok();
}

base::Result<std::vector<Run>> SqliteSource::RunPage(const Experiment& experiment, const std::string& after) {
  const auto columns = TRY(Of("runs"));
  std::vector<Run> runs;
  TRY(file_->Query(
      columns.Select(
          {"run_uuid", "name", "user_id", "status", "start_time", "end_time", "lifecycle_stage", "artifact_uri"}) +
          " WHERE experiment_id = ?1 AND run_uuid > ?2 ORDER BY run_uuid LIMIT ?3",
      [&](const Row& row) -> base::Result<void> {
        Run run;
        run.id = row.String(0);
        run.experiment_id = experiment.id;
        run.name = row.String(1);
        run.user = row.String(2);
        if (!row.IsNull(3)) run.status = row.String(3);
        run.start_ms = row.OptionalInt(4);
        run.end_ms = row.OptionalInt(5);
        if (!row.IsNull(6)) run.stage = row.String(6);
        run.artifact_uri = row.String(7);
        runs.push_back(std::move(run));
        return base::Ok();
      },
      experiment.id, after, kRunsAtOnce));
  return runs;
}

base::Result<void> SqliteSource::Runs(const Experiment& experiment, const On<Run>& on_run) {
  std::string after;
  while (true) {
    auto runs = TRY(RunPage(experiment, after));
    if (runs.empty()) return base::Ok();
    after = runs.back().id;
    for (auto& run : runs) {
      TRY(FillRun(run));
      TRY(on_run(run));
    }
  }
}

base::Result<void> SqliteSource::FillRun(Run& run) {
  run.params = TRY(Pairs("params", "key", "value", "run_uuid = ?1", run.id));
  run.tags = TRY(Pairs("tags", "key", "value", "run_uuid = ?1", run.id));
  const auto columns = TRY(Of("latest_metrics"));
  if (columns.exists()) {
    TRY(file_->Query(
        columns.Select({"key", "value", "timestamp", "step", "is_nan"}) + " WHERE run_uuid = ?1 ORDER BY key",
        [&](const Row& row) -> base::Result<void> {
          run.latest.push_back({.key = row.String(0),
                                .value = row.Bool(4) ? std::nan("") : row.Real(1),
                                .time_ms = row.Int(2),
                                .step = row.Int(3)});
          return base::Ok();
        },
        run.id));
  }
  return FillInputs(run);
}

base::Result<void> SqliteSource::FillInputs(Run& run) {
  const auto columns = TRY(Of("inputs"));
  if (!columns.exists()) return base::Ok();
  std::vector<std::pair<std::string, std::string>> datasets;
  TRY(file_->Query(
      columns.Select({"input_uuid", "source_type", "source_id", "destination_type", "destination_id", "step"}) +
          " WHERE (destination_type = 'RUN' AND destination_id = ?1) OR "
          "(source_type IN ('RUN_INPUT', 'RUN_OUTPUT') AND source_id = ?1)",
      [&](const Row& row) -> base::Result<void> {
        if (row.Text(1) == "DATASET") datasets.emplace_back(row.String(0), row.String(2));
        if (row.Text(3) == "MODEL_INPUT") run.model_inputs.push_back(row.String(4));
        if (row.Text(3) == "MODEL_OUTPUT") {
          run.outputs.push_back({.model_id = row.String(4), .step = row.Int(5)});
        }
        return base::Ok();
      },
      run.id));
  for (const auto& [input, dataset] : datasets) {
    const auto found = TRY(file_->QueryOne(
        "SELECT name, digest, dataset_source_type, dataset_source, dataset_schema, dataset_profile FROM datasets "
        "WHERE dataset_uuid = ?1",
        [](const Row& row) {
          return DatasetInput{.name = row.String(0),
                              .digest = row.String(1),
                              .source_type = row.String(2),
                              .source = row.String(3),
                              .schema = row.OptionalString(4),
                              .profile = row.OptionalString(5)};
        },
        dataset));
    if (!found) {
      report_.Lose("input", run.id, fmt::format("names a dataset {} that the file does not have", dataset));
      continue;
    }
    run.datasets.push_back(*found);
    for (auto& [key, value] : TRY(Pairs("input_tags", "name", "value", "input_uuid = ?1", input))) {
      run.datasets.back().tags.emplace_back(key, value);
    }
  }
  return base::Ok();
}

base::Result<void> SqliteSource::Points(const Run& run, const On<std::span<const Point>>& on_points) {
  const auto columns = TRY(Of("metrics"));
  std::vector<Point> points;
  const auto flush = [&]() -> base::Result<void> {
    std::span<const Point> some(points);
    if (!points.empty()) TRY(on_points(some));
    points.clear();
    return base::Ok();
  };
  TRY(file_->Query(
      columns.Select({"key", "value", "timestamp", "step", "is_nan"}) + " WHERE run_uuid = ?1",
      [&](const Row& row) -> base::Result<void> {
        points.push_back({.key = row.String(0),
                          .value = row.Bool(4) ? std::nan("") : row.Real(1),
                          .time_ms = row.Int(2),
                          .step = row.Int(3)});
        return points.size() < kPointsAtOnce ? base::Ok() : flush();
      },
      run.id));
  return flush();
}

base::Result<void> SqliteSource::LoggedModels(const Experiment& experiment, const On<LoggedModel>& on_model) {
  const auto columns = TRY(Of("logged_models"));
  if (!columns.exists()) return base::Ok();
  std::vector<LoggedModel> models;
  TRY(file_->Query(
      columns.Select({"model_id", "name", "model_type", "source_run_id", "artifact_location", "status",
                      "lifecycle_stage", "creation_timestamp_ms", "last_updated_timestamp_ms"}) +
          " WHERE experiment_id = ?1 ORDER BY creation_timestamp_ms, model_id",
      [&](const Row& row) -> base::Result<void> {
        LoggedModel model;
        model.id = row.String(0);
        model.experiment_id = experiment.id;
        model.name = row.String(1);
        model.model_type = row.String(2);
        model.source_run_id = row.String(3);
        model.artifact_uri = row.String(4);
        model.status = StatusOfLoggedModel(row.Int(5));
        if (!row.IsNull(6)) model.stage = row.String(6);
        model.created_ms = row.Int(7);
        model.updated_ms = row.Int(8);
        models.push_back(std::move(model));
        return base::Ok();
      },
      experiment.id));
  for (auto& model : models) {
    TRY(FillModel(model));
    TRY(on_model(model));
  }
  return base::Ok();
}

base::Result<void> SqliteSource::FillModel(LoggedModel& model) {
  model.params = TRY(Pairs("logged_model_params", "param_key", "param_value", "model_id = ?1", model.id));
  model.tags = TRY(Pairs("logged_model_tags", "tag_key", "tag_value", "model_id = ?1", model.id));
  const auto columns = TRY(Of("logged_model_metrics"));
  if (!columns.exists()) return base::Ok();
  return file_->Query(
      columns.Select({"metric_name", "metric_value", "metric_timestamp_ms", "metric_step", "run_id", "dataset_name",
                      "dataset_digest"}) +
          " WHERE model_id = ?1",
      [&](const Row& row) -> base::Result<void> {
        model.metrics.push_back({.key = row.String(0),
                                 .value = row.IsNull(1) ? std::nan("") : row.Real(1),
                                 .time_ms = row.Int(2),
                                 .step = row.Int(3),
                                 .run_id = row.String(4),
                                 .dataset_name = row.String(5),
                                 .dataset_digest = row.String(6)});
        return base::Ok();
      },
      model.id);
}

base::Result<void> SqliteSource::RegisteredModels(const On<RegisteredModel>& on_model) {
  const auto columns = TRY(Of("registered_models"));
  if (!columns.exists()) return base::Ok();
  std::vector<RegisteredModel> models;
  TRY(file_->Query(columns.Select({"name", "description", "creation_time", "last_updated_time"}) + " ORDER BY name",
                   [&](const Row& row) -> base::Result<void> {
                     models.push_back({.name = row.String(0),
                                       .description = row.String(1),
                                       .created_ms = row.Int(2),
                                       .updated_ms = row.Int(3),
                                       .tags = {},
                                       .aliases = {}});
                     return base::Ok();
                   }));
  for (auto& model : models) {
    model.tags = TRY(Pairs("registered_model_tags", "key", "value", "name = ?1", model.name));
    for (const auto& [alias, version] :
         TRY(Pairs("registered_model_aliases", "alias", "version", "name = ?1", model.name))) {
      model.aliases[alias] = base::ParseInt(version).value_or(0);
    }
    TRY(on_model(model));
  }
  return base::Ok();
}

base::Result<void> SqliteSource::Versions(const RegisteredModel& model, const On<ModelVersion>& on_version) {
  const auto columns = TRY(Of("model_versions"));
  std::vector<ModelVersion> versions;
  TRY(file_->Query(
      columns.Select({"version", "description", "source", "run_id", "run_link", "current_stage", "status",
                      "creation_time", "last_updated_time"}) +
          " WHERE name = ?1 AND COALESCE(current_stage, '') <> 'Deleted_Internal' ORDER BY version",
      [&](const Row& row) -> base::Result<void> {
        ModelVersion version;
        version.model = model.name;
        version.number = row.Int(0);
        version.description = row.String(1);
        version.source = row.String(2);
        version.run_id = row.String(3);
        version.run_link = row.String(4);
        if (!row.IsNull(5)) version.stage = row.String(5);
        if (!row.IsNull(6)) version.status = row.String(6);
        version.created_ms = row.Int(7);
        version.updated_ms = row.Int(8);
        version.model_id = ModelIdOf(version.source);
        versions.push_back(std::move(version));
        return base::Ok();
      },
      model.name));
  for (auto& version : versions) {
    const auto condition = fmt::format("name = ?1 AND version = {}", version.number);
    version.tags = TRY(Pairs("model_version_tags", "key", "value", condition, model.name));
    TRY(on_version(version));
  }
  return base::Ok();
}

}  // namespace

base::Result<std::unique_ptr<Source>> OpenSqliteSource(const std::filesystem::path& file,
                                                       const std::filesystem::path& artifacts, Report& report) {
  std::error_code error;
  const auto path = std::filesystem::absolute(file, error);
  auto source = std::make_unique<SqliteSource>(path, internal::LocalRoots{path.parent_path(), artifacts},
                                               TRY(store::ForeignDatabase::Open(path)), report);
  TRY(source->Check());
  return source;
}

}  // namespace gyre::transfer
