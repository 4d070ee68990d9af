#include "api/mlflow/internal/traces_handlers.h"
#include "api/mlflow/internal/traces_wire.h"

namespace gyre::api::mlflow::internal {
namespace {

using http::Method;

Answer Render(const tracing::Assessment& assessment, const Call& call) {
  call.response.body += "{\"assessment\":";
  AppendAssessment(assessment, call.response.body);
  call.response.body += '}';
  return Done();
}

Answer Create(const TraceDeps& deps, const Call& call) {
  const auto body = TRY(base::ParseJson(call.request.body(), "the request body"));
  auto assessment = TRY(ReadAssessment(*TRY(RequireObject(body, "assessment")), "assessment"));
  assessment.trace_id = call.request.path_param("trace_id");
  return Render(TRY(deps.traces.CreateAssessment(std::move(assessment))), call);
}

Answer Get(const TraceDeps& deps, const Call& call) {
  return Render(
      TRY(deps.traces.GetAssessment(call.request.path_param("trace_id"), call.request.path_param("assessment_id"))),
      call);
}

Answer Update(const TraceDeps& deps, const Call& call) {
  const auto body = TRY(base::ParseJson(call.request.body(), "the request body"));
  const auto* assessment = TRY(RequireObject(body, "assessment"));
  const auto* mask = FindField(body, "update_mask");
  if (mask == nullptr || !mask->is_string()) {
    return InvalidParameter("Missing value for required parameter 'update_mask'.");
  }
  const auto update = TRY(ReadAssessmentUpdate(*assessment, mask->get<std::string>()));
  return Render(TRY(deps.traces.UpdateAssessment(call.request.path_param("trace_id"),
                                                 call.request.path_param("assessment_id"), update)),
                call);
}

Answer Delete(const TraceDeps& deps, const Call& call) {
  TRY(deps.traces.DeleteAssessment(call.request.path_param("trace_id"), call.request.path_param("assessment_id")));
  return Done();
}

}  // namespace

void AddAssessmentRoutes(Wire& wire, const TraceDeps& deps) {
  constexpr std::string_view kAll = "3.0/mlflow/traces/{trace_id}/assessments";
  constexpr std::string_view kOne = "3.0/mlflow/traces/{trace_id}/assessments/{assessment_id}";
  const auto with = [&deps](Answer (*work)(const TraceDeps&, const Call&)) {
    return [deps, work](const Call& call) { return work(deps, call); };
  };
  wire.Add(Method::kPost, kAll, kNoFields, with(Create));
  wire.Add(Method::kGet, kOne, kNoFields, with(Get));
  wire.Add(Method::kPatch, kOne, kNoFields, with(Update));
  wire.Add(Method::kDelete, kOne, kNoFields, with(Delete));
}

}  // namespace gyre::api::mlflow::internal
