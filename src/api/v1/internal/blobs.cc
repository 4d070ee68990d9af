#include <unistd.h>

#include "api/v1/internal/docs.h"
#include "api/v1/internal/handlers.h"

namespace gyre::api::v1::internal {
namespace {

base::Json BlobJson(const blob::BlobRef& ref) {
  return {{"sha256", ref.digest.ToHex()}, {"size", ref.size}};
}

base::Result<base::Json> PutBlob(blob::BlobStore& blobs, const http::Request& request) {
  const auto ref = request.body_file() != nullptr ? blobs.PutFile(*request.body_file()) : blobs.Put(request.body());
  if (!ref) return ref.error();
  return BlobJson(*ref);
}

base::Result<base::Json> StatBlob(blob::BlobStore& blobs, const http::Request& request) {
  return BlobJson(TRY(blobs.Stat(TRY(base::Digest::Parse(request.path_param("sha256"))))));
}

/// Through a file of its own, so that a blob of any size is verified first and then sent by the kernel.
base::Result<http::Response::FileBody> OpenBlob(const Deps& deps, const http::Request& request) {
  const auto ref = TRY(deps.blobs.Stat(TRY(base::Digest::Parse(request.path_param("sha256")))));
  const auto folder = TRY(base::TempFolder::Make(deps.work_folder, "blob"));
  const auto path = folder.path() / "content";
  TRY(deps.blobs.Materialize(ref.digest, path, blob::Materialization::kShare));
  return http::Response::FileBody{.fd = TRY(base::OpenForRead(path)), .offset = 0, .length = ref.size};
}

void SendBlob(const Deps& deps, const http::Request& request, http::Response& response) {
  auto file = OpenBlob(deps, request);
  if (!file) return response.SetError(file.error());
  response.content_type = "application/octet-stream";
  response.file = std::move(*file);
}

}  // namespace

void AddBlobRoutes(http::Router& router, const Deps& deps) {
  auto& blobs = deps.blobs;
  router.Add({.method = http::Method::kPost,
              .pattern = "/api/v1/blobs",
              .handler = Answer([&blobs](const http::Request& request) { return PutBlob(blobs, request); }, 201),
              .body_mode = http::BodyMode::kSpool,
              .max_body = deps.max_upload_bytes,
              .doc = Doc("putBlob", "blobs", "Store bytes under their SHA-256")
                         .Upload("application/octet-stream")
                         .Returns(Ref("Blob"), 201)
                         .Errors({400, 413})});
  router.Add(
      {.method = http::Method::kGet,
       .pattern = "/api/v1/blobs/{sha256}",
       .handler = Answer([&blobs](const http::Request& request) { return StatBlob(blobs, request); }),
       .doc =
           Doc("getBlob", "blobs", "Whether bytes are stored, and how many").Returns(Ref("Blob")).Errors({400, 404})});
  router.Add(
      {.pattern = "/api/v1/blobs/{sha256}/content",
       .handler = [deps](const http::Request& request, http::Response& response) { SendBlob(deps, request, response); },
       .doc = Doc("getBlobContent", "blobs", "The bytes, verified")
                  .ReturnsFile("application/octet-stream")
                  .Errors({400, 404})});
}

}  // namespace gyre::api::v1::internal
