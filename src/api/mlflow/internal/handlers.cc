#include "api/mlflow/internal/handlers.h"

#include <fmt/format.h>
#include <utility>

#include "api/mlflow/internal/request_reader.h"

namespace gyre::api::mlflow::internal {

Wire::Wire(http::Router& router) : router_(router), reader_(std::make_shared<RequestReader>()) {}

void Wire::Add(http::Method method, std::string_view path, const Descriptor& descriptor, Work work, uint64_t max_body,
               http::Execution execution) {
  AddAt(method, fmt::format("/api/{}", path), descriptor, work, max_body, execution);
  AddAt(method, fmt::format("/ajax-api/{}", path), descriptor, std::move(work), max_body, execution);
}

void Wire::AddAjax(http::Method method, std::string_view path, const Descriptor& descriptor, Work work) {
  AddAt(method, fmt::format("/ajax-api/{}", path), descriptor, std::move(work), kMaxBody);
}

void Wire::AddAt(http::Method method, std::string pattern, const Descriptor& descriptor, Work work, uint64_t max_body,
                 http::Execution execution) {
  auto handler = [reader = reader_, &descriptor, work = std::move(work)](const http::Request& request,
                                                                         http::Response& response) {
    const auto answer = reader->Read(request, descriptor, [&](const Message& message) {
      return work({.message = message, .request = request, .response = response});
    });
    if (!answer) return Render(answer.error(), response);
    if (response.body.empty() && !response.file) response.body = "{}";
  };
  router_.Add({.method = method,
               .pattern = std::move(pattern),
               .handler = std::move(handler),
               .execution = execution,
               .max_body = max_body});
}

}  // namespace gyre::api::mlflow::internal
