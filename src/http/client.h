#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "base/log.h"
#include "base/result.h"
#include "http/message.h"
#include "http/router.h"

namespace gyre::http {

struct ClientRequest {
  Method method = Method::kGet;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::filesystem::path body_file;  ///< streamed instead of `body` if set
  std::chrono::milliseconds timeout{30'000};
  uint64_t max_response = 64 << 20;
  /// Takes the body of a 2xx answer in pieces, in place of ClientResponse::body and without its limit. Its first error
  /// ends the request and is what `Send` returns.
  std::function<base::Result<void>(std::string_view)> on_body = {};
  /// Connects to addresses of the public internet only, and without a proxy: for URLs that others gave. The address
  /// that is connected to is what counts, so a name that changes its mind is of no use. Else kPermissionDenied.
  bool public_only = false;
};

struct ClientResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case; of repeated ones the last
  std::string body;
};

/// Sends requests through libcurl (loaded on first use), reusing connections. An HTTP error status is a response, not
/// an error; the error is for a server that could not be reached (kUnavailable), did not answer in time
/// (kDeadlineExceeded) or answered more than `max_response` bytes (kTooLarge), for kCancelled, and for a request that
/// cannot be sent (kInvalidArgument). Redirects are not followed. Proxies are taken from the environment, but never for
/// this machine. Thread-safe.
class Client {
 public:
  static base::Result<std::unique_ptr<Client>> Make();
  virtual ~Client() = default;
  virtual base::Result<ClientResponse> Send(const ClientRequest& request, const base::Cancellation& cancel) = 0;
};

/// Calls a router in this process, without sockets: what commands use when no server runs. The same checks and
/// handlers; a handler runs on the calling thread and reads a `body_file` where it is, so it must leave the file as it
/// was.
class LocalClient final : public Client {
 public:
  explicit LocalClient(const Router& router) : router_(router) {}
  /// Only the path and query of the URL matter. The timeout becomes the deadline of the handler's cancellation.
  base::Result<ClientResponse> Send(const ClientRequest& request, const base::Cancellation& cancel) override;

 private:
  const Router& router_;
};

}  // namespace gyre::http
