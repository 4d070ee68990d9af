#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "transfer/connection.h"
#include "transfer/entity.h"
#include "transfer/report.h"

namespace gyre::transfer {

template <class T>
using On = std::function<base::Result<void>(T&)>;

/// Where things come from. Each method calls back for one thing after the other, so that memory does not grow with what
/// there is; the first error of a callback ends it and is returned. What cannot be read for itself (a damaged file, a
/// row that makes no sense) becomes a loss in the report, and reading goes on; an error means that nothing more can be
/// read. A callback may call other methods. One thread.
class Source {
 public:
  virtual ~Source() = default;

  /// What it is, for people: "mlruns folder /x/mlruns".
  virtual std::string Name() const = 0;
  /// How many runs there are, if that is quickly told.
  virtual base::Result<std::optional<int64_t>> CountRuns() = 0;

  /// Deleted ones too, as everywhere.
  virtual base::Result<void> Experiments(const On<Experiment>& on_experiment) = 0;
  virtual base::Result<void> Runs(const Experiment& experiment, const On<Run>& on_run) = 0;
  /// The whole histories of the run, at most kPointsAtOnce in a call.
  virtual base::Result<void> Points(const Run& run, const On<std::span<const Point>>& on_points) = 0;
  virtual base::Result<void> LoggedModels(const Experiment& experiment, const On<LoggedModel>& on_model) = 0;
  /// Prompts are among them.
  virtual base::Result<void> RegisteredModels(const On<RegisteredModel>& on_model) = 0;
  /// In order of their numbers, without deleted ones.
  virtual base::Result<void> Versions(const RegisteredModel& model, const On<ModelVersion>& on_version) = 0;
  /// Every file. kNotFound or kPermissionDenied if the place cannot be read.
  virtual base::Result<void> Artifacts(const ArtifactOwner& owner, const On<ArtifactFile>& on_file) = 0;

  /// A file's bytes as a file of this machine; it may be removed if it is under `folder`.
  virtual base::Result<std::filesystem::path> Fetch(const ArtifactOwner& owner, const ArtifactFile& file,
                                                    const std::filesystem::path& folder) = 0;

  static constexpr size_t kPointsAtOnce = 1000;
};

/// An MLflow server, 2.x or 3.x, or a Gyre one.
std::unique_ptr<Source> OpenServerSource(Connection connection, Report& report);

/// An SQLite file of MLflow, or an mlruns folder of its file store. `artifacts`, if not empty, is a folder in which
/// artifacts are looked for that are not where the metadata says. kInvalidArgument if it is neither.
base::Result<std::unique_ptr<Source>> OpenSqliteSource(const std::filesystem::path& file,
                                                       const std::filesystem::path& artifacts, Report& report);
base::Result<std::unique_ptr<Source>> OpenFolderSource(const std::filesystem::path& folder,
                                                       const std::filesystem::path& artifacts, Report& report);

}  // namespace gyre::transfer
