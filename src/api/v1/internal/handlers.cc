#include "api/v1/internal/handlers.h"

#include "base/text.h"

namespace gyre::api::v1::internal {

base::Result<base::Json> JsonBody(const http::Request& request) {
  if (request.body().empty()) return base::Json(base::Json::object());
  auto body = TRY(base::ParseJson(request.body(), "the request body"));
  if (!body.is_object()) return base::InvalidArgument("the request body must be a JSON object", "body");
  return body;
}

base::Result<int64_t> IntQuery(const http::Request& request, std::string_view name, int64_t fallback, int64_t minimum,
                               int64_t maximum) {
  const auto text = request.query_param(name);
  if (!text) return fallback;
  const auto value = base::ParseInt(*text);
  if (!value || *value < minimum || *value > maximum) {
    return base::InvalidArgument(
        fmt::format("{} must be an integer from {} to {}, not '{}'", name, minimum, maximum, *text), std::string(name));
  }
  return *value;
}

std::string ActorOf(const http::Request&) {
  return "local";
}

void Respond(http::Response& response, const base::Result<base::Json>& result, int status) {
  if (result) {
    response.SetJson(status, *result);
  } else {
    response.SetError(result.error());
  }
}

}  // namespace gyre::api::v1::internal
