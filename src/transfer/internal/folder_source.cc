#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "transfer/internal/fields.h"
#include "transfer/internal/key_files.h"
#include "transfer/internal/place.h"
#include "transfer/source.h"

namespace gyre::transfer {
namespace {

namespace fs = std::filesystem;
using base::Json;
using internal::Fields;
using internal::FolderNames;
using internal::ReadKeys;
using internal::ReadMeta;

constexpr std::array<std::string_view, 5> kNoRuns = {"tags", "datasets", "models", "traces", "assessments"};
constexpr const char* kVersionPrefix = "version-";

std::string StatusOfRun(const std::string& text) {
  constexpr std::array<const char*, 6> kNames = {"RUNNING", "RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"};
  const auto number = base::ParseInt(text);
  if (!number) return text.empty() ? "RUNNING" : text;
  return kNames[static_cast<size_t>(*number >= 0 && *number < 6 ? *number : 0)];
}

std::string StatusOfLoggedModel(const std::string& text) {
  constexpr std::array<const char*, 4> kNames = {"LOGGED_MODEL_PENDING", "LOGGED_MODEL_PENDING", "LOGGED_MODEL_READY",
                                                 "LOGGED_MODEL_UPLOAD_FAILED"};
  const auto number = base::ParseInt(text);
  if (!number) return "LOGGED_MODEL_" + (text.empty() ? "PENDING" : text);
  return kNames[static_cast<size_t>(*number >= 0 && *number < 4 ? *number : 0)];
}

/// Whether `a` comes after `b` in a history.
bool IsLater(const Point& a, const Point& b) {
  if (a.step != b.step) return a.step > b.step;
  if (a.time_ms != b.time_ms) return a.time_ms > b.time_ms;
  return a.value > b.value;
}

class FolderSource final : public Source {
 public:
  FolderSource(fs::path root, internal::LocalRoots roots, Report& report)
      : root_(std::move(root)), roots_(std::move(roots)), report_(report) {}

  std::string Name() const override { return fmt::format("mlruns folder {}", root_.string()); }
  base::Result<std::optional<int64_t>> CountRuns() override;
  base::Result<void> Experiments(const On<Experiment>& on_experiment) override;
  base::Result<void> Runs(const Experiment& experiment, const On<Run>& on_run) override;
  base::Result<void> Points(const Run& run, const On<std::span<const Point>>& on_points) override;
  base::Result<void> LoggedModels(const Experiment& experiment, const On<LoggedModel>& on_model) override;
  base::Result<void> RegisteredModels(const On<RegisteredModel>& on_model) override;
  base::Result<void> Versions(const RegisteredModel& model, const On<ModelVersion>& on_version) override;
  base::Result<void> Artifacts(const ArtifactOwner& owner, const On<ArtifactFile>& on_file) override {
    const auto place = TRY(FindPlace(owner));
    return internal::WalkFiles(place, "artifact", report_, [&](const std::string& path, uint64_t size) {
      ArtifactFile file{.path = path, .size = size};
      return on_file(file);
    });
  }
  base::Result<fs::path> Fetch(const ArtifactOwner& owner, const ArtifactFile& file, const fs::path&) override {
    return TRY(FindPlace(owner)) / file.path;
  }

 private:
  /// Deleted experiments lie in the trash.
  fs::path FolderOf(const std::string& experiment) const {
    std::error_code error;
    return fs::is_directory(root_ / experiment, error) ? root_ / experiment : root_ / ".trash" / experiment;
  }
  base::Result<fs::path> FindPlace(const ArtifactOwner& owner) const;
  base::Result<std::vector<std::string>> RunNames(const fs::path& experiment) const;
  base::Result<Experiment> ReadExperiment(const fs::path& folder);
  base::Result<Run> ReadRun(const fs::path& folder, const std::string& experiment);
  base::Result<void> ReadInputs(const fs::path& folder, const fs::path& datasets, Run& run);
  base::Result<LoggedModel> ReadLoggedModel(const fs::path& folder, const std::string& experiment);
  base::Result<RegisteredModel> ReadRegisteredModel(const fs::path& folder);
  base::Result<ModelVersion> ReadVersion(const fs::path& folder, const std::string& model);

