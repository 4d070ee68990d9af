#include "api/mlflow/internal/checks.h"
#include "api/mlflow/internal/traces_handlers.h"
#include "api/mlflow/internal/traces_messages.h"
#include "api/mlflow/internal/traces_wire.h"
#include "api/mlflow/internal/tracking_wire.h"

namespace gyre::api::mlflow::internal {
namespace {

using http::Method;

Answer Start(const TraceDeps& deps, const Call& call) {
  const auto body = TRY(base::ParseJson(call.request.body(), "the request body"));
  const auto* trace = TRY(RequireObject(body, "trace"));
  const auto* sent = FindField(*trace, "trace_info");
  auto info = TRY(ReadTraceInfo(sent != nullptr ? *sent : base::Json::object(), "trace.trace_info"));
  const auto experiment = TRY(deps.tracker.GetExperiment(TRY(ReadExperimentId(info.experiment))));
  if (experiment.stage != tracking::LifecycleStage::kActive) {
    return InvalidParameter(fmt::format("The experiment {} must be in the 'active' state. Current state is deleted.",
                                        experiment.id.value()));
  }
  info.experiment = experiment.id.value();
  info =
      TRY(deps.traces.Finish({.experiment = info.experiment, .artifact_location = experiment.artifact_location}, info));
  call.response.body += "{\"trace\":{\"trace_info\":";
  AppendTraceInfo(info, call.response.body);
  call.response.body += "}}";
  return Done();
}

/// Of 2.0 the id is called request_id, of 3.0 trace_id; the pattern of both says trace_id here.
Answer SetTag(const TraceDeps& deps, const Call& call) {
  const auto key = call.message.Text("key");
  if (auto checked = CheckTag(key, ""); !checked) return checked;
  TRY(deps.traces.SetTag(call.request.path_param("trace_id"), key, call.message.Text("value")));
  return Done();
}

Answer DeleteTag(const TraceDeps& deps, const Call& call) {
  TRY(deps.traces.DeleteTag(call.request.path_param("trace_id"), call.message.Text("key")));
  return Done();
}

Answer Delete(const TraceDeps& deps, const Call& call) {
  const auto until = call.message.OptionalInt("max_timestamp_millis");
  const auto at_most = call.message.OptionalInt("max_traces");
  auto ids = call.message.Texts("request_ids");
  // As MLflow's store: either bounds, of which there must be one, or ids.
  if (!until && ids.empty()) {
    return InvalidParameter("Either `max_timestamp_millis` or `trace_ids` must be specified.");
  }
  if (until && !ids.empty()) {
    return InvalidParameter("Only one of `max_timestamp_millis` and `trace_ids` can be specified.");
  }
  if (!ids.empty() && at_most) {
    return InvalidParameter("`max_traces` can't be specified if `trace_ids` is specified.");
  }
  if (at_most && *at_most <= 0) {
    return InvalidParameter(fmt::format("`max_traces` must be a positive integer, received {}.", *at_most));
  }
  const auto experiment = TRY(ReadExperimentId(call.message.Text("experiment_id")));
  const auto deleted = TRY(deps.traces.Delete(
      {.experiment = experiment.value(), .started_until_ms = until, .at_most = at_most, .ids = std::move(ids)},
      kActor));
  JsonWriter(call.response.body).BeginObject().Int("traces_deleted", deleted).EndObject();
  return Done();
}

Answer LinkToRun(const TraceDeps& deps, const Call& call) {
  TRY(deps.traces.LinkToRun(call.message.Texts("trace_ids"), call.message.Text("run_id")));
  return Done();
}

Answer LinkPrompts(const TraceDeps& deps, const Call& call) {
  std::vector<std::string> prompts;
  for (const auto prompt : call.message.Items("prompt_versions")) {
    prompts.push_back(fmt::format("{}/{}", prompt.Text("name"), prompt.Text("version")));
  }
  TRY(deps.traces.LinkPrompts(call.message.Text("trace_id"), prompts));
  return Done();
}

}  // namespace

void AddTraceWriteRoutes(Wire& wire, const TraceDeps& deps) {
  const auto with = [&deps](Answer (*work)(const TraceDeps&, const Call&)) {
    return [deps, work](const Call& call) { return work(deps, call); };
  };
  wire.Add(Method::kPost, "3.0/mlflow/traces", kNoFields, with(Start));
  for (const std::string_view version : {"2.0", "3.0"}) {
    const auto path = [&](std::string_view rest) { return fmt::format("{}/mlflow/traces/{}", version, rest); };
    wire.Add(Method::kPatch, path("{trace_id}/tags"), messages::kSetTraceTag, with(SetTag));
    wire.Add(Method::kDelete, path("{trace_id}/tags"), messages::kDeleteTraceTag, with(DeleteTag));
    wire.Add(Method::kPost, path("delete-traces"), messages::kDeleteTraces, with(Delete));
    wire.Add(Method::kPost, path("link-to-run"), messages::kLinkToRun, with(LinkToRun));
    wire.Add(Method::kPost, path("link-prompts"), messages::kLinkPrompts, with(LinkPrompts));
  }
}

}  // namespace gyre::api::mlflow::internal
