#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/id.h"

namespace gyre::tracking {

using LoggedModelId = base::Id<struct LoggedModelIdTag>;  ///< "m-" and 32 hexadecimal digits

/// A dataset as MLflow knows it, one per (experiment, name, digest): what is said first about it stays.
struct Dataset {
  std::string name;
  std::string digest;
  std::string source_type;
  std::string source;
  std::optional<std::string> schema = {};
  std::optional<std::string> profile = {};
};

/// A dataset that a run read. `tags` say how; mlflow.data.context has the purpose ("training").
struct DatasetInput {
  Dataset dataset;
  std::vector<std::pair<std::string, std::string>> tags = {};
};

struct ModelOutput {
  LoggedModelId model;
  int64_t step = 0;
};

/// What a run reads. A dataset or model that the run has already is left as it is.
struct RunInputs {
  std::vector<DatasetInput> datasets = {};
  std::vector<LoggedModelId> models = {};
};

/// The tag of a dataset input that says what the run used it for.
inline constexpr const char* kDatasetContextTag = "mlflow.data.context";

}  // namespace gyre::tracking
