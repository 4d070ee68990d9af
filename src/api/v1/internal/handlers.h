#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/v1/routes.h"
#include "base/object_reader.h"
#include "http/message.h"

namespace gyre::api::v1::internal {

/// One function per resource; AddRoutes calls them all.
void AddSystemRoutes(http::Router& router, const Deps& deps);
void AddBlobRoutes(http::Router& router, const Deps& deps);
void AddProjectRoutes(http::Router& router, const Deps& deps);
void AddPipelineRoutes(http::Router& router, const Deps& deps);
void AddStepRoutes(http::Router& router, const Deps& deps);
void AddDatasetRoutes(http::Router& router, const Deps& deps);
void AddTrackingRoutes(http::Router& router, const Deps& deps);
void AddModelRoutes(http::Router& router, const Deps& deps);
void AddEndpointRoutes(http::Router& router, const Deps& deps);
void AddPredictRoutes(http::Router& router, const Deps& deps);
void AddMonitoringRoutes(http::Router& router, const Deps& deps);
void AddLoopRoutes(http::Router& router, const Deps& deps);
void AddAuditRoutes(http::Router& router, const Deps& deps);
void AddImportRoutes(http::Router& router, const Deps& deps);
void AddCollectionRoutes(http::Router& router, const Deps& deps);
void AddWebhookRoutes(http::Router& router, const Deps& deps);

/// kUnsupported if the client says that its body is something else than JSON. A client that says nothing is believed; a
/// browser always says it, so that a page of another site cannot have one post here unasked.
base::Result<void> CheckJsonType(const http::Request& request);
/// The body as a JSON object; none at all is an empty one.
base::Result<base::Json> JsonBody(const http::Request& request);
/// An integer query parameter within bounds.
base::Result<int64_t> IntQuery(const http::Request& request, std::string_view name, int64_t fallback, int64_t minimum,
                               int64_t maximum);
/// A query parameter that is "true" or "false".
base::Result<bool> BoolQuery(const http::Request& request, std::string_view name, bool fallback);
/// Who asks, for the audit trail. Everyone is "local" until there are users.
std::string ActorOf(const http::Request& request);

/// Sends the value, or the error in its form.
void Respond(http::Response& response, const base::Result<base::Json>& result, int status = 200);

/// {"NAME": [item.ToJson(), ...]}.
template <class T>
base::Json ToJsonList(std::string_view name, const std::vector<T>& items) {
  base::Json list = base::Json::array();
  for (const auto& item : items) list.push_back(item.ToJson());
  return {{std::string(name), std::move(list)}};
}

/// A handler from a function that makes JSON or an error.
template <class Work>
http::Handler Answer(Work work, int status = 200) {
  return [work = std::move(work), status](const http::Request& request, http::Response& response) {
    Respond(response, work(request), status);
  };
}

}  // namespace gyre::api::v1::internal
