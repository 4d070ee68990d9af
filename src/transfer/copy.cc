#include "transfer/copy.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "base/file.h"
#include "transfer/internal/place.h"
#include "transfer/wire_form.h"

namespace gyre::transfer {
namespace {

constexpr size_t kAskedAtOnce = 100;

/// Errors after which nothing further can succeed.
bool IsFinal(const base::Error& error) {
  return error.code() == base::ErrorCode::kUnavailable || error.code() == base::ErrorCode::kDeadlineExceeded ||
         error.code() == base::ErrorCode::kCancelled;
}

/// Whether the metadata says that there must be artifacts; a run that logged none may have no place.
bool MustHaveArtifacts(const Run& run) {
  return run.tags.contains("mlflow.log-model.history") || run.tags.contains("mlflow.loggedArtifacts");
}

class Copier {
 public:
  Copier(Source& source, Sink& sink, Report& report, base::TempFolder folder,
         const std::function<void(const Progress&)>& on_progress)
      : source_(source), sink_(sink), report_(report), folder_(std::move(folder)), on_progress_(on_progress) {}

  base::Result<void> All();

 private:
  base::Result<void> CopyExperiment(const Experiment& experiment);
  base::Result<void> CopyRuns(const Experiment& experiment);
  base::Result<void> CopyKnownAndNew(std::vector<Run>& runs);
  base::Result<void> CopyRun(const Run& run, const std::string& fingerprint);
  base::Result<void> CopyPoints(const Run& run, Sink::Counts& counts, bool& whole);
  base::Result<int64_t> PutPoints(const Run& run, std::span<const Point> points);
  base::Result<void> CopyModels(const Experiment& experiment);
  base::Result<void> CopyModel(const LoggedModel& model);
  base::Result<void> CopyArtifacts(const ArtifactOwner& owner, bool must, Sink::Counts& counts, bool& whole);
  base::Result<void> CopyArtifact(const ArtifactOwner& owner, const ArtifactFile& file, Sink::Counts& counts,
                                  bool& whole);
  base::Result<void> CopyRegistered(const RegisteredModel& model);
  base::Result<void> CopyVersion(const ModelVersion& version);

  /// Counts `number` of `kind` as read and, by `result`, as written or failed; a final error ends everything.
  base::Result<bool> Took(std::string_view kind, int64_t number, std::string_view loss_kind, std::string_view id,
                          const base::Result<void>& result);
  void CountPresent(std::string_view kind, int64_t number) {
    report_.Of(kind).read += number;
    report_.Of(kind).present += number;
  }
  void CountRunParts(const Run& run, bool present);
  void Show(std::string what);