  fs::path root_;
  internal::LocalRoots roots_;
  Report& report_;
};

base::Result<std::vector<std::string>> FolderSource::RunNames(const fs::path& experiment) const {
  auto names = TRY(FolderNames(experiment));
  std::erase_if(names, [](const std::string& name) { return std::ranges::find(kNoRuns, name) != kNoRuns.end(); });
  return names;
}

base::Result<std::optional<int64_t>> FolderSource::CountRuns() {
  int64_t count = 0;
  for (const auto& parent : {root_, root_ / ".trash"}) {
    for (const auto& name : TRY(FolderNames(parent))) {
      if (name == ".trash" || name == "models") continue;
      count += static_cast<int64_t>(TRY(RunNames(parent / name)).size());
    }
  }
  return count;
}

base::Result<fs::path> FolderSource::FindPlace(const ArtifactOwner& owner) const {
  auto found = internal::FindPlace(owner, roots_);
  if (found) return found;
  auto in_trash = roots_;
  in_trash.base = root_ / ".trash";
  auto deleted = internal::FindPlace(owner, in_trash);
  return deleted ? deleted : found;
}

base::Result<Experiment> FolderSource::ReadExperiment(const fs::path& folder) {
  const auto meta = TRY(ReadMeta(folder));
  const auto what = (folder / "meta.yaml").string();
  const Fields fields(meta, what);
  Experiment made;
  made.id = folder.filename().string();
  made.name = TRY(fields.Required("name"));
  made.artifact_location = TRY(fields.Text("artifact_location"));
  made.stage = TRY(fields.OptionalText("lifecycle_stage")).value_or("active");
  made.created_ms = TRY(fields.Int("creation_time"));
  made.updated_ms = TRY(fields.Int("last_update_time"));
  made.tags = TRY(ReadKeys(folder / "tags", "experiment_tag", report_));
  return made;
}

base::Result<void> FolderSource::Experiments(const On<Experiment>& on_experiment) {
  for (const auto& parent : {root_, root_ / ".trash"}) {
    for (const auto& name : TRY(FolderNames(parent))) {
      if (name == ".trash" || name == "models") continue;
      const auto traces = TRY(FolderNames(parent / name / "traces")).size();
      if (traces > 0) report_.Lose("traces", name, fmt::format("{} traces are not moved", traces));
      auto experiment = ReadExperiment(parent / name);
      if (experiment) {
        TRY(on_experiment(*experiment));
      } else {
        report_.Lose("experiment", (parent / name).string(), experiment.error());
      }
    }
  }
  return base::Ok();
}

base::Result<void> FolderSource::ReadInputs(const fs::path& folder, const fs::path& datasets, Run& run) {
  for (const auto& name : TRY(FolderNames(folder / "inputs"))) {
    const auto meta = TRY(ReadMeta(folder / "inputs" / name));
    const Fields input(meta, "an input");
    const auto source = TRY(input.Required("source_id"));
    if (TRY(input.Text("source_type")) == "MODEL") {
      run.model_inputs.push_back(source);
      continue;
    }
    if (!internal::IsRelative(source)) return base::InvalidArgument(fmt::format("names a dataset '{}'", source));
    const auto dataset = TRY(ReadMeta(datasets / source));
    const Fields fields(dataset, "a dataset");
    DatasetInput made;
    made.name = TRY(fields.Required("name"));
    made.digest = TRY(fields.Text("digest"));
    made.source_type = TRY(fields.Text("source_type"));
    made.source = TRY(fields.Text("source"));
    made.schema = TRY(fields.OptionalText("schema"));
    made.profile = TRY(fields.OptionalText("profile"));
    for (auto& [key, value] : TRY(input.Pairs("tags"))) made.tags.emplace_back(key, value);
    run.datasets.push_back(std::move(made));
  }
  for (const auto& name : TRY(FolderNames(folder / "outputs"))) {
    const auto meta = TRY(ReadMeta(folder / "outputs" / name));
    const Fields output(meta, "an output");
    auto id = TRY(output.Required("destination_id"));
    const auto step = TRY(output.Int("step"));
    run.outputs.push_back({.model_id = std::move(id), .step = step});
  }
  return base::Ok();
}

base::Result<Run> FolderSource::ReadRun(const fs::path& folder, const std::string& experiment) {
  const auto meta = TRY(ReadMeta(folder));
  const auto what = (folder / "meta.yaml").string();
  const Fields fields(meta, what);
  Run made;
  made.id = folder.filename().string();
  made.experiment_id = experiment;
  made.user = TRY(fields.Text("user_id"));
  made.status = StatusOfRun(TRY(fields.Text("status")));
  made.stage = TRY(fields.OptionalText("lifecycle_stage")).value_or("active");
  made.artifact_uri = TRY(fields.Text("artifact_uri"));
  made.start_ms = TRY(fields.OptionalInt("start_time"));
  made.end_ms = TRY(fields.OptionalInt("end_time"));
  made.params = TRY(ReadKeys(folder / "params", "param", report_));
  made.tags = TRY(ReadKeys(folder / "tags", "tag", report_));
  made.name = TRY(fields.Text("run_name"));
  // Before 2.0 the name was in the tag alone.
  if (const auto tag = made.tags.find("mlflow.runName"); made.name.empty() && tag != made.tags.end()) {
    made.name = tag->second;
  }
  TRY(ReadInputs(folder, FolderOf(experiment) / "datasets", made));
  Report unheard;  // what is wrong with points is told when they are moved
  std::map<std::string, Point> latest;
  TRY(internal::ReadPoints(folder / "metrics", unheard, [&](Point point) -> base::Result<void> {
    const auto [at, first] = latest.try_emplace(point.key, point);
    if (!first && IsLater(point, at->second)) at->second = std::move(point);
    return base::Ok();
  }));
  for (auto& [key, point] : latest) made.latest.push_back(std::move(point));
  return made;
}

base::Result<void> FolderSource::Runs(const Experiment& experiment, const On<Run>& on_run) {
  const auto folder = FolderOf(experiment.id);
  for (const auto& name : TRY(RunNames(folder))) {
    auto run = ReadRun(folder / name, experiment.id);
    if (run) {
      TRY(on_run(*run));
    } else {
      report_.Lose("run", name, run.error());
    }
  }
  return base::Ok();
}

base::Result<void> FolderSource::Points(const Run& run, const On<std::span<const Point>>& on_points) {
  std::vector<Point> points;
  const auto flush = [&]() -> base::Result<void> {
    std::span<const Point> some(points);
    if (!points.empty()) TRY(on_points(some));
    points.clear();
    return base::Ok();
  };
  TRY(internal::ReadPoints(FolderOf(run.experiment_id) / run.id / "metrics", report_, [&](Point point) {
    points.push_back(std::move(point));
    return points.size() < kPointsAtOnce ? base::Ok() : flush();
  }));
  return flush();
}

base::Result<LoggedModel> FolderSource::ReadLoggedModel(const fs::path& folder, const std::string& experiment) {
  const auto meta = TRY(ReadMeta(folder));
  const auto what = (folder / "meta.yaml").string();
  const Fields fields(meta, what);
  LoggedModel made;
  made.id = folder.filename().string();
  made.experiment_id = experiment;
  made.name = TRY(fields.Text("name"));
  made.model_type = TRY(fields.Text("model_type"));
  made.source_run_id = TRY(fields.Text("source_run_id"));
  made.artifact_uri = TRY(fields.Text("artifact_location"));
  made.status = StatusOfLoggedModel(TRY(fields.Text("status")));
  made.stage = TRY(fields.OptionalText("lifecycle_stage")).value_or("active");
  made.created_ms = TRY(fields.Int("creation_timestamp"));
  made.updated_ms = TRY(fields.Int("last_updated_timestamp"));
  made.params = TRY(ReadKeys(folder / "params", "param", report_));
  made.tags = TRY(ReadKeys(folder / "tags", "tag", report_));
  TRY(internal::ReadPoints(folder / "metrics", report_, [&](Point point) -> base::Result<void> {
    if (point.run_id.empty()) point.run_id = made.source_run_id;  // not every line says which run it was
    made.metrics.push_back(std::move(point));
    return base::Ok();
  }));
  return made;
}

base::Result<void> FolderSource::LoggedModels(const Experiment& experiment, const On<LoggedModel>& on_model) {
  const auto folder = FolderOf(experiment.id) / "models";
  for (const auto& name : TRY(FolderNames(folder))) {
    auto model = ReadLoggedModel(folder / name, experiment.id);
    if (model) {
      TRY(on_model(*model));
    } else {
      report_.Lose("logged_model", name, model.error());
    }
  }
  return base::Ok();
}

base::Result<RegisteredModel> FolderSource::ReadRegisteredModel(const fs::path& folder) {
  const auto meta = TRY(ReadMeta(folder));
  const auto what = (folder / "meta.yaml").string();
  const Fields fields(meta, what);
  RegisteredModel made;
  made.name = TRY(fields.Required("name"));
  if (made.name != folder.filename()) {
    return base::InvalidArgument(fmt::format("{} is of a model '{}', not of its folder's", what, made.name));
  }
  made.description = TRY(fields.Text("description"));
  made.created_ms = TRY(fields.Int("creation_timestamp"));
  made.updated_ms = TRY(fields.Int("last_updated_timestamp"));
  made.tags = TRY(ReadKeys(folder / "tags", "tag", report_));
  for (const auto& [alias, version] : TRY(ReadKeys(folder / "aliases", "alias", report_))) {
    made.aliases[alias] = base::ParseInt(base::Trim(version)).value_or(0);
  }
  return made;
}

base::Result<void> FolderSource::RegisteredModels(const On<RegisteredModel>& on_model) {
  for (const auto& name : TRY(FolderNames(root_ / "models"))) {
    auto model = ReadRegisteredModel(root_ / "models" / name);
    if (model) {
      TRY(on_model(*model));
    } else {
      report_.Lose("registered_model", name, model.error());
    }
  }
  return base::Ok();
}

base::Result<ModelVersion> FolderSource::ReadVersion(const fs::path& folder, const std::string& model) {
  const auto meta = TRY(ReadMeta(folder));
  const auto what = (folder / "meta.yaml").string();
  const Fields fields(meta, what);
  ModelVersion made;
  made.model = model;
  made.number = TRY(fields.Int("version"));
  made.description = TRY(fields.Text("description"));
  made.source = TRY(fields.Text("source"));
  made.run_id = TRY(fields.Text("run_id"));
  made.run_link = TRY(fields.Text("run_link"));
  made.model_id = TRY(fields.Text("model_id"));
  made.stage = TRY(fields.OptionalText("current_stage")).value_or("None");
  made.status = TRY(fields.OptionalText("status")).value_or("READY");
  made.created_ms = TRY(fields.Int("creation_timestamp"));
  made.updated_ms = TRY(fields.Int("last_updated_timestamp"));
  made.tags = TRY(ReadKeys(folder / "tags", "tag", report_));
  return made;
}

base::Result<void> FolderSource::Versions(const RegisteredModel& model, const On<ModelVersion>& on_version) {
  const auto folder = root_ / "models" / model.name;
  std::map<int64_t, ModelVersion> versions;
  for (const auto& name : TRY(FolderNames(folder))) {
    if (!name.starts_with(kVersionPrefix)) continue;
    auto version = ReadVersion(folder / name, model.name);
    if (!version) {
      report_.Lose("model_version", fmt::format("{} {}", model.name, name), version.error());
    } else if (version->stage != "Deleted_Internal") {
      versions.emplace(version->number, std::move(*version));
    }
  }
  for (auto& [number, version] : versions) TRY(on_version(version));
  return base::Ok();
}

}  // namespace

base::Result<std::unique_ptr<Source>> OpenFolderSource(const fs::path& folder, const fs::path& artifacts,
                                                       Report& report) {
  std::error_code error;
  const auto root = fs::absolute(folder, error).lexically_normal();
  if (!fs::is_directory(root, error)) {
    return base::NotFound(fmt::format("there is no folder {}", root.string()), root.string());
  }
  std::vector<std::string> names = TRY(FolderNames(root));
  const bool has_any = std::ranges::any_of(names, [&](const std::string& name) {
    return name == "models" || name == ".trash" || fs::exists(root / name / "meta.yaml", error);
  });
  if (!has_any) {
    return base::InvalidArgument(
        fmt::format("{} is no mlruns folder: nothing in it has a meta.yaml; give the folder that "
                    "holds the experiments",
                    root.string()),
        root.string());
  }
  return std::make_unique<FolderSource>(root, internal::LocalRoots{root, artifacts}, report);
}

}  // namespace gyre::transfer
