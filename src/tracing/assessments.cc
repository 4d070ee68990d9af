#include "tracing/internal/assessment_rows.h"
#include "tracing/internal/trace_rows.h"
#include "tracing/traces.h"

namespace gyre::tracing {
namespace {

base::Error NoSuchAssessment(std::string_view trace, std::string_view id) {
  return base::NotFound(fmt::format("Assessment with ID '{}' not found for trace '{}'", id, trace), std::string(id));
}

base::Result<Assessment> Find(store::Reader& reader, int64_t number, std::string_view trace, std::string_view id) {
  auto found = TRY(internal::FindAssessment(reader, number, id));
  if (!found) return NoSuchAssessment(trace, id);
  found->trace_id = trace;
  return std::move(*found);
}

base::Result<void> CheckKind(const Assessment& assessment, const AssessmentUpdate& update) {
  if (!update.kind || *update.kind == assessment.kind) return base::Ok();
  return base::InvalidArgument(assessment.kind == Assessment::Kind::kFeedback
                                   ? "Cannot update expectation value on a Feedback assessment."
                                   : "Cannot update feedback value on an Expectation assessment.",
                               assessment.id);
}

void Apply(const AssessmentUpdate& update, Assessment& assessment) {
  if (update.name) assessment.name = *update.name;
  if (update.value) assessment.value = *update.value;
  if (update.error) assessment.error = *update.error;
  if (update.rationale && assessment.kind == Assessment::Kind::kFeedback) assessment.rationale = *update.rationale;
  for (const auto& [key, value] : update.metadata) assessment.metadata[key] = value;
}

}  // namespace

base::Result<Assessment> Traces::CreateAssessment(Assessment assessment) {
  return database_.Write([&](store::Transaction& transaction) -> base::Result<Assessment> {
    const auto number = TRY(internal::NumberOf(transaction, assessment.trace_id));
    if (assessment.id.empty()) assessment.id = "a-" + transaction.NewId();
    const auto now = base::ToMillis(transaction.Now());
    if (assessment.created_ms == 0) assessment.created_ms = now;
    if (assessment.updated_ms == 0) assessment.updated_ms = now;
    if (!assessment.overrides.empty() && !TRY(internal::SetValid(transaction, number, assessment.overrides, false))) {
      return NoSuchAssessment(assessment.trace_id, assessment.overrides);
    }
    TRY(internal::PutAssessment(transaction, number, assessment));
    return assessment;
  });
}

base::Result<Assessment> Traces::GetAssessment(std::string_view trace, std::string_view id) {
  return database_.Read([&](store::Reader& reader) -> base::Result<Assessment> {
    return Find(reader, TRY(internal::NumberOf(reader, trace)), trace, id);
  });
}

base::Result<Assessment> Traces::UpdateAssessment(std::string_view trace, std::string_view id,
                                                  const AssessmentUpdate& update) {
  return database_.Write([&](store::Transaction& transaction) -> base::Result<Assessment> {
    const auto number = TRY(internal::NumberOf(transaction, trace));
    auto assessment = TRY(Find(transaction, number, trace, id));
    TRY(CheckKind(assessment, update));
    Apply(update, assessment);
    assessment.updated_ms = base::ToMillis(transaction.Now());
    TRY(internal::PutAssessment(transaction, number, assessment));
    return assessment;
  });
}

base::Result<void> Traces::DeleteAssessment(std::string_view trace, std::string_view id) {
  return database_.Write([&](store::Transaction& transaction) -> base::Result<void> {
    const auto number = TRY(internal::NumberOf(transaction, trace));
    const auto found = TRY(internal::FindAssessment(transaction, number, id));
    if (!found) return base::Ok();
    if (!found->overrides.empty()) TRY(internal::SetValid(transaction, number, found->overrides, true));
    TRY(transaction.Execute("DELETE FROM trace_assessments WHERE trace = ?1 AND id = ?2", number, id));
    return base::Ok();
  });
}

}  // namespace gyre::tracing
