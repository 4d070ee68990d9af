#include "api/v1/internal/docs.h"
#include "api/v1/internal/handlers.h"

namespace gyre::api::v1::internal {
namespace {

base::Result<base::Json> StartStep(steps::AdHoc& ad_hoc, const http::Request& request) {
  const auto body = TRY(JsonBody(request));
  const base::ObjectReader fields(body, "body");
  TRY(fields.AllowOnly({"with", "inputs", "files", "force"}));
  steps::AdHocRequest step{.uses = std::string(request.path_param("uses"))};
  step.with = *TRY(fields.Object("with"));
  for (const auto& [name, source] : TRY(fields.Object("inputs"))->items()) step.inputs.emplace(name, source);
  for (const auto& [path, hex] : TRY(fields.Object("files"))->items()) {
    if (!hex.is_string())
      return base::InvalidArgument(fmt::format("files.{} must be a SHA-256", path), "files." + path);
    step.files.emplace(path, TRY(base::Digest::Parse(hex.get<std::string>())));
  }
  step.force = TRY(fields.Bool("force", false));
  step.actor = ActorOf(request);
  return TRY(ad_hoc.Start(step)).ToJson();
}

}  // namespace

void AddStepRoutes(http::Router& router, const Deps& deps) {
  router.Add({.method = http::Method::kPost,
              .pattern = "/api/v1/steps/{uses}/runs",
              .handler = Answer(
                  [&ad_hoc = deps.ad_hoc](const http::Request& request) { return StartStep(ad_hoc, request); }, 201),
              .doc = Doc("runStep", "steps",
                         "Run one built-in step on its own: ingest, validate, transform, split, train, test, package, "
                         "register, deploy")
                         .Body(Object({{"with", {{"type", "object"}}},
                                       {"inputs", {{"type", "object"}, {"additionalProperties", Ref("StepInput")}}},
                                       {"files", {{"type", "object"}, {"additionalProperties", Ref("Sha256")}}},
                                       {"force", Boolean()}}))
                         .Returns(Ref("PipelineRun"), 201)
                         .Errors({400, 404, 422})});
}

}  // namespace gyre::api::v1::internal
