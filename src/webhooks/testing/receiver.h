#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "http/testing/test_server.h"

namespace gyre::webhooks::testing {

/// A real server on this machine that takes messages.
class Receiver {
 public:
  struct Message {
    std::string delivery;
    std::string seconds;
    std::string signature;
    std::string body;
  };

  Receiver() {
    server_.router.Add(
        {.method = http::Method::kPost,
         .pattern = "/hook",
         .handler = [this](const http::Request& request, http::Response& response) { Take(request, response); }});
    server_.Start();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()) + "/hook"; }

  /// What the next requests are answered with; 200 after that.
  void Answer(std::vector<int> statuses, std::string retry_after = {}) {
    const std::lock_guard lock(mutex_);
    statuses_.assign(statuses.begin(), statuses.end());
    retry_after_ = std::move(retry_after);
  }

  std::vector<Message> messages() {
    const std::lock_guard lock(mutex_);
    return messages_;
  }

 private:
  void Take(const http::Request& request, http::Response& response) {
    const std::lock_guard lock(mutex_);
    messages_.push_back({std::string(request.header("X-MLflow-Delivery-Id")),
                         std::string(request.header("X-MLflow-Timestamp")),
                         std::string(request.header("X-MLflow-Signature")), std::string(request.body())});
    response.SetText(statuses_.empty() ? 200 : statuses_.front(), "taken");
    if (!statuses_.empty()) statuses_.pop_front();
    if (!retry_after_.empty()) response.headers.emplace_back("Retry-After", retry_after_);
  }

  std::mutex mutex_;
  std::deque<int> statuses_;          ///< guarded by mutex_
  std::string retry_after_;           ///< guarded by mutex_
  std::vector<Message> messages_;     ///< guarded by mutex_
  http::testing::TestServer server_;  ///< last: it stops first
};

}  // namespace gyre::webhooks::testing
