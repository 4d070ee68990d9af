#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "api/mlflow/internal/tracking_wire.h"
#include "base/json.h"

namespace gyre::api::mlflow::internal {

/// The tag of a run that lists what runs/log-model was told, as a JSON list.
inline constexpr std::string_view kModelHistoryTag = "mlflow.log-model.history";

/// What is remembered of an MLmodel file in JSON: run_id, utc_time_created, artifact_path, model_uuid and the flavors
/// without their "config". "Malformed model info ...", "Model json is missing mandatory fields: {...}".
Parsed<base::Json> ReadModelJson(std::string_view text);

/// The tag's new value. The oldest models go when it would be longer than a tag may be.
std::string AppendModel(std::string_view history, const base::Json& model);

}  // namespace gyre::api::mlflow::internal
