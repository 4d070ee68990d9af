#include <algorithm>
#include <array>
#include <cmath>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "transfer/internal/fields.h"
#include "transfer/internal/key_files.h"
#include "transfer/internal/place.h"
#include "transfer/sink.h"

namespace gyre::transfer {
namespace {

namespace fs = std::filesystem;
using base::Json;

constexpr const char* kMarks = ".gyre-transfer";

/// Each value in JSON's form, which YAML reads as the same: texts quoted, numbers bare.
std::string YamlOf(const Json& object) {
  std::string text;
  for (const auto& [key, value] : object.items()) text += fmt::format("{}: {}\n", key, base::DumpJson(value));
  return text;
}

Json OrNull(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

template <size_t N>
int IndexOf(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto found = std::ranges::find(names, name);
  return found == names.end() ? 1 : static_cast<int>(found - names.begin());
}
constexpr std::array<std::string_view, 6> kRunStatuses = {"", "RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"};
constexpr std::array<std::string_view, 4> kModelStatuses = {"", "LOGGED_MODEL_PENDING", "LOGGED_MODEL_READY",
                                                            "LOGGED_MODEL_UPLOAD_FAILED"};

std::string RealText(double value) {
  return std::isnan(value) ? "nan" : std::isinf(value) ? (value > 0 ? "inf" : "-inf") : base::FormatDouble(value);
}

base::Result<void> CheckName(std::string_view what, const std::string& name) {
  if (internal::IsRelative(name) && name.find('/') == std::string::npos && !name.starts_with('.')) return base::Ok();
  return base::InvalidArgument(fmt::format("{} '{}' cannot be the name of a folder", what, name), name);
}

class FolderSink final : public Sink {
 public:
  explicit FolderSink(fs::path root) : root_(std::move(root)) {}
  base::Result<void> ReadMarks();

  std::string Name() const override { return fmt::format("mlruns folder {}", root_.string()); }
  base::Result<std::map<std::string, Counts>> Known(
      std::string_view kind, const std::vector<std::pair<std::string, std::string>>& fingerprints) override;
  base::Result<void> Mark(std::string_view kind, const std::string& id, const std::string& fingerprint,
                          const Counts& counts) override;
  base::Result<void> PutExperiment(const Experiment& experiment) override;
  base::Result<void> FinishExperiment(const Experiment& experiment) override;
  base::Result<void> PutRun(const Run& run) override;
  base::Result<void> PutPoints(const Run& run, std::span<const Point> points) override;
  base::Result<void> FinishRun(const Run& run) override { return WriteMeta(FolderOf(run), MetaOf(run, false)); }
  base::Result<void> PutLoggedModel(const LoggedModel& model) override;
  base::Result<void> FinishLoggedModel(const LoggedModel&) override { return base::Ok(); }
  base::Result<void> PutArtifact(const ArtifactOwner& owner, const ArtifactFile& file, const fs::path& bytes) override;
  base::Result<void> PutRegisteredModel(const RegisteredModel& model) override;
  base::Result<void> PutVersion(const ModelVersion& version) override;
  base::Result<void> FinishRegisteredModel(const RegisteredModel& model) override {
    Texts aliases;
    for (const auto& [alias, version] : model.aliases) aliases[alias] = std::to_string(version);
    return WriteKeys(root_ / "models" / model.name / "aliases", aliases);
  }

 private:
  fs::path FolderOf(const Run& run) const { return root_ / run.experiment_id / run.id; }
  fs::path FolderOf(const LoggedModel& model) const { return root_ / model.experiment_id / "models" / model.id; }
  static std::string Uri(const fs::path& path) { return "file://" + PercentEncode(path.string(), true); }
  Json MetaOf(const Run& run, bool unfinished) const;
  static base::Result<void> WriteMeta(const fs::path& folder, const Json& meta) {
    TRY(base::MakeFolders(folder));
    return base::WriteFileAtomic(folder / "meta.yaml", YamlOf(meta));
  }
  static base::Result<void> WriteKeys(const fs::path& folder, const Texts& texts);
  base::Result<void> WriteInputs(const Run& run);
  static base::Result<void> Append(const fs::path& file, const std::string& lines);
  std::string PlaceOf(const std::string& source) const;

  fs::path root_;
  struct Marked {
    std::string fingerprint;
    Counts counts;
  };
  std::map<std::pair<std::string, std::string>, Marked> marks_;  ///< by kind and id
  std::map<std::string, std::string> places_;                    ///< of the source -> here, by experiment
  std::map<std::string, fs::path> owners_;                       ///< of what was put last
};

/// A line per mark in one file: MLflow takes any folder here for an experiment.
base::Result<void> FolderSink::ReadMarks() {
  const auto fd = base::OpenForRead(root_ / kMarks);
  if (!fd) return fd.error().code() == base::ErrorCode::kNotFound ? base::Ok() : base::Result<void>(fd.error());
  std::string text;
  TRY(base::ReadChunks(fd->get(), [&](std::string_view piece) -> base::Result<void> {
    text += piece;
    return base::Ok();
  }));
  for (const auto line : base::Split(text, '\n')) {
    const auto mark = base::ParseJson(line, kMarks);
    if (!mark) continue;  // the last line of one that was cut off
    const internal::Fields fields(*mark, kMarks);
    auto kind = TRY(fields.Text("kind"));
    auto id = TRY(fields.Text("id"));
    auto& known = marks_[{std::move(kind), std::move(id)}];
    known = {};
    known.fingerprint = TRY(fields.Text("fingerprint"));
    const auto& numbers = *TRY(fields.Object("counts"));
    for (const auto& [key, value] : numbers.items()) {
      known.counts[key] = TRY(internal::Fields(numbers, kMarks).Int(key));
    }
  }
  return base::Ok();
}

base::Result<std::map<std::string, Sink::Counts>> FolderSink::Known(
    std::string_view kind, const std::vector<std::pair<std::string, std::string>>& fingerprints) {
  std::map<std::string, Counts> known;
  for (const auto& [id, fingerprint] : fingerprints) {
    const auto found = marks_.find({std::string(kind), id});
    if (found != marks_.end() && found->second.fingerprint == fingerprint) known[id] = found->second.counts;
  }
  return known;
}

base::Result<void> FolderSink::Mark(std::string_view kind, const std::string& id, const std::string& fingerprint,
                                    const Counts& counts) {
  marks_[{std::string(kind), id}] = {.fingerprint = fingerprint, .counts = counts};
  // A line's end first, should the last one have been cut off.
  return Append(
      root_ / kMarks,
      fmt::format("\n{}",
                  base::DumpJson({{"kind", kind}, {"id", id}, {"fingerprint", fingerprint}, {"counts", counts}})));
}

base::Result<void> FolderSink::WriteKeys(const fs::path& folder, const Texts& texts) {
  TRY(base::MakeFolders(folder));
  for (const auto& [key, value] : texts) {
    if (!internal::IsRelative(key)) {
      return base::InvalidArgument(fmt::format("the key '{}' cannot be the name of a file", key), key);
    }
    const auto file = folder / key;
    TRY(base::MakeFolders(file.parent_path()));
    TRY(base::WriteScratchFile(file, value));
  }
  return base::Ok();
}

base::Result<void> FolderSink::PutExperiment(const Experiment& experiment) {
  TRY(CheckName("the experiment", experiment.id));
  const auto folder = root_ / experiment.id;
  // A deleted one that is put again comes back for as long as things are put into it.
  std::error_code error;
  if (fs::exists(root_ / ".trash" / experiment.id, error) && !fs::exists(folder, error)) {
    TRY(base::RenameDurably(root_ / ".trash" / experiment.id, folder));
  }
  const bool remote = internal::KindOfPlace(experiment.artifact_location) == internal::PlaceKind::kRemote;
  const auto location = remote ? experiment.artifact_location : Uri(folder);
  places_[experiment.id] = location;
  TRY(WriteMeta(folder, {{"experiment_id", experiment.id},
                         {"name", experiment.name},
                         {"artifact_location", location},
                         {"creation_time", experiment.created_ms},
                         {"last_update_time", experiment.updated_ms},
                         {"lifecycle_stage", experiment.stage}}));
  return WriteKeys(folder / "tags", experiment.tags);
}

base::Result<void> FolderSink::FinishExperiment(const Experiment& experiment) {
  if (experiment.stage != "deleted") return base::Ok();
  std::error_code error;
  fs::remove_all(root_ / ".trash" / experiment.id, error);
  TRY(base::MakeFolders(root_ / ".trash"));
  return base::RenameDurably(root_ / experiment.id, root_ / ".trash" / experiment.id);
}

Json FolderSink::MetaOf(const Run& run, bool unfinished) const {
  const auto place = places_.find(run.experiment_id);
  Json meta = {{"run_id", run.id},
               {"run_uuid", run.id},
               {"run_name", run.name},
               {"experiment_id", run.experiment_id},
               {"user_id", run.user},
               {"status", unfinished ? 1 : IndexOf(kRunStatuses, run.status)},
               {"start_time", run.start_ms ? Json(*run.start_ms) : Json(nullptr)},
               {"end_time", run.end_ms ? Json(*run.end_ms) : Json(nullptr)},
               {"lifecycle_stage", run.stage},
               {"artifact_uri", fmt::format("{}/{}/artifacts", place == places_.end() ? "" : place->second, run.id)},
               {"source_type", 4},
               {"source_name", ""},
               {"source_version", ""},
               {"entry_point_name", ""},
               {"tags", Json::array()}};
  if (run.stage == "deleted") meta["deleted_time"] = run.end_ms.value_or(run.start_ms.value_or(0));
  return meta;
}

base::Result<void> FolderSink::PutRun(const Run& run) {
  TRY(CheckName("the run", run.id));
  TRY(CheckName("the experiment", run.experiment_id));
  const auto folder = FolderOf(run);
  // Points are appended, so one that was cut off begins anew.
  std::error_code error;
  fs::remove_all(folder, error);
  TRY(WriteMeta(folder, MetaOf(run, true)));
  for (const char* name : {"params", "metrics", "tags", "artifacts"}) TRY(base::MakeFolders(folder / name));
  TRY(WriteKeys(folder / "params", run.params));
  TRY(WriteKeys(folder / "tags", run.tags));
  owners_ = {{run.id, folder / "artifacts"}};
  return WriteInputs(run);
}

base::Result<void> FolderSink::WriteInputs(const Run& run) {
  const auto folder = FolderOf(run);
  for (const auto& input : run.datasets) {
    const auto id = base::Sha256Of(std::string_view(input.name + "\n" + input.digest)).ToHex().substr(0, 32);
    Json dataset = {{"name", input.name},
                    {"digest", input.digest},
                    {"source_type", input.source_type},
                    {"source", input.source},
                    {"schema", input.schema ? Json(*input.schema) : Json(nullptr)},
                    {"profile", input.profile ? Json(*input.profile) : Json(nullptr)}};
    TRY(WriteMeta(root_ / run.experiment_id / "datasets" / id, dataset));
    Json tags = Json::object();
    for (const auto& [key, value] : input.tags) tags[key] = value;
    TRY(WriteMeta(folder / "inputs" / id, {{"source_type", "DATASET"},
                                           {"source_id", id},
                                           {"destination_type", "RUN"},
                                           {"destination_id", run.id},
                                           {"tags", std::move(tags)}}));
  }
  for (const auto& model : run.model_inputs) {
    TRY(CheckName("the logged model", model));
    TRY(WriteMeta(folder / "inputs" / model, {{"source_type", "MODEL"},
                                              {"source_id", model},
                                              {"destination_type", "RUN"},
                                              {"destination_id", run.id},
                                              {"tags", Json::object()}}));
  }
  for (const auto& output : run.outputs) {
    TRY(CheckName("the logged model", output.model_id));
    TRY(WriteMeta(folder / "outputs" / output.model_id, {{"source_type", "RUN_OUTPUT"},
                                                         {"source_id", output.model_id},
                                                         {"destination_type", "MODEL_OUTPUT"},
                                                         {"destination_id", output.model_id},
                                                         {"tags", Json::object()},
                                                         {"step", output.step}}));
  }
  return base::Ok();
}

base::Result<void> FolderSink::Append(const fs::path& file, const std::string& lines) {
  TRY(base::MakeFolders(file.parent_path()));
  const base::UniqueFd fd(open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!fd) return base::ErrnoError("cannot write", file.string());
  return base::WriteAll(fd.get(), lines, file.string());
}

base::Result<void> FolderSink::PutPoints(const Run& run, std::span<const Point> points) {
  std::map<std::string, std::string> lines;
  for (const auto& point : points) {
    if (!internal::IsRelative(point.key)) {
      return base::InvalidArgument(fmt::format("the metric '{}' cannot be the name of a file", point.key), point.key);
    }
    // Without the point's dataset: MLflow takes the step of a line that has one for 0.
    lines[point.key] += fmt::format("{} {} {}\n", point.time_ms, RealText(point.value), point.step);
  }
  for (const auto& [key, text] : lines) TRY(Append(FolderOf(run) / "metrics" / key, text));
  return base::Ok();
}

base::Result<void> FolderSink::PutLoggedModel(const LoggedModel& model) {
  TRY(CheckName("the logged model", model.id));
  TRY(CheckName("the experiment", model.experiment_id));
  const auto folder = FolderOf(model);
  std::error_code error;
  fs::remove_all(folder, error);
  const auto location = fmt::format("{}/models/{}/artifacts", places_[model.experiment_id], model.id);
  TRY(WriteMeta(folder, {{"model_id", model.id},
                         {"experiment_id", model.experiment_id},
                         {"name", model.name},
                         {"model_type", OrNull(model.model_type)},
                         {"source_run_id", OrNull(model.source_run_id)},
                         {"artifact_location", location},
                         {"status", IndexOf(kModelStatuses, model.status)},
                         {"status_message", nullptr},
                         {"lifecycle_stage", model.stage},
                         {"creation_timestamp", model.created_ms},
                         {"last_updated_timestamp", model.updated_ms}}));
  TRY(WriteKeys(folder / "params", model.params));
  TRY(WriteKeys(folder / "tags", model.tags));
  TRY(base::MakeFolders(folder / "metrics"));
  TRY(base::MakeFolders(folder / "artifacts"));
  for (const auto& point : model.metrics) {
    if (!internal::IsRelative(point.key)) continue;
    auto line = fmt::format("{} {} {}", point.time_ms, RealText(point.value), point.step);
    if (!point.run_id.empty()) line += " " + point.run_id;
    if (!point.dataset_name.empty()) line += fmt::format(" {} {}", point.dataset_name, point.dataset_digest);
    TRY(Append(folder / "metrics" / point.key, line + "\n"));
  }
  owners_ = {{model.id, folder / "artifacts"}};
  return base::Ok();
}

base::Result<void> FolderSink::PutArtifact(const ArtifactOwner& owner, const ArtifactFile& file,
                                           const fs::path& bytes) {
  const auto place = owners_.find(owner.id);
  if (place == owners_.end() || !internal::IsRelative(file.path)) {
    return base::InvalidArgument(fmt::format("the artifact '{}' cannot be a file", file.path), file.path);
  }
  const auto to = place->second / file.path;
  TRY(base::MakeFolders(to.parent_path()));
  std::error_code error;
  fs::copy_file(bytes, to, fs::copy_options::overwrite_existing, error);
  if (error) {
    return base::Error(base::ErrorCode::kIo, fmt::format("cannot write {}: {}", to.string(), error.message()));
  }
  return base::Ok();
}

/// A source inside of an experiment that was put becomes the place it has here.
std::string FolderSink::PlaceOf(const std::string& source) const {
  const auto proxied = internal::ProxiedPath(source);
  if (!proxied) return source;
  const auto slash = proxied->find('/');
  const auto place = places_.find(proxied->substr(0, slash));
  if (place == places_.end() || slash == std::string::npos) return source;
  return place->second + proxied->substr(slash);
}

base::Result<void> FolderSink::PutRegisteredModel(const RegisteredModel& model) {
  TRY(CheckName("the model", model.name));
  const auto folder = root_ / "models" / model.name;
  TRY(WriteMeta(folder, {{"name", model.name},
                         {"description", OrNull(model.description)},
                         {"creation_timestamp", model.created_ms},
                         {"last_updated_timestamp", model.updated_ms},
                         {"aliases", Json::object()}}));
  TRY(base::MakeFolders(folder / "aliases"));
  return WriteKeys(folder / "tags", model.tags);
}

base::Result<void> FolderSink::PutVersion(const ModelVersion& version) {
  TRY(CheckName("the model", version.model));
  const auto folder = root_ / "models" / version.model / fmt::format("version-{}", version.number);
  const auto source = PlaceOf(version.source);
  TRY(WriteMeta(folder, {{"name", version.model},
                         {"version", version.number},
                         {"description", OrNull(version.description)},
                         {"source", source},
                         {"storage_location", source},
                         {"run_id", OrNull(version.run_id)},
                         {"run_link", OrNull(version.run_link)},
                         {"model_id", OrNull(version.model_id)},
                         {"current_stage", version.stage},
                         {"status", version.status},
                         {"status_message", nullptr},
                         {"user_id", nullptr},
                         {"creation_timestamp", version.created_ms},
                         {"last_updated_timestamp", version.updated_ms}}));
  return WriteKeys(folder / "tags", version.tags);
}

}  // namespace

base::Result<std::unique_ptr<Sink>> OpenFolderSink(const fs::path& folder) {
  std::error_code error;
  const auto root = fs::absolute(folder, error).lexically_normal();
  TRY(base::MakeFolders(root));
  for (const auto& entry : fs::directory_iterator(root, error)) {
    const auto name = entry.path().filename().string();
    const bool ours =
        name == kMarks || name == ".trash" || name == "models" || fs::exists(entry.path() / "meta.yaml", error);
    if (!ours) {
      return base::InvalidArgument(
          fmt::format("{} holds '{}', which is nothing of an mlruns folder; give an empty or new folder", root.string(),
                      name),
          root.string());
    }
  }
  auto sink = std::make_unique<FolderSink>(root);
  TRY(sink->ReadMarks());
  return sink;
}

}  // namespace gyre::transfer
