// Takes the input for the body of MLflow's largest call, log-batch. What is accepted must be what another JSON parser
// reads, what is refused must be refused with a message and never as a fault of the server, and after either the next
// request must be read as ever.
#include <cstdio>
#include <cstdlib>

#include "api/mlflow/internal/handlers.h"
#include "api/mlflow/internal/messages.h"
#include "base/json.h"
#include "http/client.h"
#include "http/router.h"
#include "target.h"

namespace gyre::fuzz {
namespace {

namespace mlflow = api::mlflow::internal;

[[noreturn]] void Disagree(const std::string& what) {
  fmt::print(stderr, "mlflow_request: {}\n", what);
  std::abort();
}

/// What the last accepted request held.
struct Seen {
  std::string run;
  std::vector<std::string> metrics;
  std::vector<std::pair<std::string, std::string>> tags;
};

struct Served {
  http::Router router;
  Seen seen;

  Served() {
    mlflow::Wire(router).Add(http::Method::kPost, "batch", mlflow::messages::kLogBatch, [this](const auto& call) {
      seen = {.run = std::string(call.message.Text("run_id")), .metrics = {}, .tags = {}};
      for (const auto metric : call.message.Items("metrics")) seen.metrics.emplace_back(metric.Text("key"));
      for (const auto tag : call.message.Items("tags")) seen.tags.emplace_back(tag.Text("key"), tag.Text("value"));
      return mlflow::Done();
    });
  }

  http::ClientResponse Post(std::string body) {
    const http::ClientRequest request{.method = http::Method::kPost,
                                      .url = "/api/batch",
                                      .headers = {{"Content-Type", "application/json"}},
                                      .body = std::move(body),
                                      .body_file = {}};
    auto response = http::LocalClient(router).Send(request, {});
    if (!response) Disagree(response.error().ToString());
    return *std::move(response);
  }
};

/// Held against the other parser where that reads the same language: plain names, nothing twice.
void CompareAccepted(const std::string& body, const Seen& seen) {
  const auto json = base::ParseJson(body, "body", 1000);
  if (!json || !json->is_object() || json->contains("runId") || json->contains("runid")) return;
  if (!json->contains("run_id") || (*json)["run_id"] != base::Json(seen.run)) Disagree("another run: " + seen.run);
  const auto metrics = json->value("metrics", base::Json());
  if (metrics.size() != seen.metrics.size()) Disagree("another number of metrics");
  for (size_t i = 0; i < seen.metrics.size(); ++i) {
    if (metrics[i].value("key", "") != seen.metrics[i]) Disagree("another metric: " + seen.metrics[i]);
  }
}

void CheckRefused(const http::ClientResponse& response) {
  const auto error = base::ParseJson(response.body, "the error", 1000);
  if (!error) Disagree("an error that is no JSON: " + response.body);
  if (response.status != 400) Disagree("status " + std::to_string(response.status));
  if ((*error)["error_code"] != "INVALID_PARAMETER_VALUE" || (*error)["message"].get<std::string>().empty()) {
    Disagree("error " + response.body);
  }
}

}  // namespace

int FuzzOne(const uint8_t* bytes, size_t size) {
  static Served served;
  const std::string body(reinterpret_cast<const char*>(bytes), size);
  const auto response = served.Post(body);
  if (response.status == 200) {
    CompareAccepted(body, served.seen);
  } else {
    CheckRefused(response);
  }
  if (served.Post(R"({"run_id": "r", "tags": [{"key": "k", "value": "é"}]})").status != 200 ||
      served.seen.tags != std::vector<std::pair<std::string, std::string>>{{"k", "é"}}) {
    Disagree("the next request was not read");
  }
  return 0;
}

}  // namespace gyre::fuzz
