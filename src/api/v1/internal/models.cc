#include "api/v1/internal/docs.h"
#include "api/v1/internal/handlers.h"
#include "base/file.h"
#include "base/text.h"
#include "package/packaging.h"

namespace gyre::api::v1::internal {
namespace {

base::Result<registry::VersionRef> RefOf(const http::Request& request) {
  const auto number = base::ParseInt(request.path_param("version"));
  if (!number || *number < 1) {
    return base::NotFound(fmt::format("'{}' is not the number of a version", request.path_param("version")), "version");
  }
  return registry::VersionRef{registry::ModelName(request.path_param("name")), *number};
}

/// An ONNX file from outside, in the body, becomes a version.
base::Result<base::Json> RegisterOnnx(const Deps& deps, const http::Request& request) {
  const auto name = std::string(request.path_param("name"));
  auto onnx = request.body_file() != nullptr ? base::ReadFile(*request.body_file(), model::kMaxBundleBytes)
                                             : base::Result<std::string>(std::string(request.body()));
  if (!onnx) return onnx.error();
  const auto bundle = TRY(package::BundleFromOnnx(deps.onnx, {.onnx = std::move(*onnx), .card = {.name = name}}));
  registry::RegisterOptions options{.actor = ActorOf(request),
                                    .description = request.query_param("description").value_or("")};
  options.aliases_if_absent = {"champion"};
  return TRY(deps.registry.Register(registry::ModelName(name), bundle, options)).ToJson();
}

void SendFile(const Deps& deps, const http::Request& request, http::Response& response) {
  auto bytes = [&]() -> base::Result<std::string> {
    const auto version = TRY(deps.registry.Get(TRY(RefOf(request))));
    return deps.registry.LoadFile(version, request.path_param("file"));
  }();
  if (!bytes) return response.SetError(bytes.error());
  const auto file = request.path_param("file");
  response.content_type = file.ends_with(".json") ? "application/json"
                          : file.ends_with(".md") ? "text/markdown; charset=utf-8"
                                                  : "application/octet-stream";
  response.body += *bytes;
}

base::Result<base::Json> SetAlias(registry::Registry& registry, const http::Request& request) {
  const auto body = TRY(JsonBody(request));
  const base::ObjectReader fields(body, "body");
  TRY(fields.AllowOnly({"version"}));
  const registry::ModelName model(request.path_param("name"));
  TRY(registry.SetAlias(model, request.path_param("alias"), TRY(fields.Int("version")), ActorOf(request)));
  return TRY(registry.GetModel(model)).ToJson();
}

base::Result<base::Json> DeleteAlias(registry::Registry& registry, const http::Request& request) {
  const registry::ModelName model(request.path_param("name"));
  TRY(registry.DeleteAlias(model, request.path_param("alias"), ActorOf(request)));
  return TRY(registry.GetModel(model)).ToJson();
}

base::Result<base::Json> DeleteVersion(const Deps& deps, const http::Request& request) {
  const auto ref = TRY(RefOf(request));
  for (const auto& endpoint : TRY(deps.releases.List())) {
    const bool serves = endpoint.champion == ref || (endpoint.canary && endpoint.canary->candidate == ref);
    if (serves) {
      return base::FailedPrecondition(fmt::format("{} serves endpoint '{}'; deploy another version there first",
                                                  ref.ToString(), endpoint.name.value()),
                                      ref.ToString());
    }
  }
  TRY(deps.registry.Delete(ref, ActorOf(request)));
  return base::Json({{"deleted", ref.ToString()}});
}

void AddVersionRoutes(http::Router& router, const Deps& deps) {
  auto& registry = deps.registry;
  router.Add({.method = http::Method::kPost,
              .pattern = "/api/v1/models/{name}/versions",
              .handler = Answer([deps](const http::Request& request) { return RegisterOnnx(deps, request); }, 201),
              .body_mode = http::BodyMode::kSpool,
              .max_body = std::min(deps.max_upload_bytes, model::kMaxBundleBytes),
              .doc = Doc("registerModelVersion", "models", "Register an ONNX file; the first version becomes champion")
                         .Query("description", "for people", String())
                         .Upload("application/octet-stream")
                         .Returns(Ref("ModelVersion"), 201)
                         .Errors({400, 413, 422})});
  router.Add({.method = http::Method::kGet,
              .pattern = "/api/v1/models/{name}/versions",
              .handler = Answer([&registry](const http::Request& request) -> base::Result<base::Json> {
                return ToJsonList("versions",
                                  TRY(registry.ListVersions(registry::ModelName(request.path_param("name")))));
              }),
              .doc = Doc("listModelVersions", "models", "Versions of a model, newest first")
                         .Returns(ListOf("versions", "ModelVersion"))
                         .Errors({404})});
  router.Add({.method = http::Method::kGet,
              .pattern = "/api/v1/models/{name}/versions/{version}",
              .handler = Answer([&registry](const http::Request& request) -> base::Result<base::Json> {
                return TRY(registry.Get(TRY(RefOf(request)))).ToJson();
              }),
              .doc = Doc("getModelVersion", "models", "One version").Returns(Ref("ModelVersion")).Errors({404})});
  router.Add(
      {.method = http::Method::kDelete,
       .pattern = "/api/v1/models/{name}/versions/{version}",
       .handler = Answer([deps](const http::Request& request) { return DeleteVersion(deps, request); }),
       .doc = Doc("deleteModelVersion", "models", "Hide a version that serves nowhere; its number is not used again")
                  .Returns(Ref("Deleted"))
                  .Errors({404, 409})});
  router.Add(
      {.method = http::Method::kGet,
       .pattern = "/api/v1/models/{name}/versions/{version}/files/{file}",
       .handler = [deps](const http::Request& request, http::Response& response) { SendFile(deps, request, response); },
       .doc = Doc("getModelFile", "models", "One file of a version's bundle: model.onnx, signature.json, card.md, ...")
                  .ReturnsFile("*/*")
                  .Errors({404})});
}

void AddAliasRoutes(http::Router& router, const Deps& deps) {
  auto& registry = deps.registry;
  router.Add({.method = http::Method::kPut,
              .pattern = "/api/v1/models/{name}/aliases/{alias}",
              .handler = Answer([&registry](const http::Request& request) { return SetAlias(registry, request); }),
              .doc = Doc("setAlias", "models", "Point an alias at a version")
                         .Body(Object({{"version", Integer(1, int64_t{1} << 40)}}, {"version"}))
                         .Returns(Ref("Model"))
                         .Errors({400, 404})});
  router.Add({.method = http::Method::kDelete,
              .pattern = "/api/v1/models/{name}/aliases/{alias}",
              .handler = Answer([&registry](const http::Request& request) { return DeleteAlias(registry, request); }),
              .doc = Doc("deleteAlias", "models", "Remove an alias").Returns(Ref("Model")).Errors({400, 404})});
}

}  // namespace

void AddModelRoutes(http::Router& router, const Deps& deps) {
  auto& registry = deps.registry;
  router.Add({.method = http::Method::kGet,
              .pattern = "/api/v1/models",
              .handler = Answer([&registry](const http::Request&) -> base::Result<base::Json> {
                return ToJsonList("models", TRY(registry.ListModels()));
              }),
              .doc = Doc("listModels", "models", "Registered models").Returns(ListOf("models", "Model"))});
  router.Add(
      {.method = http::Method::kGet,
       .pattern = "/api/v1/models/{name}",
       .handler = Answer([&registry](const http::Request& request) -> base::Result<base::Json> {
         return TRY(registry.GetModel(registry::ModelName(request.path_param("name")))).ToJson();
       }),
       .doc = Doc("getModel", "models", "One registered model and its aliases").Returns(Ref("Model")).Errors({404})});
  AddVersionRoutes(router, deps);
  AddAliasRoutes(router, deps);
}

}  // namespace gyre::api::v1::internal
