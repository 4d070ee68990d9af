#include <cmath>

#include "api/mlflow/internal/traces_wire.h"
#include "base/text.h"
#include "base/time.h"

namespace gyre::api::mlflow::internal {
namespace {

using base::Json;
using tracing::Assessment;
using tracing::Texts;

std::string Camel(std::string_view name) {
  std::string camel;
  bool upper = false;
  for (const char c : name) {
    if (c == '_') {
      upper = true;
      continue;
    }
    camel += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    upper = false;
  }
  return camel;
}

base::Error Wrong(const Json& value, std::string_view path) {
  return base::InvalidArgument(
      fmt::format("Invalid value {} for parameter '{}' supplied.", base::DumpJson(value), path), std::string(path));
}

std::string Below(std::string_view path, std::string_view name) {
  return fmt::format("{}.{}", path, name);
}

base::Result<std::optional<std::string>> TextOf(const Json& object, std::string_view name, std::string_view path) {
  const auto* field = FindField(object, name);
  if (field == nullptr) return std::optional<std::string>();
  if (!field->is_string()) return Wrong(*field, Below(path, name));
  return std::optional(field->get<std::string>());
}

/// "" if it is absent.
base::Result<std::string> PlainTextOf(const Json& object, std::string_view name, std::string_view path) {
  return TRY(TextOf(object, name, path)).value_or("");
}

base::Result<Texts> TextsOf(const Json& object, std::string_view name, std::string_view path) {
  Texts texts;
  const auto* field = FindField(object, name);
  if (field == nullptr) return texts;
  if (!field->is_object()) return Wrong(*field, Below(path, name));
  for (const auto& [key, value] : field->items()) {
    if (!value.is_string()) return Wrong(value, Below(Below(path, name), key));
    texts.emplace(key, value.get<std::string>());
  }
  return texts;
}

/// A time as protocol buffers write it; 0 if it is absent.
base::Result<int64_t> TimeOf(const Json& object, std::string_view name, std::string_view path) {
  const auto text = TRY(TextOf(object, name, path));
  if (!text) return 0;
  const auto time = base::ParseTimestamp(*text);
  if (!time) return Wrong(Json(*text), Below(path, name));
  return base::ToMillis(*time);
}

/// "1.500s".
base::Result<std::optional<int64_t>> DurationOf(const Json& object, std::string_view name, std::string_view path) {
  constexpr double kMost = 1e15;
  const auto text = TRY(TextOf(object, name, path));
  if (!text) return std::optional<int64_t>();
  const auto seconds = text->ends_with('s') ? base::ParseDouble(std::string_view(*text).substr(0, text->size() - 1))
                                            : std::optional<double>();
  if (!seconds || !(std::abs(*seconds) < kMost)) return Wrong(Json(*text), Below(path, name));
  return std::optional(static_cast<int64_t>(std::llround(*seconds * 1000)));
}

/// A name out of `names`, or its place among them.
base::Result<std::string> EnumOf(const Json& object, std::string_view name, std::string_view path,
                                 std::span<const std::string_view> names) {
  const auto* field = FindField(object, name);
  if (field == nullptr) return std::string(names.front());
  if (field->is_number_unsigned() && field->get<size_t>() < names.size()) {
    return std::string(names[field->get<size_t>()]);
  }
  if (!field->is_string() || std::ranges::find(names, field->get<std::string>()) == names.end()) {
    return Wrong(*field, Below(path, name));
  }
  return field->get<std::string>();
}

base::Result<std::string> ExperimentOf(const Json& info, std::string_view path) {
  const auto* location = FindField(info, "trace_location");
  const auto* experiment = location != nullptr ? FindField(*location, "mlflow_experiment") : nullptr;
  if (experiment == nullptr) return std::string();
  return PlainTextOf(*experiment, "experiment_id", Below(path, "trace_location.mlflow_experiment"));
}

/// A number, text, bool, list or object; null if there is none.
base::Result<void> ReadValue(const Json& assessment, std::string_view path, Assessment& read) {
  if (const auto* expectation = FindField(assessment, "expectation")) {
    read.kind = Assessment::Kind::kExpectation;
    if (const auto* serialized = FindField(*expectation, "serialized_value")) {
      read.value = TRY(PlainTextOf(*serialized, "value", Below(path, "expectation.serialized_value")));
      const auto value = base::ParseJson(read.value, "an expectation");
      if (!value) return Wrong(Json(read.value), Below(path, "expectation.serialized_value.value"));
      read.value = base::DumpJson(*value);
      return base::Ok();
    }
    const auto* value = FindField(*expectation, "value");
    read.value = value != nullptr ? base::DumpJson(*value) : "null";
    return base::Ok();
  }
  if (const auto* issue = FindField(assessment, "issue")) {
    read.kind = Assessment::Kind::kIssue;
    read.value = base::DumpJson(Json(TRY(PlainTextOf(*issue, "issue_name", Below(path, "issue")))));
    return base::Ok();
  }
  const auto* feedback = FindField(assessment, "feedback");
  if (feedback == nullptr) {
    return base::InvalidArgument(
        fmt::format("Unknown assessment type: '{}' needs feedback, expectation or issue.", path));
  }
  const auto* value = FindField(*feedback, "value");
  read.value = value != nullptr ? base::DumpJson(*value) : "null";
  if (const auto* error = FindField(*feedback, "error")) {
    if (!error->is_object()) return Wrong(*error, Below(path, "feedback.error"));
    read.error = base::DumpJson(*error);
  }
  return base::Ok();
}

base::Result<void> ReadSource(const Json& assessment, std::string_view path, Assessment& read) {
  constexpr std::array<std::string_view, 4> kTypes = {"SOURCE_TYPE_UNSPECIFIED", "HUMAN", "LLM_JUDGE", "CODE"};
  const auto* source = FindField(assessment, "source");
  if (source == nullptr) return base::Ok();
  if (!source->is_object()) return Wrong(*source, Below(path, "source"));
  read.source_type = TRY(EnumOf(*source, "source_type", Below(path, "source"), kTypes));
  read.source_id = TRY(PlainTextOf(*source, "source_id", Below(path, "source")));
  return base::Ok();
}

base::Result<void> Check(const Assessment& assessment, std::string_view path) {
  if (!assessment.name.empty()) return base::Ok();
  return base::InvalidArgument(
      fmt::format("Missing value for required parameter '{}'.", Below(path, "assessment_name")));
}

}  // namespace

const Json* FindField(const Json& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  auto found = object.find(name);
  if (found == object.end()) found = object.find(Camel(name));
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

base::Result<const Json*> RequireObject(const Json& object, std::string_view name) {
  const auto* field = FindField(object, name);
  if (field == nullptr) {
    return base::InvalidArgument(fmt::format("Missing value for required parameter '{}'.", name));
  }
  if (!field->is_object()) return Wrong(*field, name);
  return field;
}

base::Result<tracing::TraceInfo> ReadTraceInfo(const Json& info, std::string_view path) {
  constexpr std::array<std::string_view, 4> kStates = {"STATE_UNSPECIFIED", "OK", "ERROR", "IN_PROGRESS"};
  tracing::TraceInfo read;
  read.id = TRY(PlainTextOf(info, "trace_id", path));
  read.experiment = TRY(ExperimentOf(info, path));
  read.client_request_id = TRY(TextOf(info, "client_request_id", path));
  read.request_preview = TRY(TextOf(info, "request_preview", path));
  read.response_preview = TRY(TextOf(info, "response_preview", path));
  read.started_ms = TRY(TimeOf(info, "request_time", path));
  read.duration_ms = TRY(DurationOf(info, "execution_duration", path));
  read.state = TRY(tracing::ParseTraceState(TRY(EnumOf(info, "state", path, kStates))));
  read.metadata = TRY(TextsOf(info, "trace_metadata", path));
  read.tags = TRY(TextsOf(info, "tags", path));
  const auto* assessments = FindField(info, "assessments");
  if (assessments == nullptr) return read;
  if (!assessments->is_array()) return Wrong(*assessments, Below(path, "assessments"));
  for (const auto& assessment : *assessments) {
    read.assessments.push_back(TRY(ReadAssessment(assessment, Below(path, "assessments"))));
  }
  return read;
}

base::Result<Assessment> ReadAssessment(const Json& assessment, std::string_view path) {
  Assessment read;
  if (!assessment.is_object()) return Wrong(assessment, path);
  read.id = TRY(PlainTextOf(assessment, "assessment_id", path));
  read.name = TRY(PlainTextOf(assessment, "assessment_name", path));
  read.span_id = TRY(PlainTextOf(assessment, "span_id", path));
  read.rationale = TRY(PlainTextOf(assessment, "rationale", path));
  read.overrides = TRY(PlainTextOf(assessment, "overrides", path));
  read.metadata = TRY(TextsOf(assessment, "metadata", path));
  read.created_ms = TRY(TimeOf(assessment, "create_time", path));
  read.updated_ms = TRY(TimeOf(assessment, "last_update_time", path));
  if (const auto* valid = FindField(assessment, "valid")) {
    if (!valid->is_boolean()) return Wrong(*valid, Below(path, "valid"));
    read.valid = valid->get<bool>();
  }
  TRY(ReadSource(assessment, path, read));
  TRY(ReadValue(assessment, path, read));
  TRY(Check(read, path));
  return read;
}

base::Result<tracing::AssessmentUpdate> ReadAssessmentUpdate(const Json& assessment, std::string_view mask) {
  constexpr std::string_view kPath = "assessment";
  tracing::AssessmentUpdate update;
  for (const auto field : base::Split(mask, ',')) {
    if (field == "assessment_name" || field == "assessmentName") {
      update.name = TRY(PlainTextOf(assessment, "assessment_name", kPath));
    } else if (field == "rationale") {
      update.rationale = TRY(PlainTextOf(assessment, "rationale", kPath));
    } else if (field == "metadata") {
      update.metadata = TRY(TextsOf(assessment, "metadata", kPath));
    } else if (field == "feedback" || field == "expectation") {
      Assessment value;
      TRY(ReadValue(assessment, kPath, value));
      update.kind = value.kind;
      update.value = value.value;
      update.error = value.error;
    }
  }
  return update;
}

}  // namespace gyre::api::mlflow::internal
