// Artifacts by the run, logged model or version that they belong to.
#include <array>

#include "api/mlflow/internal/artifacts_answers.h"
#include "api/mlflow/internal/artifacts_path.h"
#include "api/mlflow/internal/artifacts_routes.h"
#include "artifacts/path.h"
#include "base/text.h"
#include "tracking/tracker.h"

namespace gyre::api::mlflow::internal {
namespace {

inline constexpr std::array kListRunFields = {Field{.name = "run_id", .required = true, .alias = "run_uuid"},
                                              Field{.name = "path"}, Field{.name = "page_token"}};
inline constexpr Descriptor kListRun = {kListRunFields};
inline constexpr std::array kListModelFields = {Field{.name = "artifact_directory_path"}};
inline constexpr Descriptor kListModel = {kListModelFields};
inline constexpr std::array kPresignFields = {Field{.name = "run_id"}, Field{.name = "model_id"},
                                              Field{.name = "path", .required = true},
                                              Field{.name = "expiration", .type = Type::kInt64}};
inline constexpr Descriptor kPresign = {kPresignFields};

constexpr uint64_t kMaxPageUpload = 10 << 20;

/// Where things at `uri` lie in the tree; they may lie elsewhere, and only the client can go there.
base::Result<std::string> FolderOf(std::string_view uri) {
  if (auto folder = artifacts::PathOfUri(uri)) return std::move(*folder);
  return base::Unimplemented(
      fmt::format("the artifacts lie at '{}', which is not on this server; read them from there", uri), "artifact_uri");
}

/// A query parameter that must be there.
base::Result<std::string> Wanted(const http::Request& request, std::string_view name) {
  auto value = request.query_param(name);
  if (value && !value->empty()) return std::move(*value);
  return base::InvalidArgument(fmt::format("Request must specify {}.", name), std::string(name));
}

base::Result<tracking::RunId> WantedRun(const http::Request& request) {
  auto id = request.query_param("run_id");
  if (!id || id->empty()) id = request.query_param("run_uuid");
  if (id && !id->empty()) return tracking::RunId(*id);
  return base::InvalidArgument("Request must specify run_id or run_uuid.", "run_id");
}

Answer ListBelow(artifacts::ArtifactStore& store, const std::string& root_uri, std::string_view path,
                 http::Response& response) {
  const auto folder = artifacts::Join(TRY(FolderOf(root_uri)), path);
  const auto entries = TRY(store.List(folder));
  RenderEntries(entries, path, root_uri, response.body);
  return Done();
}

Answer SendBelow(const ArtifactDeps& deps, const std::string& root_uri, std::string_view path,
                 const http::Request& request, http::Response& response) {
  const auto whole = artifacts::Join(TRY(FolderOf(root_uri)), path);
  if (request.query_param("presigned") == "true") return SendSignedUrl(deps, whole, request, response);
  return SendArtifact(deps.artifacts, whole, request, response);
}

Answer GetRunArtifact(const ArtifactDeps& deps, const http::Request& request, http::Response& response) {
  const auto id = TRY(WantedRun(request));
  const auto path = TRY(SafePath(TRY(Wanted(request, "path"))));
  const auto run = TRY(deps.tracker.GetRun(id));
  const auto whole = artifacts::Join(TRY(FolderOf(run.artifact_uri)), path);
  return SendArtifact(deps.artifacts, whole, request, response);
}

Answer GetVersionArtifact(const ArtifactDeps& deps, const http::Request& request, http::Response& response) {
  const auto name = TRY(Wanted(request, "name"));
  const auto version = base::ParseInt(TRY(Wanted(request, "version")));
  if (!version) return InvalidParameter("Model version must be an integer");
  const auto path = TRY(SafePath(TRY(Wanted(request, "path"))));
  const auto uri = TRY(deps.registry.DownloadUri({.model = registry::ModelName(name), .version = *version}));
  return SendBelow(deps, uri, path, request, response);
}

Answer GetModelArtifact(const ArtifactDeps& deps, const http::Request& request, http::Response& response) {
  const auto wanted = request.query_param("artifact_file_path");
  if (!wanted || wanted->empty()) {
    return Failure(Code::kBadRequest, "Request must include the \"artifact_file_path\" query parameter.");
  }
  const auto path = TRY(SafePath(*wanted));
  const auto model = TRY(deps.tracker.GetLoggedModel(tracking::LoggedModelId(request.path_param("model_id"))));
  return SendBelow(deps, model.artifact_uri, path, request, response);
}

/// URLs into somebody's cloud are for artifacts that lie there; of those on this server clients ask under
/// mlflow-artifacts/presigned.
Answer RefusePresigned(const ArtifactDeps& deps, const Call& call, std::string_view direction) {
  const auto run = call.message.Text("run_id");
  const auto model = call.message.Text("model_id");
  if (run.empty() == model.empty()) return InvalidParameter("Exactly one of run_id and model_id must be provided.");
  TRY(SafePath(call.message.Text("path")));
  const auto uri = run.empty() ? TRY(deps.tracker.GetLoggedModel(tracking::LoggedModelId(model))).artifact_uri
                               : TRY(deps.tracker.GetRun(tracking::RunId(run))).artifact_uri;
  TRY(FolderOf(uri));
  return InvalidParameter(
      fmt::format("Presigned {} is not supported for proxied artifact storage (artifact URI scheme: mlflow-artifacts). "
                  "This endpoint requires a direct cloud storage artifact URI.",
                  direction));
}

/// What a page of the browser sends: small, and under the run by its path.
Answer UploadRunArtifact(const ArtifactDeps& deps, const http::Request& request) {
  const auto id = TRY(WantedRun(request));
  const auto path = TRY(SafePath(TRY(Wanted(request, "path"))));
  if (request.body().size() > kMaxPageUpload) return InvalidParameter("Artifact size is too large. Max size is 10MB.");
  if (request.body().empty()) return InvalidParameter("Request must specify data.");
  const auto run = TRY(deps.tracker.GetRun(id));
  TRY(deps.artifacts.Put(artifacts::Join(TRY(FolderOf(run.artifact_uri)), path), request.body()));
  return Done();
}

}  // namespace

void AddArtifactOwnerRoutes(Wire& wire, const ArtifactDeps& deps) {
  using enum http::Method;
  wire.Add(kGet, "2.0/mlflow/artifacts/list", kListRun, [deps](const Call& call) -> Answer {
    const auto path = TRY(SafePath(call.message.Text("path")));
    const auto run = TRY(deps.tracker.GetRun(tracking::RunId(call.message.Text("run_id"))));
    return ListBelow(deps.artifacts, run.artifact_uri, path, call.response);
  });
  wire.Add(kGet, "2.0/mlflow/logged-models/{model_id}/artifacts/directories", kListModel,
           [deps](const Call& call) -> Answer {
             const auto path = TRY(SafePath(call.message.Text("artifact_directory_path")));
             const tracking::LoggedModelId id(call.request.path_param("model_id"));
             return ListBelow(deps.artifacts, TRY(deps.tracker.GetLoggedModel(id)).artifact_uri, path, call.response);
           });
  wire.Add(kPost, "2.0/mlflow/artifacts/presigned-upload-url", kPresign,
           [deps](const Call& call) { return RefusePresigned(deps, call, "upload"); });
  wire.Add(kPost, "2.0/mlflow/artifacts/presigned-download-url", kPresign,
           [deps](const Call& call) { return RefusePresigned(deps, call, "download"); });
  const auto get = [&](std::string_view pattern, auto work) {
    wire.router().Add({.pattern = std::string(pattern),
                       .handler = Raw([deps, work](const http::Request& request, http::Response& response) {
                         return work(deps, request, response);
                       })});
  };
  get("/get-artifact", GetRunArtifact);
  get("/model-versions/get-artifact", GetVersionArtifact);
  get("/ajax-api/2.0/mlflow/logged-models/{model_id}/artifacts/files", GetModelArtifact);
  wire.router().Add({.method = kPost,
                     .pattern = "/ajax-api/2.0/mlflow/upload-artifact",
                     .handler = Raw([deps](const http::Request& request, http::Response&) {
                       return UploadRunArtifact(deps, request);
                     }),
                     .max_body = kMaxPageUpload + (1 << 20)});
}

}  // namespace gyre::api::mlflow::internal
