#pragma once

#include <functional>
#include <string>
#include <vector>

#include "http/client.h"

namespace gyre::transfer::testing {

/// Answers by a function and remembers what it was asked.
class FakeClient final : public http::Client {
 public:
  using Answer = std::function<base::Result<http::ClientResponse>(const http::ClientRequest&)>;
  explicit FakeClient(Answer answer) : answer_(std::move(answer)) {}

  base::Result<http::ClientResponse> Send(const http::ClientRequest& request, const base::Cancellation&) override {
    requests.push_back(std::string(http::MethodName(request.method)) + " " + request.url);
    auto response = answer_(request);
    if (response && response->status / 100 == 2 && request.on_body) {
      TRY(request.on_body(response->body));
      response->body.clear();
    }
    return response;
  }

  std::vector<std::string> requests;

 private:
  Answer answer_;
};

}  // namespace gyre::transfer::testing
