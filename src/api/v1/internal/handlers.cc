#include "api/v1/internal/handlers.h"

#include "base/text.h"

namespace gyre::api::v1::internal {

base::Result<void> CheckJsonType(const http::Request& request) {
  const auto type = request.header("content-type");
  const auto essence = base::Trim(type.substr(0, type.find(';')));
  if (type.empty() || base::EqualsIgnoreCase(essence, "application/json")) return base::Ok();
  const auto lower = base::ToLower(essence);
  if (lower.starts_with("application/") && lower.ends_with("+json")) return base::Ok();
  return base::Error(base::ErrorCode::kUnsupported,
                     fmt::format("the body is {}; send it as application/json", essence.substr(0, 80)), "Content-Type");
}

base::Result<base::Json> JsonBody(const http::Request& request) {
  if (request.body().empty()) return base::Json(base::Json::object());
  TRY(CheckJsonType(request));
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

base::Result<bool> BoolQuery(const http::Request& request, std::string_view name, bool fallback) {
  const auto text = request.query_param(name);
  if (!text) return fallback;
  if (*text != "true" && *text != "false") {
    return base::InvalidArgument(fmt::format("{} must be true or false, not '{}'", name, *text), std::string(name));
  }
  return *text == "true";
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
