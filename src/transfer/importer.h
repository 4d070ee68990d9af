#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "registry/registry.h"
#include "store/database.h"
#include "tracking/tracker.h"
#include "transfer/entity.h"

namespace gyre::transfer {

/// What is known of something that was taken whole: as it was then, and how much belonged to it.
struct Mark {
  std::string kind;  ///< "run", "logged_model", "model_version"
  std::string id;    ///< a version's is "NAME/NUMBER"
  std::string fingerprint;
  std::map<std::string, int64_t> counts;  ///< "metric_points", "artifacts", ... as in Report
};

/// The receiving end of an import: puts what another MLflow has into this server's modules with its ids, numbers and
/// times. Everything may be put again: what is there already is completed, not doubled. A thing is marked once all of
/// it has been put; marks are durable, so that an import that was cut off goes on where it was. Thread-safe.
///
/// Errors are those of the modules: kInvalidArgument for what they never accept, kAlreadyExists for an id or number
/// that is another thing's here.
class Importer {
 public:
  /// All must outlive it.
  static base::Result<std::unique_ptr<Importer>> Open(store::Database& database, tracking::Tracker& tracker,
                                                      registry::Registry& registry);

  /// The marks of those that were taken as their fingerprints say and are still there.
  base::Result<std::vector<Mark>> Known(std::string_view kind,
                                        const std::vector<std::pair<std::string, std::string>>& fingerprints);
  base::Result<void> PutMark(const Mark& mark);

  /// The experiment of that name, made if there is none; one that was deleted here or there is active until
  /// `FinishExperiment`. Artifacts go to this server unless they lie where everybody can reach them (s3: and the like).
  base::Result<tracking::Experiment> PutExperiment(const Experiment& experiment, std::string_view actor);
  /// To the state it had.
  base::Result<void> FinishExperiment(const tracking::ExperimentId& id, const Experiment& experiment,
                                      std::string_view actor);

  /// The run without its metrics, active and running until `FinishRun`. `run.experiment_id` is one of this server.
  base::Result<tracking::Run> PutRun(const Run& run, std::string_view actor);
  base::Result<void> PutPoints(std::string_view run_id, std::span<const Point> points);
  base::Result<void> FinishRun(const Run& run, std::string_view actor);

  /// With its points, which the runs that logged them get too.
  base::Result<tracking::LoggedModel> PutLoggedModel(const LoggedModel& model, std::string_view actor);
  base::Result<void> FinishLoggedModel(const LoggedModel& model, std::string_view actor);

  base::Result<void> PutRegisteredModel(const RegisteredModel& model, std::string_view actor);
  /// A source inside of a run's or logged model's artifacts becomes the place that they have here.
  base::Result<void> PutVersion(const ModelVersion& version, std::string_view actor);
  /// Its aliases.
  base::Result<void> FinishRegisteredModel(const RegisteredModel& model, std::string_view actor);

 private:
  Importer(store::Database& database, tracking::Tracker& tracker, registry::Registry& registry)
      : database_(database), tracker_(tracker), registry_(registry) {}

  base::Result<bool> IsThere(std::string_view kind, const std::string& id);
  base::Result<void> PutModelPoints(const LoggedModel& model, std::string_view actor);
  base::Result<tracking::LoggedModel> DeletedModel(const LoggedModel& model);
  base::Result<void> CompleteRun(const Run& run);
  base::Result<std::string> PlaceHere(const std::string& source);
  base::Result<registry::ModelVersion> MakeVersion(const ModelVersion& version, std::string_view actor);

  store::Database& database_;
  tracking::Tracker& tracker_;
  registry::Registry& registry_;
};

}  // namespace gyre::transfer
