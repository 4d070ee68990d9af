#include "transfer/importer.h"

#include <array>

#include "base/text.h"
#include "transfer/internal/fields.h"
#include "transfer/internal/place.h"
#include "transfer/wire_form.h"

namespace gyre::transfer {
namespace {

constexpr std::array<store::Migration, 1> kMigrations = {{{"transfer", 1,
                                                           "CREATE TABLE transfer_marks (kind TEXT NOT NULL, id TEXT "
                                                           "NOT NULL, fingerprint TEXT NOT NULL, counts TEXT NOT NULL, "
                                                           "PRIMARY KEY (kind, id));"}}};

base::Result<std::map<std::string, int64_t>> CountsFrom(std::string_view text) {
  std::map<std::string, int64_t> counts;
  const auto json = TRY(base::ParseJson(text, "the counts of a mark"));
  const internal::Fields fields(json, "the counts of a mark");
  for (const auto& [key, value] : json.items()) counts[key] = TRY(fields.Int(key));
  return counts;
}

base::Result<base::Timestamp> TimeOf(int64_t millis, std::string_view what) {
  return base::FromMicros(TRY(MicrosOf(millis, what)));
}

/// What artifacts of this location become here: empty for this server's own store.
std::string LocationHere(const std::string& location) {
  return internal::KindOfPlace(location) == internal::PlaceKind::kRemote ? location : std::string();
}

/// In pieces that one batch may have.
template <class Items, class Log>
base::Result<void> InBatches(const Items& items, size_t most, const Log& log) {
  for (size_t i = 0; i < items.size(); i += most) {
    const auto end = items.begin() + static_cast<std::ptrdiff_t>(std::min(i + most, items.size()));
    TRY(log(std::vector(items.begin() + static_cast<std::ptrdiff_t>(i), end)));
  }
  return base::Ok();
}

std::vector<std::pair<std::string, std::string>> PairsOf(const Texts& texts) {
  return {texts.begin(), texts.end()};
}

/// MLflow lets the name and its tag differ; the name counts.
Texts TagsOf(const Run& run) {
  auto tags = run.tags;
  if (!run.name.empty()) tags.erase(std::string(tracking::kRunNameTag));
  return tags;
}

tracking::RunInputs InputsOf(const Run& run) {
  tracking::RunInputs inputs;
  for (const auto& input : run.datasets) {
    inputs.datasets.push_back({.dataset = {.name = input.name,
                                           .digest = input.digest,
                                           .source_type = input.source_type,
                                           .source = input.source,
                                           .schema = input.schema,
                                           .profile = input.profile},
                               .tags = input.tags});
  }
  for (const auto& id : run.model_inputs) inputs.models.emplace_back(id);
  return inputs;
}

}  // namespace

base::Result<std::unique_ptr<Importer>> Importer::Open(store::Database& database, tracking::Tracker& tracker,
                                                       registry::Registry& registry) {
  TRY(database.Migrate(kMigrations));
  return std::unique_ptr<Importer>(new Importer(database, tracker, registry));
}

base::Result<bool> Importer::IsThere(std::string_view kind, const std::string& id) {
  const auto found = [](const auto& result) -> base::Result<bool> {
    if (result) return true;
    if (result.error().code() == base::ErrorCode::kNotFound) return false;
    return result.error();
  };
  if (kind == "run") return found(tracker_.GetRun(tracking::RunId(id)));
  if (kind == "model_version") return found(registry_.Get(TRY(registry::VersionRef::Parse(id))));
  return true;  // a logged model that is deleted is not told from one that is gone
}

base::Result<std::vector<Mark>> Importer::Known(std::string_view kind,
                                                const std::vector<std::pair<std::string, std::string>>& fingerprints) {
  std::vector<Mark> marks;
  for (const auto& [id, fingerprint] : fingerprints) {
    const auto counts = TRY(database_.Read([&](store::Reader& reader) {
      return reader.QueryOne(
          "SELECT counts FROM transfer_marks WHERE kind = ?1 AND id = ?2 AND fingerprint = ?3",
          [](const store::Row& row) { return row.String(0); }, kind, id, fingerprint);
    }));
    if (!counts || !TRY(IsThere(kind, id))) continue;
    Mark mark{.kind = std::string(kind), .id = id, .fingerprint = fingerprint, .counts = {}};
    mark.counts = TRY(CountsFrom(*counts));
    marks.push_back(std::move(mark));
  }
  return marks;
}

base::Result<void> Importer::PutMark(const Mark& mark) {
  return database_.RunWrite([&](store::Transaction& transaction) -> base::Result<void> {
    TRY(transaction.Execute(
        "INSERT INTO transfer_marks(kind, id, fingerprint, counts) VALUES (?1, ?2, ?3, ?4) "
        "ON CONFLICT(kind, id) DO UPDATE SET fingerprint = excluded.fingerprint, counts = excluded.counts",
        mark.kind, mark.id, mark.fingerprint, base::DumpJson(mark.counts)));
    return base::Ok();
  });
}

base::Result<tracking::Experiment> Importer::PutExperiment(const Experiment& experiment, std::string_view actor) {
  auto found = TRY(tracker_.FindExperiment(experiment.name));
  if (!found) {
    std::optional<base::Timestamp> created;
    if (experiment.created_ms != 0) created = TRY(TimeOf(experiment.created_ms, "the experiment"));
    return tracker_.CreateExperiment(experiment.name, LocationHere(experiment.artifact_location), experiment.tags,
                                     actor, created);
  }
  if (found->stage == tracking::LifecycleStage::kDeleted) TRY(tracker_.RestoreExperiment(found->id, actor));
  for (const auto& [key, value] : experiment.tags) {
    const auto tag = found->tags.find(key);
    if (tag == found->tags.end() || tag->second != value) {
      TRY(tracker_.SetExperimentTag(found->id, key, value, actor));
    }
  }
  return tracker_.GetExperiment(found->id);
}

base::Result<void> Importer::FinishExperiment(const tracking::ExperimentId& id, const Experiment& experiment,
                                              std::string_view actor) {
  if (experiment.stage != "deleted") return base::Ok();
  return tracker_.DeleteExperiment(id, actor);
}

base::Result<tracking::Run> Importer::PutRun(const Run& run, std::string_view actor) {
  const tracking::RunId id(run.id);
  auto found = tracker_.GetRun(id);
  if (!found && found.error().code() != base::ErrorCode::kNotFound) return found;
  if (!found) {
    tracking::NewRun made{.id = id,
                          .experiment = tracking::ExperimentId(run.experiment_id),
                          .name = run.name,
                          .user = run.user,
                          .started_at = {},
                          .tags = TagsOf(run),
                          .params = run.params};
    made.started_at = TRY(TimeOf(run.start_ms.value_or(0), "the run"));
    TRY(tracker_.CreateRun(made, actor));
  } else if (found->experiment.value() != run.experiment_id) {
    return base::AlreadyExists(
        fmt::format("the run {} is here already, in experiment {}", run.id, found->experiment.value()), run.id);
  } else {
    TRY(tracker_.RestoreRun(id, actor));
    TRY(CompleteRun(run));
  }
  const auto inputs = InputsOf(run);
  if (!inputs.datasets.empty() || !inputs.models.empty()) TRY(tracker_.LogInputs(id, inputs));
  std::vector<tracking::ModelOutput> outputs;
  for (const auto& output : run.outputs) {
    outputs.push_back({.model = tracking::LoggedModelId(output.model_id), .step = output.step});
  }
  if (!outputs.empty()) TRY(tracker_.LogOutputs(id, outputs));
  return tracker_.GetRun(id);
}

/// Params and tags of a run that was put before, perhaps when it had fewer.
base::Result<void> Importer::CompleteRun(const Run& run) {
  const tracking::RunId id(run.id);
  TRY(InBatches(PairsOf(run.params), tracking::Limits::kBatchParams, [&](auto params) {
    return tracker_.Log(id, {.metrics = {}, .params = std::move(params), .tags = {}});
  }));
  return InBatches(PairsOf(TagsOf(run)), tracking::Limits::kBatchTags,
                   [&](auto tags) { return tracker_.Log(id, {.metrics = {}, .params = {}, .tags = std::move(tags)}); });
}

base::Result<void> Importer::PutPoints(std::string_view run_id, std::span<const Point> points) {
  const tracking::RunId id(run_id);
  return InBatches(points, tracking::Limits::kBatchMetrics, [&](const std::vector<Point>& some) -> base::Result<void> {
    tracking::LogBatch batch;
    for (const auto& point : some) {
      const auto time = TRY(TimeOf(point.time_ms, "a metric point"));
      batch.metrics.push_back({.key = point.key, .value = point.value, .time = time, .step = point.step});
    }
    return tracker_.Log(id, batch);
  });
}

base::Result<void> Importer::FinishRun(const Run& run, std::string_view actor) {
  const tracking::RunId id(run.id);
  tracking::RunUpdate update{.status = TRY(tracking::ParseRunStatus(run.status)), .ended_at = {}, .name = {}};
  if (run.end_ms) update.ended_at = TRY(TimeOf(*run.end_ms, "the run"));
  if (!run.name.empty()) update.name = run.name;
  TRY(tracker_.UpdateRun(id, update, actor));
  return run.stage == "deleted" ? tracker_.DeleteRun(id, actor) : base::Ok();
}

base::Result<tracking::LoggedModel> Importer::PutLoggedModel(const LoggedModel& model, std::string_view actor) {
  const tracking::LoggedModelId id(model.id);
  auto found = tracker_.GetLoggedModel(id);
  if (!found && found.error().code() == base::ErrorCode::kNotFound) {
    tracking::NewLoggedModel made{.id = id,
                                  .experiment = tracking::ExperimentId(model.experiment_id),
                                  .name = model.name,
                                  .model_type = model.model_type,
                                  .source_run = {},
                                  .created_at = {},
                                  .params = model.params,
                                  .tags = model.tags};
    if (!model.source_run_id.empty()) made.source_run = tracking::RunId(model.source_run_id);
    made.created_at = TRY(TimeOf(model.created_ms, "the logged model"));
    found = tracker_.CreateLoggedModel(made, actor);
    const bool was_there = !found && found.error().code() == base::ErrorCode::kAlreadyExists;
    if (was_there && model.stage == "deleted") return DeletedModel(model);
  } else if (found) {
    TRY(tracker_.LogLoggedModelParams(id, model.params));
    TRY(tracker_.SetLoggedModelTags(id, model.tags));
  }
  if (!found) return found;
  TRY(PutModelPoints(model, actor));
  return tracker_.GetLoggedModel(id);
}

/// One that an import before this one deleted, but was cut off before it could say so. The tracker does not show it.
base::Result<tracking::LoggedModel> Importer::DeletedModel(const LoggedModel& model) {
  const auto experiment = TRY(tracker_.GetExperiment(tracking::ExperimentId(model.experiment_id)));
  tracking::LoggedModel made;
  made.id = tracking::LoggedModelId(model.id);
  made.experiment = experiment.id;
  made.artifact_uri = fmt::format("{}/models/{}/artifacts", experiment.artifact_location, model.id);
  made.stage = tracking::LifecycleStage::kDeleted;
  return made;
}

base::Result<void> Importer::PutModelPoints(const LoggedModel& model, std::string_view actor) {
  std::map<std::string, std::vector<Point>> by_run;
  for (const auto& point : model.metrics) by_run[point.run_id].push_back(point);
  for (const auto& [run, points] : by_run) {
    const tracking::RunId id(run);
    const auto found = TRY(tracker_.GetRun(id));
    const bool deleted = found.stage == tracking::LifecycleStage::kDeleted;
    if (deleted) TRY(tracker_.RestoreRun(id, actor));
    const auto logged =
        InBatches(points, tracking::Limits::kBatchMetrics, [&](const std::vector<Point>& some) -> base::Result<void> {
          tracking::LogBatch batch;
          for (const auto& point : some) {
            const auto time = TRY(TimeOf(point.time_ms, "a metric point"));
            batch.metrics.push_back({.key = point.key,
                                     .value = point.value,
                                     .time = time,
                                     .step = point.step,
                                     .model = tracking::LoggedModelId(model.id),
                                     .dataset_name = point.dataset_name,
                                     .dataset_digest = point.dataset_digest});
          }
          return tracker_.Log(id, batch);
        });
    if (deleted) TRY(tracker_.DeleteRun(id, actor));
    TRY(logged);
  }
  return base::Ok();
}

base::Result<void> Importer::FinishLoggedModel(const LoggedModel& model, std::string_view actor) {
  const tracking::LoggedModelId id(model.id);
  const auto found = tracker_.GetLoggedModel(id);
  if (!found && found.error().code() == base::ErrorCode::kNotFound && model.stage == "deleted") return base::Ok();
  const auto status = TRY(tracking::ParseLoggedModelStatus(model.status));
  if (status != tracking::LoggedModelStatus::kPending) TRY(tracker_.FinishLoggedModel(id, status, actor));
  return model.stage == "deleted" ? tracker_.DeleteLoggedModel(id, actor) : base::Ok();
}

base::Result<void> Importer::PutRegisteredModel(const RegisteredModel& model, std::string_view actor) {
  const registry::ModelName name(model.name);
  auto found = registry_.GetModel(name);
  if (!found && found.error().code() != base::ErrorCode::kNotFound) return found.error();
  if (!found) {
    TRY(registry_.CreateModel(name, model.tags, model.description, actor));
    return base::Ok();
  }
  if (found->description != model.description) TRY(registry_.DescribeModel(name, model.description, actor));
  for (const auto& [key, value] : model.tags) {
    const auto tag = found->tags.find(key);
    if (tag == found->tags.end() || tag->second != value) TRY(registry_.SetModelTag(name, key, value, actor));
  }
  return base::Ok();
}

base::Result<std::string> Importer::PlaceHere(const std::string& source) {
  if (internal::KindOfPlace(source) == internal::PlaceKind::kRemote) return source;
  constexpr std::string_view kFolder = "/artifacts";
  for (size_t at = source.find(kFolder); at != std::string::npos; at = source.find(kFolder, at + 1)) {
    const auto rest = source.substr(at + kFolder.size());
    if (!rest.empty() && rest.front() != '/') continue;
    const auto start = source.rfind('/', at - 1);
    const auto owner = source.substr(start == std::string::npos ? 0 : start + 1, at - (start + 1));
    const auto run = tracker_.GetRun(tracking::RunId(owner));
    if (run) return run->artifact_uri + rest;
    const auto model = tracker_.GetLoggedModel(tracking::LoggedModelId(owner));
    if (model) return model->artifact_uri + rest;
  }
  return source;
}

namespace {

/// Not every server says it beside a source of the form "models:/m-...".
std::string LoggedModelOf(const ModelVersion& version) {
  constexpr std::string_view kModels = "models:/";
  if (!version.model_id.empty() || !version.source.starts_with("models:/m-")) return version.model_id;
  auto id = version.source.substr(kModels.size());
  return id.find('/') == std::string::npos ? id : std::string();
}

}  // namespace

base::Result<registry::ModelVersion> Importer::MakeVersion(const ModelVersion& version, std::string_view actor) {
  auto source = TRY(PlaceHere(version.source));
  registry::VersionSpec spec{.actor = std::string(actor),
                             .source = std::move(source),
                             .run_id = {},
                             .model_id = {},
                             .run_link = version.run_link,
                             .description = version.description,
                             .tags = version.tags,
                             .number = version.number,
                             .created_at = {}};
  spec.created_at = TRY(TimeOf(version.created_ms, "the version"));
  if (!version.run_id.empty()) spec.run_id = version.run_id;
  if (auto model = LoggedModelOf(version); !model.empty()) spec.model_id = std::move(model);
  return registry_.CreateVersion(registry::ModelName(version.model), spec);
}

base::Result<void> Importer::PutVersion(const ModelVersion& version, std::string_view actor) {
  const registry::VersionRef ref{.model = registry::ModelName(version.model), .version = version.number};
  auto found = registry_.Get(ref);
  if (!found && found.error().code() == base::ErrorCode::kNotFound) {
    found = MakeVersion(version, actor);
  } else if (found) {
    if (found->run_id != version.run_id && !version.run_id.empty()) {
      return base::AlreadyExists(
          fmt::format("there is a version {} here already, of run '{}'", ref.ToString(), found->run_id),
          ref.ToString());
    }
    if (found->description != version.description) TRY(registry_.DescribeVersion(ref, version.description, actor));
    for (const auto& [key, value] : version.tags) {
      const auto tag = found->tags.find(key);
      if (tag == found->tags.end() || tag->second != value) TRY(registry_.SetTag(ref, key, value, actor));
    }
  }
  if (!found) return found.error();
  if (found->stage != version.stage) TRY(registry_.TransitionStage(ref, version.stage, false, actor));
  return base::Ok();
}

base::Result<void> Importer::FinishRegisteredModel(const RegisteredModel& model, std::string_view actor) {
  const registry::ModelName name(model.name);
  const auto found = TRY(registry_.GetModel(name));
  for (const auto& [alias, version] : model.aliases) {
    const auto there = found.aliases.find(alias);
    if (there == found.aliases.end() || there->second != version) {
      TRY(registry_.SetAlias(name, alias, version, actor));
    }
  }
  return base::Ok();
}

}  // namespace gyre::transfer
