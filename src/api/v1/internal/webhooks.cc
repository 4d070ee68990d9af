#include "api/v1/internal/docs.h"
#include "api/v1/internal/handlers.h"

namespace gyre::api::v1::internal {
namespace {

base::Result<base::Json> Deliveries(webhooks::Webhooks& webhooks, const http::Request& request) {
  const auto limit = TRY(IntQuery(request, "limit", 50, 1, 1000));
  return ToJsonList("deliveries", TRY(webhooks.Deliveries(request.path_param("webhook"), limit)));
}

base::Result<base::Json> Resend(webhooks::Webhooks& webhooks, const http::Request& request) {
  return TRY(webhooks.Resend(request.path_param("webhook"), request.path_param("delivery"), ActorOf(request))).ToJson();
}

}  // namespace

void AddWebhookRoutes(http::Router& router, const Deps& deps) {
  auto& webhooks = deps.webhooks;
  router.Add({.method = http::Method::kGet,
              .pattern = "/api/v1/webhooks/{webhook}/deliveries",
              .handler = Answer([&webhooks](const http::Request& request) { return Deliveries(webhooks, request); }),
              .doc = Doc("listDeliveries", "webhooks", "What was sent to a webhook of the registry, newest first")
                         .Query("limit", "at most so many", Integer(1, 1000))
                         .Returns(ListOf("deliveries", "Delivery"))
                         .Errors({400, 404})});
  router.Add({.method = http::Method::kPost,
              .pattern = "/api/v1/webhooks/{webhook}/deliveries/{delivery}/resend",
              .handler = Answer([&webhooks](const http::Request& request) { return Resend(webhooks, request); }, 202),
              .doc = Doc("resendDelivery", "webhooks", "Send the same message once more, as a delivery of its own")
                         .Returns(Ref("Delivery"), 202)
                         .Errors({400, 404})});
}

}  // namespace gyre::api::v1::internal
