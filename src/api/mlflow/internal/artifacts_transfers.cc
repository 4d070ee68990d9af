// Uploads in parts and signed URLs: /api/2.0/mlflow-artifacts/mpu/*, presigned/*, signed/*.
#include <array>

#include "api/mlflow/internal/artifacts_answers.h"
#include "api/mlflow/internal/artifacts_path.h"
#include "api/mlflow/internal/artifacts_routes.h"
#include "api/mlflow/internal/artifacts_sinks.h"
#include "api/mlflow/internal/render.h"
#include "artifacts/path.h"
#include "base/text.h"

namespace gyre::api::mlflow::internal {
namespace {

using artifacts::Multipart;
using artifacts::UploadId;

inline constexpr std::array kCreateFields = {Field{.name = "path", .required = true},
                                             Field{.name = "num_parts", .type = Type::kInt64}};
inline constexpr Descriptor kCreate = {kCreateFields};
inline constexpr std::array kPartFields = {Field{.name = "part_number", .type = Type::kInt64}, Field{.name = "etag"},
                                           Field{.name = "url"}};
inline constexpr Descriptor kPart = {kPartFields};
inline constexpr std::array kCompleteFields = {
    Field{.name = "path", .required = true}, Field{.name = "upload_id"},
    Field{.name = "parts", .type = Type::kMessage, .required = true, .repeated = true, .message = &kPart}};
inline constexpr Descriptor kComplete = {kCompleteFields};
inline constexpr std::array kAbortFields = {Field{.name = "path", .required = true}, Field{.name = "upload_id"}};
inline constexpr Descriptor kAbort = {kAbortFields};

/// Longer than any part may take, shorter than the upload lives.
constexpr std::chrono::hours kPartUrlLasts{12};

/// The folder is in the URL, the file's name in the message.
base::Result<std::string> TargetOf(const Call& call) {
  const auto folder = TRY(SafePath(call.request.path_param("path")));
  return artifacts::Join(folder, TRY(SafeFileName(call.message.Text("path"))));
}

std::string PartGrant(std::string_view upload, int64_t number) {
  return fmt::format("PART {} {}", number, upload);
}

Answer CreateUpload(const ArtifactDeps& deps, const Call& call) {
  const int64_t parts = call.message.Int("num_parts", 1);
  const auto id = TRY(deps.uploads.Create(TRY(TargetOf(call)), parts));
  const auto origin = OriginOf(call.request);
  JsonWriter json(call.response.body);
  json.BeginObject().Text("upload_id", id.value()).BeginList("credentials");
  for (int64_t number = 1; number <= parts; ++number) {
    const auto signature = deps.signer.Sign(PartGrant(id.value(), number), kPartUrlLasts);
    json.BeginObject()
        .Text("url", fmt::format("{}/api/2.0/mlflow-artifacts/mpu/part/{}/{}?expires={}&signature={}", origin,
                                 id.value(), number, signature.expires, signature.text))
        .Int("part_number", number)
        .EndObject();
  }
  json.EndList().EndObject();
  return Done();
}

Answer CompleteUpload(const ArtifactDeps& deps, const Call& call) {
  std::vector<Multipart::Part> parts;
  for (const auto part : call.message.Items("parts")) {
    parts.push_back({.number = part.Int("part_number"), .tag = std::string(part.Text("etag"))});
  }
  TRY(deps.uploads.Complete(UploadId(call.message.Text("upload_id")), TRY(TargetOf(call)), parts));
  return Done();
}

Answer AbortUpload(const ArtifactDeps& deps, const Call& call) {
  TRY(TargetOf(call));
  TRY(deps.uploads.Abort(UploadId(call.message.Text("upload_id"))));
  return Done();
}

base::Result<void> CheckSignature(const ArtifactDeps& deps, const http::Request& request, std::string_view grant) {
  return deps.signer.Check(grant, request.query_param("expires").value_or(""),
                           request.query_param("signature").value_or(""));
}

base::Result<std::unique_ptr<PartSink>> BeginPart(const ArtifactDeps& deps, const http::Request& request) {
  const auto upload = request.path_param("upload");
  const auto number = base::ParseInt(request.path_param("number")).value_or(0);
  TRY(CheckSignature(deps, request, PartGrant(upload, number)));
  return std::make_unique<PartSink>(TRY(deps.uploads.BeginPart(UploadId(upload), number)));
}

Answer TakePart(const ArtifactDeps& deps, const http::Request& request, http::Response& response) {
  std::unique_ptr<PartSink> made;
  auto* sink = static_cast<PartSink*>(request.body_sink());
  if (sink == nullptr) {
    made = TRY(BeginPart(deps, request));
    sink = made.get();
    TRY(sink->Append(request.body()));
  }
  response.headers.emplace_back("ETag", fmt::format("\"{}\"", TRY(sink->writer().Commit())));
  return Done();
}

void AddPartRoute(http::Router& router, const ArtifactDeps& deps) {
  router.Add({.method = http::Method::kPut,
              .pattern = "/api/2.0/mlflow-artifacts/mpu/part/{upload}/{number}",
              .handler = Raw([deps](const http::Request& request, http::Response& response) {
                return TakePart(deps, request, response);
              }),
              .body_mode = http::BodyMode::kSpool,
              .body_sink = [deps](const http::Request& request) -> base::Result<std::unique_ptr<http::BodySink>> {
                return std::unique_ptr<http::BodySink>(TRY(BeginPart(deps, request)));
              },
              .max_body = deps.max_upload_bytes});
}

void AddSignedRoute(http::Router& router, const ArtifactDeps& deps) {
  router.Add({.pattern = "/api/2.0/mlflow-artifacts/signed/{path...}",
              .handler = Raw([deps](const http::Request& request, http::Response& response) -> Answer {
                const auto path = TRY(SafePath(request.path_param("path")));
                TRY(CheckSignature(deps, request, "GET " + path));
                return SendArtifact(deps.artifacts, path, request, response);
              })});
}

}  // namespace

void AddArtifactTransferRoutes(Wire& wire, const ArtifactDeps& deps) {
  using enum http::Method;
  wire.Add(kPost, "2.0/mlflow-artifacts/mpu/create/{path...}", kCreate,
           [deps](const Call& call) { return CreateUpload(deps, call); });
  wire.Add(kPost, "2.0/mlflow-artifacts/mpu/complete/{path...}", kComplete,
           [deps](const Call& call) { return CompleteUpload(deps, call); });
  wire.Add(kPost, "2.0/mlflow-artifacts/mpu/abort/{path...}", kAbort,
           [deps](const Call& call) { return AbortUpload(deps, call); });
  wire.Add(kGet, "2.0/mlflow-artifacts/presigned/{path...}", kNoFields, [deps](const Call& call) -> Answer {
    const auto path = TRY(SafePath(call.request.path_param("path")));
    return SendSignedUrl(deps, path, call.request, call.response);
  });
  AddPartRoute(wire.router(), deps);
  AddSignedRoute(wire.router(), deps);
}

}  // namespace gyre::api::mlflow::internal