  Source& source_;
  Sink& sink_;
  Report& report_;
  base::TempFolder folder_;
  const std::function<void(const Progress&)>& on_progress_;
  Progress progress_;
  int64_t all_runs_ = 0;
};

base::Result<bool> Copier::Took(std::string_view kind, int64_t number, std::string_view loss_kind, std::string_view id,
                                const base::Result<void>& result) {
  auto& count = report_.Of(kind);
  count.read += number;
  if (result) {
    count.written += number;
    return true;
  }
  if (IsFinal(result.error())) return result.error();
  count.failed += number;
  report_.Lose(loss_kind, id, result.error());
  return false;
}

void Copier::Show(std::string what) {
  progress_.what = std::move(what);
  if (all_runs_ > 0) progress_.fraction = static_cast<double>(progress_.runs) / static_cast<double>(all_runs_);
  if (on_progress_) on_progress_(progress_);
}

base::Result<void> Copier::All() {
  all_runs_ = TRY(source_.CountRuns()).value_or(0);
  for (const char* kind : {"experiments", "runs", "params", "tags", "metric_points", "inputs", "outputs",
                           "logged_models", "registered_models", "model_versions", "artifacts", "artifact_bytes"}) {
    report_.Of(kind);
  }
  TRY(source_.Experiments([&](Experiment& experiment) { return CopyExperiment(experiment); }));
  return source_.RegisteredModels([&](RegisteredModel& model) { return CopyRegistered(model); });
}

base::Result<void> Copier::CopyExperiment(const Experiment& experiment) {
  Show(fmt::format("experiment {}", experiment.name));
  if (!TRY(Took("experiments", 1, "experiment", experiment.name, sink_.PutExperiment(experiment)))) return base::Ok();
  TRY(CopyRuns(experiment));
  TRY(CopyModels(experiment));
  auto finished = sink_.FinishExperiment(experiment);
  if (finished || IsFinal(finished.error())) return finished;
  report_.Lose("experiment", experiment.name, finished.error());
  return base::Ok();
}

base::Result<void> Copier::CopyRuns(const Experiment& experiment) {
  std::vector<Run> runs;
  TRY(source_.Runs(experiment, [&](Run& run) -> base::Result<void> {
    runs.push_back(std::move(run));
    return runs.size() < kAskedAtOnce ? base::Ok() : CopyKnownAndNew(runs);
  }));
  return CopyKnownAndNew(runs);
}

void Copier::CountRunParts(const Run& run, bool present) {
  const auto add = [&](std::string_view kind, size_t number) {
    auto& count = report_.Of(kind);
    count.read += static_cast<int64_t>(number);
    (present ? count.present : count.written) += static_cast<int64_t>(number);
  };
  add("params", run.params.size());
  add("tags", run.tags.size());
  add("inputs", run.datasets.size() + run.model_inputs.size());
  add("outputs", run.outputs.size());
}

base::Result<void> Copier::CopyKnownAndNew(std::vector<Run>& runs) {
  std::vector<std::pair<std::string, std::string>> fingerprints;
  for (const auto& run : runs) fingerprints.emplace_back(run.id, Fingerprint(ToJson(run)));
  const auto known = runs.empty() ? std::map<std::string, Sink::Counts>() : TRY(sink_.Known("run", fingerprints));
  for (size_t i = 0; i < runs.size(); ++i) {
    const auto found = known.find(runs[i].id);
    ++progress_.runs;
    Show(fmt::format("run {}", runs[i].name.empty() ? runs[i].id : runs[i].name));
    if (found == known.end()) {
      TRY(CopyRun(runs[i], fingerprints[i].second));
      continue;
    }
    CountPresent("runs", 1);
    CountRunParts(runs[i], true);
    for (const auto& [kind, number] : found->second) CountPresent(kind, number);
  }
  runs.clear();
  return base::Ok();
}

base::Result<void> Copier::CopyRun(const Run& run, const std::string& fingerprint) {
  if (!TRY(Took("runs", 1, "run", run.id, sink_.PutRun(run)))) return base::Ok();
  CountRunParts(run, false);
  Sink::Counts counts;
  bool whole = true;
  TRY(CopyPoints(run, counts, whole));
  TRY(CopyArtifacts({.kind = ArtifactOwner::Kind::kRun, .id = run.id, .uri = run.artifact_uri}, MustHaveArtifacts(run),
                    counts, whole));
  auto finished = sink_.FinishRun(run);
  if (!finished) {
    if (IsFinal(finished.error())) return finished;
    report_.Lose("run", run.id, finished.error());
    return base::Ok();
  }
  // What was not taken whole is tried again next time.
  return whole ? sink_.Mark("run", run.id, fingerprint, counts) : base::Ok();
}

/// How many were taken. A batch that is refused is halved until only the points that cannot be taken are left out.
base::Result<int64_t> Copier::PutPoints(const Run& run, std::span<const Point> points) {
  const auto put = sink_.PutPoints(run, points);
  if (put) return static_cast<int64_t>(points.size());
  if (IsFinal(put.error())) return put.error();
  if (points.size() == 1) {
    report_.Lose("metric_point", fmt::format("{} {}", run.id, points[0].key), put.error());
    return 0;
  }
  const int64_t first = TRY(PutPoints(run, points.subspan(0, points.size() / 2)));
  return first + TRY(PutPoints(run, points.subspan(points.size() / 2)));
}

base::Result<void> Copier::CopyPoints(const Run& run, Sink::Counts& counts, bool& whole) {
  const int64_t lost = report_.lost();
  // Only what ends the import comes back from the call; the source's own faults cost this run its points.
  const auto read = source_.Points(run, [&](std::span<const Point>& points) -> base::Result<void> {
    const int64_t taken = TRY(PutPoints(run, points));
    auto& count = report_.Of("metric_points");
    count.read += static_cast<int64_t>(points.size());
    count.written += taken;
    count.failed += static_cast<int64_t>(points.size()) - taken;
    counts["metric_points"] += taken;
    progress_.points += taken;
    Show(progress_.what);
    return base::Ok();
  });
  if (!read && IsFinal(read.error())) return read.error();
  if (!read) report_.Lose("metrics", run.id, read.error());
  whole = whole && report_.lost() == lost;
  return base::Ok();
}

base::Result<void> Copier::CopyArtifact(const ArtifactOwner& owner, const ArtifactFile& file, Sink::Counts& counts,
                                        bool& whole) {
  const auto fetched = source_.Fetch(owner, file, folder_.path());
  std::error_code error;
  base::Result<void> put = fetched ? sink_.PutArtifact(owner, file, *fetched) : base::Result<void>(fetched.error());
  const auto size = fetched ? static_cast<int64_t>(std::filesystem::file_size(*fetched, error)) : 0;
  if (fetched && *fetched == folder_.path() / "artifact") std::filesystem::remove(*fetched, error);
  if (!TRY(Took("artifacts", 1, "artifact", fmt::format("{} {}", owner.id, file.path), put))) {
    whole = false;
    return base::Ok();
  }
  report_.Of("artifact_bytes").read += size;
  report_.Of("artifact_bytes").written += size;
  counts["artifacts"] += 1;
  counts["artifact_bytes"] += size;
  progress_.bytes += static_cast<uint64_t>(size);
  Show(progress_.what);
  return base::Ok();
}

base::Result<void> Copier::CopyArtifacts(const ArtifactOwner& owner, bool must, Sink::Counts& counts, bool& whole) {
  if (internal::KindOfPlace(owner.uri) == internal::PlaceKind::kRemote) {
    report_.Note("artifacts in s3:, gs: and other stores outside of the tracking server stay where they are");
    return base::Ok();
  }
  const int64_t lost = report_.lost();
  std::optional<base::Error> stopped;
  const auto read = source_.Artifacts(owner, [&](ArtifactFile& file) -> base::Result<void> {
    auto copied = CopyArtifact(owner, file, counts, whole);
    if (!copied) stopped = copied.error();
    return copied;
  });
  if (stopped) return *stopped;
  whole = whole && report_.lost() == lost;
  if (read) return base::Ok();
  if (!must && read.error().code() == base::ErrorCode::kNotFound) {
    report_.Note(
        "some runs have no folder of artifacts where the metadata says it is; if they should have one, name "
        "the folder that holds the artifacts with --artifacts");
    return base::Ok();
  }
  if (read.error().code() == base::ErrorCode::kUnavailable) return read;
  report_.Lose("artifacts", owner.id, read.error());
  whole = false;
  return base::Ok();
}

base::Result<void> Copier::CopyModels(const Experiment& experiment) {
  return source_.LoggedModels(experiment, [&](LoggedModel& model) { return CopyModel(model); });
}

base::Result<void> Copier::CopyModel(const LoggedModel& model) {
  Show(fmt::format("logged model {}", model.name));
  const auto fingerprint = Fingerprint(ToJson(model));
  const auto known = TRY(sink_.Known("logged_model", {{model.id, fingerprint}}));
  const auto points = static_cast<int64_t>(model.metrics.size());
  if (const auto found = known.find(model.id); found != known.end()) {
    CountPresent("logged_models", 1);
    CountPresent("logged_model_points", points);
    for (const auto& [kind, number] : found->second) CountPresent(kind, number);
    return base::Ok();
  }
  if (!TRY(Took("logged_models", 1, "logged_model", model.id, sink_.PutLoggedModel(model)))) return base::Ok();
  report_.Of("logged_model_points").read += points;
  report_.Of("logged_model_points").written += points;
  Sink::Counts counts;
  bool whole = true;
  TRY(CopyArtifacts({.kind = ArtifactOwner::Kind::kLoggedModel, .id = model.id, .uri = model.artifact_uri},
                    model.status == "LOGGED_MODEL_READY", counts, whole));
  auto finished = sink_.FinishLoggedModel(model);
  if (!finished) {
    if (IsFinal(finished.error())) return finished;
    report_.Lose("logged_model", model.id, finished.error());
    return base::Ok();
  }
  return whole ? sink_.Mark("logged_model", model.id, fingerprint, counts) : base::Ok();
}

base::Result<void> Copier::CopyVersion(const ModelVersion& version) {
  const auto id = fmt::format("{}/{}", version.model, version.number);
  const auto fingerprint = Fingerprint(ToJson(version));
  if (TRY(sink_.Known("model_version", {{id, fingerprint}})).contains(id)) {
    CountPresent("model_versions", 1);
    return base::Ok();
  }
  if (!TRY(Took("model_versions", 1, "model_version", id, sink_.PutVersion(version)))) return base::Ok();
  return sink_.Mark("model_version", id, fingerprint, {});
}

base::Result<void> Copier::CopyRegistered(const RegisteredModel& model) {
  Show(fmt::format("model {}", model.name));
  if (!TRY(Took("registered_models", 1, "registered_model", model.name, sink_.PutRegisteredModel(model)))) {
    return base::Ok();
  }
  TRY(source_.Versions(model, [&](ModelVersion& version) { return CopyVersion(version); }));
  auto finished = sink_.FinishRegisteredModel(model);
  if (finished || IsFinal(finished.error())) return finished;
  report_.Lose("registered_model", model.name, finished.error());
  return base::Ok();
}

}  // namespace

base::Result<void> Copy(Source& source, Sink& sink, Report& report,
                        const std::function<void(const Progress&)>& on_progress) {
  auto folder = TRY(base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-transfer"));
  return Copier(source, sink, report, std::move(folder), on_progress).All();
}

}  // namespace gyre::transfer
