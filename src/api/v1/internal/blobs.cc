#include <unistd.h>

#include "api/v1/internal/docs.h"
#include "api/v1/internal/handlers.h"

namespace gyre::api::v1::internal {
namespace {

base::Json BlobJson(const blob::BlobRef& ref) { return {{"sha256", ref.digest.ToHex()}, {"size", ref.size}}; }

base::Result<base::Json> PutBlob(blob::BlobStore& blobs, const http::Request& request) {
  const auto ref = request.body_file() != nullptr ? blobs.PutFile(*request.body_file()) : blobs.Put(request.body());
  if (!ref) return ref.error();
  return BlobJson(*ref);
}

base::Result<base::Json> StatBlob(blob::BlobStore& blobs, const http::Request& request) {
  return BlobJson(TRY(blobs.Stat(TRY(base::Digest::Parse(request.path_param("sha256"))))));
}

}  // namespace

void AddBlobRoutes(http::Router& router, const Deps& deps) {
  auto& blobs = deps.blobs;
  router.Add({.method = http::Method::kPost,
              .pattern = "/api/v1/blobs",
              .handler = Answer([&blobs](const http::Request& request) { return PutBlob(blobs, request); }, 201),
              .body_mode = http::BodyMode::kSpool,
              .max_body = deps.max_upload_bytes,
              .doc = Doc("putBlob", "blobs", "Store bytes under their SHA-256").Upload("application/octet-stream").Returns(Ref("Blob"), 201).Errors({400, 413})});
  router.Add({.method = http::Method::kGet,
              .pattern = "/api/v1/blobs/{sha256}",
              .handler = Answer([&blobs](const http::Request& request) { return StatBlob(blobs, request); }),
              .doc = Doc("getBlob", "blobs", "Whether bytes are stored, and how many").Returns(Ref("Blob")).Errors({400, 404})});
}

}  // namespace gyre::api::v1::internal
