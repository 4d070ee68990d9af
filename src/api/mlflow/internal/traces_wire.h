#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "tracing/trace.h"

// Between MLflow's JSON and the things of the tracing module. Traces and assessments have maps and free values in them,
// which tables of fields do not describe, so that they are read from the parsed body.

namespace gyre::api::mlflow::internal {

/// A field by its name in the message's definition or that name's lowerCamel form; null if it is absent or null.
const base::Json* FindField(const base::Json& object, std::string_view name);
/// "Missing value for required parameter 'trace'." if it is not there.
base::Result<const base::Json*> RequireObject(const base::Json& object, std::string_view name);

/// `path` is how errors name it.
base::Result<tracing::TraceInfo> ReadTraceInfo(const base::Json& info, std::string_view path);
base::Result<tracing::Assessment> ReadAssessment(const base::Json& assessment, std::string_view path);
/// What of `assessment` the comma-separated names of fields in `mask` mean.
base::Result<tracing::AssessmentUpdate> ReadAssessmentUpdate(const base::Json& assessment, std::string_view mask);

void AppendTraceInfo(const tracing::TraceInfo& info, std::string& out);
/// {"trace_info": ..., "spans": [...]}
void AppendTrace(const tracing::Trace& trace, std::string& out);
void AppendAssessment(const tracing::Assessment& assessment, std::string& out);
/// In OTLP's JSON with the names of the message's definition and ids in base64, as protocol buffers write it.
void AppendSpan(const tracing::Span& span, std::string& out);

}  // namespace gyre::api::mlflow::internal
