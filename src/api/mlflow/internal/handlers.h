#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "api/mlflow/internal/descriptor.h"
#include "api/mlflow/internal/errors.h"
#include "api/mlflow/internal/message.h"
#include "api/mlflow/routes.h"
#include "http/message.h"
#include "http/router.h"

namespace gyre::api::mlflow::internal {

class RequestReader;

/// One call of a client: what it sent, read and checked, and the answer to fill in.
struct Call {
  const Message& message;
  const http::Request& request;  ///< for path parameters and headers
  http::Response& response;      ///< a body left empty is answered as {}
};
using Work = std::function<Answer(const Call&)>;

/// Adds routes of MLflow's protocol; lives while routes are added.
class Wire {
 public:
  explicit Wire(http::Router& router);

  static constexpr uint64_t kMaxBody = 8 << 20;

  /// `path` is "2.0/mlflow/runs/create": the route is added under /api/ and /ajax-api/. The request is read by
  /// `descriptor`, which must last as long as the program, from the query (GET with one) or the JSON body; then `work`
  /// answers, on a thread that may block.
  void Add(http::Method method, std::string_view path, const Descriptor& descriptor, Work work,
           uint64_t max_body = kMaxBody, http::Execution execution = http::Execution::kBlocking);
  /// Only under /ajax-api/, as MLflow has some of its pages' calls.
  void AddAjax(http::Method method, std::string_view path, const Descriptor& descriptor, Work work);
  /// Routes with a body or an answer that is not a message (bytes of artifacts).
  http::Router& router() { return router_; }

 private:
  void AddAt(http::Method method, std::string pattern, const Descriptor& descriptor, Work work, uint64_t max_body,
             http::Execution execution = http::Execution::kBlocking);

  http::Router& router_;
  std::shared_ptr<RequestReader> reader_;
};

/// One function per resource; AddRoutes calls them all.
void AddProbeRoutes(Wire& wire);
void AddExperimentRoutes(Wire& wire, const Deps& deps);
void AddRunRoutes(Wire& wire, const Deps& deps);
void AddLoggingRoutes(Wire& wire, const Deps& deps);
void AddSearchRoutes(Wire& wire, const Deps& deps);
void AddMetricRoutes(Wire& wire, const Deps& deps);
void AddLoggedModelRoutes(Wire& wire, const Deps& deps);

}  // namespace gyre::api::mlflow::internal
