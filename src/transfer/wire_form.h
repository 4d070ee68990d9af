#pragma once

#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "transfer/entity.h"

namespace gyre::transfer {

/// The entities as MLflow's REST API writes them ({"info": {"run_id", ...}, "data": ...}), with all fields, so that one
/// form serves for reading an MLflow server, for Gyre's import routes and for telling whether something has changed.

base::Json ToJson(const Experiment& experiment);
base::Json ToJson(const Point& point);
base::Json ToJson(const Run& run);
base::Json ToJson(const LoggedModel& model);
base::Json ToJson(const RegisteredModel& model);
base::Json ToJson(const ModelVersion& version);

/// From untrusted JSON: kInvalidArgument names the field. Integers may be numbers or texts, unknown fields are ignored,
/// and what MLflow leaves out when it is empty may be absent.
base::Result<Experiment> ExperimentFrom(const base::Json& json);
base::Result<Point> PointFrom(const base::Json& json);
base::Result<Run> RunFrom(const base::Json& json);
base::Result<LoggedModel> LoggedModelFrom(const base::Json& json);
base::Result<RegisteredModel> RegisteredModelFrom(const base::Json& json);
base::Result<ModelVersion> ModelVersionFrom(const base::Json& json);

/// Changes when anything about the entity does, but for metric points that are not the last of their history.
std::string Fingerprint(const base::Json& entity);

/// Microseconds of a time in milliseconds; kInvalidArgument for one beyond what is kept.
base::Result<int64_t> MicrosOf(int64_t millis, std::string_view what);

}  // namespace gyre::transfer
