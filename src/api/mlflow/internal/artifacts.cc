// The proxy: /api/2.0/mlflow-artifacts/artifacts, through which clients reach the whole tree.
#include <array>

#include "api/mlflow/internal/artifacts_answers.h"
#include "api/mlflow/internal/artifacts_path.h"
#include "api/mlflow/internal/artifacts_routes.h"
#include "api/mlflow/internal/artifacts_sinks.h"

namespace gyre::api::mlflow::internal {
namespace {

inline constexpr std::array kListFields = {Field{.name = "path"}};
inline constexpr Descriptor kList = {kListFields};

Answer PutArtifact(const ArtifactDeps& deps, const http::Request& request) {
  const auto path = TRY(SafePath(request.path_param("path")));
  if (path.empty() || request.path_param("path").ends_with('/')) {
    return InvalidParameter("Artifact path must include a filename (cannot end with '/').");
  }
  if (auto* sink = static_cast<BlobSink*>(request.body_sink()); sink != nullptr) {
    TRY(deps.artifacts.Put(path, sink->writer()));
  } else {
    TRY(deps.artifacts.Put(path, request.body()));
  }
  return Done();
}

void AddBytes(http::Router& router, std::string_view prefix, const ArtifactDeps& deps) {
  const auto pattern = fmt::format("{}/2.0/mlflow-artifacts/artifacts/{{path...}}", prefix);
  router.Add(
      {.pattern = pattern, .handler = Raw([deps](const http::Request& request, http::Response& response) -> Answer {
                             const auto path = TRY(SafePath(request.path_param("path")));
                             return SendArtifact(deps.artifacts, path, request, response);
                           })});
  router.Add(
      {.method = http::Method::kPut,
       .pattern = pattern,
       .handler = Raw([deps](const http::Request& request, http::Response&) { return PutArtifact(deps, request); }),
       .body_mode = http::BodyMode::kSpool,
       .body_sink = [deps](const http::Request& request) -> base::Result<std::unique_ptr<http::BodySink>> {
         TRY(SafePath(request.path_param("path")));
         return BlobSink::Make(deps.artifacts);
       },
       .max_body = deps.max_upload_bytes});
}

}  // namespace

void AddArtifactProxyRoutes(Wire& wire, const ArtifactDeps& deps) {
  AddBytes(wire.router(), "/api", deps);
  AddBytes(wire.router(), "/ajax-api", deps);
  wire.Add(http::Method::kGet, "2.0/mlflow-artifacts/artifacts", kList, [deps](const Call& call) -> Answer {
    const auto path = TRY(SafePath(call.message.Text("path")));
    const auto entries = TRY(deps.artifacts.List(path));
    RenderEntries(entries, "", "", call.response.body);
    return Done();
  });
  wire.Add(http::Method::kDelete, "2.0/mlflow-artifacts/artifacts/{path...}", kNoFields,
           [deps](const Call& call) -> Answer {
             const auto path = TRY(SafePath(call.request.path_param("path")));
             TRY(deps.artifacts.Delete(path, "mlflow"));
             return Done();
           });
}

}  // namespace gyre::api::mlflow::internal
