#include "api/v1/internal/docs.h"
#include "api/v1/internal/handlers.h"

namespace gyre::api::v1::internal {
namespace {

serve::EndpointName NameOf(const http::Request& request) {
  return serve::EndpointName(request.path_param("name"));
}

base::Result<base::Json> GetConfig(loop::Loop& loop, const http::Request& request) {
  const auto config = TRY(loop.ConfigOf(NameOf(request)));
  if (!config)
    return base::NotFound(fmt::format("endpoint '{}' has no loop", NameOf(request).value()), NameOf(request).value());
  return config->ToJson();
}

base::Result<base::Json> PutConfig(const Deps& deps, const http::Request& request) {
  TRY(deps.releases.Get(NameOf(request)));
  const auto body = TRY(JsonBody(request));
  auto config = TRY(loop::LoopConfig::FromJson(body, ""));
  TRY(TRY(deps.projects.Newest(config.project)).Pipeline(config.pipeline));
  TRY(deps.loop.Configure(NameOf(request), config, ActorOf(request)));
  return config.ToJson();
}

base::Result<base::Json> Trigger(loop::Loop& loop, const http::Request& request) {
  const auto body = TRY(JsonBody(request));
  const base::ObjectReader fields(body, "body");
  TRY(fields.AllowOnly({"reason"}));
  return TRY(loop.Trigger(NameOf(request), TRY(fields.String("reason", "started by hand")), ActorOf(request))).ToJson();
}

base::Result<base::Json> ListCycles(loop::Loop& loop, const http::Request& request) {
  const auto limit = TRY(IntQuery(request, "limit", 50, 1, 1000));
  return ToJsonList("cycles",
                    TRY(loop.Cycles(serve::EndpointName(request.query_param("endpoint").value_or("")), limit)));
}

}  // namespace

void AddLoopRoutes(http::Router& router, const Deps& deps) {
  auto& loop = deps.loop;
  router.Add({.method = http::Method::kGet,
              .pattern = "/api/v1/endpoints/{name}/loop",
              .handler = Answer([&loop](const http::Request& request) { return GetConfig(loop, request); }),
              .doc = Doc("getLoop", "loop", "When an endpoint's model is trained again")
                         .Returns(Ref("LoopConfig"))
                         .Errors({404})});
  router.Add({.method = http::Method::kPut,
              .pattern = "/api/v1/endpoints/{name}/loop",
              .handler = Answer([deps](const http::Request& request) { return PutConfig(deps, request); }),
              .doc = Doc("setLoop", "loop", "Change when and how")
                         .Body(Ref("LoopConfig"))
                         .Returns(Ref("LoopConfig"))
                         .Errors({400, 404})});
  router.Add({.method = http::Method::kPost,
              .pattern = "/api/v1/endpoints/{name}/loop/cycles",
              .handler = Answer([&loop](const http::Request& request) { return Trigger(loop, request); }, 201),
              .doc = Doc("triggerLoop", "loop", "Begin a cycle by hand")
                         .Body(Object({{"reason", String()}}))
                         .Returns(Ref("Cycle"), 201)
                         .Errors({400, 404, 409})});
  router.Add({.method = http::Method::kGet,
              .pattern = "/api/v1/cycles",
              .handler = Answer([&loop](const http::Request& request) { return ListCycles(loop, request); }),
              .doc = Doc("listCycles", "loop", "Turns of the loop and how they ended, newest first")
                         .Query("endpoint", "only of this endpoint", String())
                         .Query("limit", "at most so many", Integer(1, 1000))
                         .Returns(ListOf("cycles", "Cycle"))});
  router.Add({.method = http::Method::kGet,
              .pattern = "/api/v1/cycles/{id}",
              .handler = Answer([&loop](const http::Request& request) -> base::Result<base::Json> {
                return TRY(loop.GetCycle(std::string(request.path_param("id")))).ToJson();
              }),
              .doc = Doc("getCycle", "loop", "One turn of the loop").Returns(Ref("Cycle")).Errors({404})});
}

}  // namespace gyre::api::v1::internal
