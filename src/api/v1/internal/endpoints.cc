#include "api/v1/internal/docs.h"
#include "api/v1/internal/handlers.h"

namespace gyre::api::v1::internal {
namespace {

serve::EndpointName NameOf(const http::Request& request) {
  return serve::EndpointName(request.path_param("name"));
}

/// The durable record with the live figures of this process.
base::Result<base::Json> EndpointJson(const Deps& deps, const release::EndpointRecord& record) {
  auto json = record.ToJson();
  const auto figures = deps.endpoints.Figures(record.name);
  json["serving"] = figures.has_value();
  if (figures) {
    json["figures"] = {{"requests", figures->requests},
                       {"predictions", figures->predictions},
                       {"refused", figures->refused},
                       {"failed", figures->failed},
                       {"candidate_errors", figures->candidate_errors},
                       {"p50_seconds", figures->p50_seconds},
                       {"p99_seconds", figures->p99_seconds}};
  }
  json["labels"] = deps.labels.Count(record.name);
  const auto logged_until = deps.log.Watermark(record.name);
  json["logged_until"] = logged_until ? base::Json(base::FormatTimestamp(*logged_until)) : base::Json();
  json["urls"] = {{"predict", fmt::format("/endpoints/{}/predict", record.name.value())},
                  {"labels", fmt::format("/endpoints/{}/labels", record.name.value())},
                  {"openapi", fmt::format("/endpoints/{}/openapi.json", record.name.value())}};
  return json;
}

base::Result<base::Json> ListEndpoints(const Deps& deps) {
  base::Json list = base::Json::array();
  for (const auto& record : TRY(deps.releases.List())) list.push_back(TRY(EndpointJson(deps, record)));
  return base::Json({{"endpoints", list}});
}

base::Result<base::Json> PutEndpoint(const Deps& deps, const http::Request& request) {
  const auto name = NameOf(request);
  if (!base::IsValidName(name.value())) {
    return base::InvalidArgument(
        fmt::format("'{}' cannot be an endpoint's name; use letters, digits, . - and _", name.value()), "name");
  }
  const auto body = TRY(JsonBody(request));
  const base::ObjectReader fields(body, "body");
  TRY(fields.AllowOnly({"version"}));
  const auto version = TRY(deps.registry.Resolve(TRY(fields.String("version"))));
  return EndpointJson(deps, TRY(deps.releases.Deploy(name, version.ref, ActorOf(request))));
}

/// Forgetting again what is half forgotten goes on where it was cut off, so the endpoint may be gone already.
base::Result<base::Json> DeleteEndpoint(const Deps& deps, const http::Request& request) {
  const auto name = NameOf(request);
  const bool forget = TRY(BoolQuery(request, "forget", false));
  const auto deleted = deps.releases.Delete(name, ActorOf(request));
  if (!deleted && (!forget || deleted.error().code() != base::ErrorCode::kNotFound)) return deleted.error();
  if (forget) {
    TRY(deps.loop.Forget(name));
    TRY(deps.monitor.Forget(name, ActorOf(request)));
  }
  return base::Json({{"deleted", name.value()}});
}

base::Result<base::Json> StartCanary(const Deps& deps, const http::Request& request) {
  const auto body = TRY(JsonBody(request));
  const base::ObjectReader fields(body, "body");
  TRY(fields.AllowOnly({"version", "plan"}));
  const auto version = TRY(deps.registry.Resolve(TRY(fields.String("version"))));
  const auto plan = TRY(release::CanaryPlan::FromJson(*TRY(fields.Object("plan")), "body.plan"));
  return TRY(deps.releases.StartCanary(NameOf(request), version.ref, plan, ActorOf(request))).ToJson();
}

base::Result<base::Json> ListCanaries(const Deps& deps, const http::Request& request) {
  const auto limit = TRY(IntQuery(request, "limit", 50, 1, 1000));
  return ToJsonList("canaries", TRY(deps.releases.ListCanaries(
                                    serve::EndpointName(request.query_param("endpoint").value_or("")), limit)));
}

base::Result<base::Json> EndCanary(const Deps& deps, const http::Request& request) {
  const auto body = TRY(JsonBody(request));
  const base::ObjectReader fields(body, "body");
  TRY(fields.AllowOnly({"decision", "reason"}));
  const auto decision = TRY(release::ParseDecision(TRY(fields.String("decision"))));
  const auto reason = TRY(fields.String("reason", "decided by hand"));
  return TRY(deps.releases.EndCanary(std::string(request.path_param("id")), decision, reason, ActorOf(request)))
      .ToJson();
}

void AddCanaryRoutes(http::Router& router, const Deps& deps) {
  router.Add({.method = http::Method::kPost,
              .pattern = "/api/v1/endpoints/{name}/canaries",
              .handler = Answer([deps](const http::Request& request) { return StartCanary(deps, request); }, 201),
              .execution = http::Execution::kLong,
              .doc = Doc("startCanary", "endpoints", "Try a version on a share of the traffic until a verdict")
                         .Body(Object({{"version", String("NAME/VERSION or NAME@ALIAS")}, {"plan", Ref("CanaryPlan")}},
                                      {"version"}))
                         .Returns(Ref("Canary"), 201)
                         .Errors({400, 404, 409, 422})});
  router.Add({.method = http::Method::kGet,
              .pattern = "/api/v1/canaries",
              .handler = Answer([deps](const http::Request& request) { return ListCanaries(deps, request); }),
              .doc = Doc("listCanaries", "endpoints", "Canaries and their verdicts, newest first")
                         .Query("endpoint", "only of this endpoint", String())
                         .Query("limit", "at most so many", Integer(1, 1000))
                         .Returns(ListOf("canaries", "Canary"))});
  router.Add({.method = http::Method::kGet,
              .pattern = "/api/v1/canaries/{id}",
              .handler = Answer([deps](const http::Request& request) -> base::Result<base::Json> {
                return TRY(deps.releases.GetCanary(std::string(request.path_param("id")))).ToJson();
              }),
              .doc = Doc("getCanary", "endpoints", "One canary and its verdict").Returns(Ref("Canary")).Errors({404})});
  router.Add({.method = http::Method::kPost,
              .pattern = "/api/v1/canaries/{id}/end",
              .handler = Answer([deps](const http::Request& request) { return EndCanary(deps, request); }),
              .doc = Doc("endCanary", "endpoints", "End a canary by hand")
                         .Body(Object({{"decision", {{"enum", {"promote", "rollback", "hold"}}}}, {"reason", String()}},
                                      {"decision"}))
                         .Returns(Ref("Canary"))
                         .Errors({400, 404, 409})});
}

}  // namespace

void AddEndpointRoutes(http::Router& router, const Deps& deps) {
  router.Add({.method = http::Method::kGet,
              .pattern = "/api/v1/endpoints",
              .handler = Answer([deps](const http::Request&) { return ListEndpoints(deps); }),
              .doc = Doc("listEndpoints", "endpoints", "Endpoints with their live figures")
                         .Returns(ListOf("endpoints", "Endpoint"))});
  router.Add({.method = http::Method::kGet,
              .pattern = "/api/v1/endpoints/{name}",
              .handler = Answer([deps](const http::Request& request) -> base::Result<base::Json> {
                return EndpointJson(deps, TRY(deps.releases.Get(NameOf(request))));
              }),
              .doc = Doc("getEndpoint", "endpoints", "One endpoint").Returns(Ref("Endpoint")).Errors({404})});
  router.Add({.method = http::Method::kPut,
              .pattern = "/api/v1/endpoints/{name}",
              .handler = Answer([deps](const http::Request& request) { return PutEndpoint(deps, request); }),
              .execution = http::Execution::kLong,
              .doc = Doc("deploy", "endpoints",
                         "Give a model version all the traffic of an endpoint, made if new; the version is proven in a "
                         "child process first")
                         .Body(Object({{"version", String("NAME/VERSION or NAME@ALIAS")}}, {"version"}))
                         .Returns(Ref("Endpoint"))
                         .Errors({400, 404, 422})});
  router.Add(
      {.method = http::Method::kDelete,
       .pattern = "/api/v1/endpoints/{name}",
       .handler = Answer([deps](const http::Request& request) { return DeleteEndpoint(deps, request); }),
       .doc = Doc("deleteEndpoint", "endpoints", "Stop serving; what was logged stays, unless it is to be forgotten")
                  .Query("forget", "delete its logged rows, labels, windows, alarms and cycles too", Boolean())
                  .Returns(Ref("Deleted"))
                  .Errors({400, 404})});
  AddCanaryRoutes(router, deps);
}

}  // namespace gyre::api::v1::internal
