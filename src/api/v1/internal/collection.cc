#include "api/v1/internal/docs.h"
#include "api/v1/internal/handlers.h"
#include "base/time.h"

namespace gyre::api::v1::internal {
namespace {

constexpr int64_t kMaxWaitSeconds = 60;

base::Result<base::Json> StartCollection(govern::Collector& collector, const http::Request& request) {
  const auto wait = TRY(IntQuery(request, "wait_seconds", 20, 0, kMaxWaitSeconds));
  const auto body = TRY(JsonBody(request));
  const base::ObjectReader fields(body, "");
  TRY(fields.AllowOnly({"older_than", "runs", "dry_run"}));
  govern::CollectRequest wanted;
  wanted.older_than = TRY(base::ParseDuration(TRY(fields.String("older_than", "0s"))));
  wanted.runs = TRY(fields.Strings("runs", {}));
  wanted.dry_run = TRY(fields.Bool("dry_run", false));
  wanted.actor = ActorOf(request);
  TRY(collector.Start(wanted));
  return collector.Wait(std::chrono::seconds(wait)).ToJson();
}

base::Result<base::Json> GetCollection(govern::Collector& collector, const http::Request& request) {
  const auto wait = TRY(IntQuery(request, "wait_seconds", 0, 0, kMaxWaitSeconds));
  return collector.Wait(std::chrono::seconds(wait)).ToJson();
}

}  // namespace

void AddCollectionRoutes(http::Router& router, const Deps& deps) {
  auto& collector = deps.collector;
  router.Add(
      {.method = http::Method::kPost,
       .pattern = "/api/v1/gc",
       .handler = Answer([&collector](const http::Request& request) { return StartCollection(collector, request); }),
       .execution = http::Execution::kLong,
       .doc = Doc("startCollection", "gc",
                  "Remove deleted runs, experiments and logged models for good, and the blobs that nothing needs")
                  .Query("wait_seconds", "how long to wait for its end", Integer(0, kMaxWaitSeconds))
                  .Body(Object({{"older_than", String("how long they must have been deleted: 30d; all by default")},
                                {"runs", {{"type", "array"}, {"items", String()}}},
                                {"dry_run", Boolean()}}))
                  .Returns(Ref("Collection"))
                  .Errors({409})});
  router.Add(
      {.method = http::Method::kGet,
       .pattern = "/api/v1/gc",
       .handler = Answer([&collector](const http::Request& request) { return GetCollection(collector, request); }),
       .execution = http::Execution::kLong,
       .doc = Doc("getCollection", "gc", "The last collection; with wait_seconds, as soon as it has ended")
                  .Query("wait_seconds", "how long to wait for its end", Integer(0, kMaxWaitSeconds))
                  .Returns(Ref("Collection"))});
}

}  // namespace gyre::api::v1::internal
