#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/json.h"
#include "http/client.h"
#include "http/router.h"

namespace gyre::api::mlflow::testing {

/// What a call answered.
struct Reply {
  int status = 0;
  base::Json body;

  std::string code() const { return body.value("error_code", ""); }
  std::string message() const { return body.value("message", ""); }
};

/// Calls the routes of a router as an MLflow client does.
class WireClient {
 public:
  explicit WireClient(const http::Router& router) : client_(router) {}

  Reply Get(const std::string& path) { return Send(http::Method::kGet, path, "", ""); }
  Reply Post(const std::string& path, const std::string& body) { return Send(http::Method::kPost, path, body); }
  Reply Post(const std::string& path, const base::Json& body) { return Post(path, body.dump()); }
  Reply Patch(const std::string& path, const base::Json& body) { return Send(http::Method::kPatch, path, body.dump()); }
  Reply Delete(const std::string& path, const base::Json& body) {
    return Send(http::Method::kDelete, path, body.dump());
  }

  /// `path` without "/api/"; no Content-Type if `type` is empty.
  Reply Send(http::Method method, const std::string& path, const std::string& body,
             const std::string& type = "application/json") {
    http::ClientRequest request{.method = method, .url = "/api/" + path, .headers = {}, .body = body, .body_file = {}};
    if (!type.empty()) request.headers = {{"Content-Type", type}};
    const auto response = client_.Send(request, {}).value();
    const auto json = base::ParseJson(response.body, "the answer", 2000);
    return {.status = response.status, .body = json ? *json : base::Json(response.body)};
  }

 private:
  http::LocalClient client_;
};

}  // namespace gyre::api::mlflow::testing
