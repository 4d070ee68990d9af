#pragma once

#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "transfer/importer.h"

namespace gyre::transfer {

/// Puts one record into the importer: {"put": KIND, ...the thing, as in wire_form.h} with KIND one of experiment,
/// finish_experiment, run, points, finish_run, logged_model, finish_logged_model, registered_model, model_version,
/// finish_registered_model, mark. Answers {} or what was made of it: {"experiment_id", "artifact_location"},
/// {"artifact_uri"}.
base::Result<base::Json> PutRecord(Importer& importer, const base::Json& record, std::string_view actor);

/// {"kind": "run", "items": [{"id", "fingerprint"}, ...]} -> {"known": [{"id", "counts"}, ...]}.
base::Result<base::Json> AskKnown(Importer& importer, const base::Json& question);

/// All of {"records": [...]}, in order; one that fails does not keep the others from being put:
/// {"results": [{...} or {"error": {"error_code", "message"}}, ...]}. kInvalidArgument if there are over kMostRecords.
base::Result<base::Json> PutRecords(Importer& importer, const base::Json& body, std::string_view actor);

inline constexpr size_t kMostRecords = 1000;

}  // namespace gyre::transfer
