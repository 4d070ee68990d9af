#include "api/v1/internal/docs.h"
#include "api/v1/internal/handlers.h"
#include "transfer/records.h"

namespace gyre::api::v1::internal {
namespace {

/// A dataset's profile alone may have 16 MB.
constexpr uint64_t kLargestBatch = 64 << 20;

base::Json ArrayOfObjects() {
  return {{"type", "array"}, {"items", {{"type", "object"}}}};
}

}  // namespace

void AddImportRoutes(http::Router& router, const Deps& deps) {
  auto& importer = deps.importer;
  router.Add({.method = http::Method::kPost,
              .pattern = "/api/v1/import/mlflow",
              .handler = Answer([&importer](const http::Request& request) -> base::Result<base::Json> {
                return transfer::PutRecords(importer, TRY(JsonBody(request)), ActorOf(request));
              }),
              .max_body = kLargestBatch,
              .doc = Doc("importMlflow", "import",
                         "Put things of another MLflow here under their own ids: what "
                         "`gyre import mlflow` sends")
                         .Body(Object({{"records", ArrayOfObjects()}}, {"records"}))
                         .Returns(Object({{"results", ArrayOfObjects()}}, {"results"}))
                         .Errors({400, 413})});
  router.Add(
      {.method = http::Method::kPost,
       .pattern = "/api/v1/import/mlflow/known",
       .handler = Answer([&importer](const http::Request& request) -> base::Result<base::Json> {
         return transfer::AskKnown(importer, TRY(JsonBody(request)));
       }),
       .max_body = kLargestBatch,
       .doc = Doc("knownOfMlflow", "import", "Which of these things were put here whole, as they are now")
                  .Body(Object({{"kind", String("run, logged_model or model_version")}, {"items", ArrayOfObjects()}},
                               {"kind", "items"}))
                  .Returns(Object({{"known", ArrayOfObjects()}}, {"known"}))
                  .Errors({400, 413})});
}

}  // namespace gyre::api::v1::internal
