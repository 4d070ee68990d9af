#include "api/v1/internal/docs.h"
#include "api/v1/internal/handlers.h"

namespace gyre::api::v1::internal {
namespace {

serve::EndpointName EndpointQuery(const http::Request& request) {
  return serve::EndpointName(request.query_param("endpoint").value_or(""));
}

base::Result<base::Json> ListWindows(monitor::Monitor& monitor, const http::Request& request) {
  return ToJsonList("windows",
                    TRY(monitor.Windows(EndpointQuery(request), TRY(IntQuery(request, "limit", 50, 1, 1000)))));
}

base::Result<base::Json> ListAlarms(monitor::Monitor& monitor, const http::Request& request) {
  return ToJsonList("alarms",
                    TRY(monitor.Alarms(EndpointQuery(request), TRY(IntQuery(request, "limit", 50, 1, 1000)))));
}

base::Result<base::Json> GetConfig(const Deps& deps, const http::Request& request) {
  const serve::EndpointName name(request.path_param("name"));
  TRY(deps.releases.Get(name));
  return TRY(deps.monitor.ConfigOf(name)).ToJson();
}

base::Result<base::Json> PutConfig(const Deps& deps, const http::Request& request) {
  const serve::EndpointName name(request.path_param("name"));
  TRY(deps.releases.Get(name));
  const auto body = TRY(JsonBody(request));
  const auto config = TRY(monitor::MonitorConfig::FromJson(body, ""));
  TRY(deps.monitor.Configure(name, config, ActorOf(request)));
  return config.ToJson();
}

/// In the order in which the threads that do it by themselves depend on each other.
base::Result<base::Json> Evaluate(const Deps& deps, const http::Request& request) {
  const serve::EndpointName name(request.path_param("name"));
  TRY(deps.releases.Get(name));
  TRY(deps.releases.JudgeNow(name));
  TRY(deps.monitor.EvaluateDue(name));
  deps.loop.Flush();
  return ToJsonList("windows", TRY(deps.monitor.Windows(name, 50)));
}

}  // namespace

void AddMonitoringRoutes(http::Router& router, const Deps& deps) {
  auto& monitor = deps.monitor;
  router.Add({.method = http::Method::kGet,
              .pattern = "/api/v1/windows",
              .handler = Answer([&monitor](const http::Request& request) { return ListWindows(monitor, request); }),
              .doc = Doc("listWindows", "monitoring", "Closed windows with drift and performance, newest first")
                         .Query("endpoint", "only of this endpoint", String())
                         .Query("limit", "at most so many", Integer(1, 1000))
                         .Returns(ListOf("windows", "Window"))});
  router.Add({.method = http::Method::kGet,
              .pattern = "/api/v1/windows/{id}",
              .handler = Answer([&monitor](const http::Request& request) -> base::Result<base::Json> {
                return TRY(monitor.Window(std::string(request.path_param("id")))).ToJson();
              }),
              .doc = Doc("getWindow", "monitoring", "One closed window").Returns(Ref("Window")).Errors({404})});
  router.Add({.method = http::Method::kGet,
              .pattern = "/api/v1/alarms",
              .handler = Answer([&monitor](const http::Request& request) { return ListAlarms(monitor, request); }),
              .doc = Doc("listAlarms", "monitoring", "Alarms with their evidence, newest first")
                         .Query("endpoint", "only of this endpoint", String())
                         .Query("limit", "at most so many", Integer(1, 1000))
                         .Returns(ListOf("alarms", "Alarm"))});
  router.Add({.method = http::Method::kGet,
              .pattern = "/api/v1/alarms/{id}",
              .handler = Answer([&monitor](const http::Request& request) -> base::Result<base::Json> {
                return TRY(monitor.GetAlarm(std::string(request.path_param("id")))).ToJson();
              }),
              .doc = Doc("getAlarm", "monitoring", "One alarm").Returns(Ref("Alarm")).Errors({404})});
  router.Add({.method = http::Method::kGet,
              .pattern = "/api/v1/endpoints/{name}/monitor",
              .handler = Answer([deps](const http::Request& request) { return GetConfig(deps, request); }),
              .doc = Doc("getMonitor", "monitoring", "How an endpoint is monitored")
                         .Returns(Ref("MonitorConfig"))
                         .Errors({404})});
  router.Add({.method = http::Method::kPut,
              .pattern = "/api/v1/endpoints/{name}/monitor",
              .handler = Answer([deps](const http::Request& request) { return PutConfig(deps, request); }),
              .doc = Doc("setMonitor", "monitoring", "Change how an endpoint is monitored")
                         .Body(Ref("MonitorConfig"))
                         .Returns(Ref("MonitorConfig"))
                         .Errors({400, 404})});
  router.Add({.method = http::Method::kPost,
              .pattern = "/api/v1/endpoints/{name}/monitor/evaluate",
              .handler = Answer([deps](const http::Request& request) { return Evaluate(deps, request); }),
              .execution = http::Execution::kLong,
              .doc = Doc("evaluateMonitor", "monitoring",
                         "Close the windows that are due, judge a running canary and let the loop act on what they "
                         "say, now instead "
                         "of at the next tick")
                         .Returns(ListOf("windows", "Window"))
                         .Errors({404})});
}

}  // namespace gyre::api::v1::internal
