#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "transfer/connection.h"
#include "transfer/entity.h"

namespace gyre::transfer {

/// Where things go. What is put again is completed, not doubled. A thing is put, then what belongs to it, then it is
/// finished; once it is there whole, it is marked. Ids are those of the source throughout. One thread.
class Sink {
 public:
  using Counts = std::map<std::string, int64_t>;
  virtual ~Sink() = default;

  virtual std::string Name() const = 0;

  /// What of these (id and fingerprint) was marked before and is still there, with the counts of its mark.
  virtual base::Result<std::map<std::string, Counts>> Known(
      std::string_view kind, const std::vector<std::pair<std::string, std::string>>& fingerprints) = 0;
  virtual base::Result<void> Mark(std::string_view kind, const std::string& id, const std::string& fingerprint,
                                  const Counts& counts) = 0;

  virtual base::Result<void> PutExperiment(const Experiment& experiment) = 0;
  virtual base::Result<void> FinishExperiment(const Experiment& experiment) = 0;
  virtual base::Result<void> PutRun(const Run& run) = 0;
  virtual base::Result<void> PutPoints(const Run& run, std::span<const Point> points) = 0;
  virtual base::Result<void> FinishRun(const Run& run) = 0;
  virtual base::Result<void> PutLoggedModel(const LoggedModel& model) = 0;
  virtual base::Result<void> FinishLoggedModel(const LoggedModel& model) = 0;
  /// Of the run or model that was put last. `bytes` is left as it is.
  virtual base::Result<void> PutArtifact(const ArtifactOwner& owner, const ArtifactFile& file,
                                         const std::filesystem::path& bytes) = 0;
  virtual base::Result<void> PutRegisteredModel(const RegisteredModel& model) = 0;
  virtual base::Result<void> PutVersion(const ModelVersion& version) = 0;
  virtual base::Result<void> FinishRegisteredModel(const RegisteredModel& model) = 0;
};

/// A Gyre server, over its import routes: ids, numbers and times are kept.
std::unique_ptr<Sink> OpenGyreSink(Connection connection);

/// An mlruns folder that MLflow's file store reads; made if it is not there. kInvalidArgument for a folder that holds
/// something else.
base::Result<std::unique_ptr<Sink>> OpenFolderSink(const std::filesystem::path& folder);

}  // namespace gyre::transfer
