#include "api/v1/internal/docs.h"
#include "api/v1/internal/handlers.h"

namespace gyre::api::v1::internal {
namespace {

base::Result<base::Json> ListEvents(govern::AuditTrail& audit, const http::Request& request) {
  govern::AuditFilter filter;
  filter.object_type = request.query_param("object_type").value_or("");
  filter.object_id = request.query_param("object_id").value_or("");
  filter.after_sequence = TRY(IntQuery(request, "after", 0, 0, int64_t{1} << 60));
  filter.limit = TRY(IntQuery(request, "limit", 100, 1, 1000));
  return ToJsonList("events", TRY(audit.List(filter)));
}

}  // namespace

void AddAuditRoutes(http::Router& router, const Deps& deps) {
  auto& audit = deps.audit;
  router.Add({.method = http::Method::kGet,
              .pattern = "/api/v1/audit",
              .handler = Answer([&audit](const http::Request& request) { return ListEvents(audit, request); }),
              .doc = Doc("listAuditEvents", "audit", "Who changed what, in order")
                         .Query("object_type", "only of this type", String())
                         .Query("object_id", "only of this object", String())
                         .Query("after", "only after this sequence number", Integer(0, int64_t{1} << 60))
                         .Query("limit", "at most so many", Integer(1, 1000))
                         .Returns(ListOf("events", "AuditEvent"))});
  router.Add({.method = http::Method::kGet,
              .pattern = "/api/v1/audit/verify",
              .handler = Answer(
                  [&audit](const http::Request&) -> base::Result<base::Json> { return TRY(audit.Verify()).ToJson(); }),
              .execution = http::Execution::kLong,
              .doc = Doc("verifyAudit", "audit", "Recompute the chain of audit records").Returns(Ref("AuditVerdict"))});
}

}  // namespace gyre::api::v1::internal
