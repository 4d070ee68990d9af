#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gyre::transfer {

/// What is moved, in MLflow's terms whatever it was read from: times are milliseconds since 1970, enumerations are the
/// words of its REST API, ids those of the source.

using Texts = std::map<std::string, std::string>;

struct Experiment {
  std::string id;
  std::string name;
  std::string artifact_location;
  std::string stage = "active";
  int64_t created_ms = 0;
  int64_t updated_ms = 0;
  Texts tags;
};

struct Point {
  std::string key;
  double value = 0;
  int64_t time_ms = 0;
  int64_t step = 0;
  std::string run_id = {};          ///< of a logged model's point: the run that logged it
  std::string dataset_name = {};    ///< of a logged model's point
  std::string dataset_digest = {};  ///< of a logged model's point
};

struct DatasetInput {
  std::string name;
  std::string digest;
  std::string source_type;
  std::string source;
  std::optional<std::string> schema = {};
  std::optional<std::string> profile = {};
  std::vector<std::pair<std::string, std::string>> tags = {};
};

struct ModelOutput {
  std::string model_id;
  int64_t step = 0;
};

/// Without its metric histories, which may be long: those are read apart.
struct Run {
  std::string id;
  std::string experiment_id;
  std::string name;
  std::string user;
  std::string status = "RUNNING";
  std::string stage = "active";
  std::string artifact_uri;
  std::optional<int64_t> start_ms = {};
  std::optional<int64_t> end_ms = {};
  Texts params;
  Texts tags;
  std::vector<Point> latest;  ///< the last point of every metric
  std::vector<DatasetInput> datasets;
  std::vector<std::string> model_inputs;
  std::vector<ModelOutput> outputs;
};

struct LoggedModel {
  std::string id;
  std::string experiment_id;
  std::string name;
  std::string model_type;
  std::string source_run_id;
  std::string artifact_uri;
  std::string status = "LOGGED_MODEL_PENDING";
  std::string stage = "active";
  int64_t created_ms = 0;
  int64_t updated_ms = 0;
  Texts params;
  Texts tags;
  std::vector<Point> metrics;  ///< all of them
};

struct RegisteredModel {
  std::string name;
  std::string description;
  int64_t created_ms = 0;
  int64_t updated_ms = 0;
  Texts tags;
  std::map<std::string, int64_t> aliases;
};

struct ModelVersion {
  std::string model;
  int64_t number = 0;
  std::string description;
  std::string source;
  std::string run_id;
  std::string run_link;
  std::string model_id;
  std::string stage = "None";
  std::string status = "READY";
  int64_t created_ms = 0;
  int64_t updated_ms = 0;
  Texts tags;
};

/// Whose artifacts: a run's or a logged model's.
struct ArtifactOwner {
  enum class Kind { kRun, kLoggedModel };
  Kind kind = Kind::kRun;
  std::string id;
  std::string uri;  ///< where they are, as the source has it
};

struct ArtifactFile {
  std::string path;  ///< below the owner's place, "model/MLmodel"
  uint64_t size = 0;
};

}  // namespace gyre::transfer
