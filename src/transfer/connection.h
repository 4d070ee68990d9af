#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "http/client.h"

namespace gyre::transfer {

/// Calls one server. An error status becomes an error with the server's own message: 404 kNotFound, 400
/// kInvalidArgument, 401 and 403 kPermissionDenied, and so on. One that may pass (408, 429, 5xx, no connection) is
/// tried again a few times, except in this process. One thread; the client must outlive it.
class Connection {
 public:
  struct Options {
    std::string url;                                           ///< before every path; empty in this process
    std::vector<std::pair<std::string, std::string>> headers;  ///< Authorization
    int attempts = 4;
    std::function<void(int)> pause;  ///< before the next attempt, which has this number; waits 2^n/4 s if not set
  };
  Connection(http::Client& client, Options options) : client_(client), options_(std::move(options)) {}

  const std::string& url() const { return options_.url; }

  base::Result<base::Json> Get(std::string_view path);
  base::Result<base::Json> Post(std::string_view path, const base::Json& body);
  /// PUTs the file's bytes, streamed.
  base::Result<void> Upload(std::string_view path, const std::filesystem::path& file);
  /// GETs into a new file at `to`, streamed.
  base::Result<void> Download(std::string_view path, const std::filesystem::path& to);

 private:
  /// Whether the request is worth another attempt; pauses before it.
  bool TriesAgain(const base::Result<http::ClientResponse>& response, int attempt) const;
  base::Result<http::ClientResponse> Send(const http::ClientRequest& request);
  base::Result<base::Json> Call(http::Method method, std::string_view path, const base::Json* body);

  http::Client& client_;
  Options options_;
};

/// Basic or bearer credentials as MLflow's client takes them from MLFLOW_TRACKING_USERNAME, _PASSWORD and _TOKEN.
std::vector<std::pair<std::string, std::string>> CredentialsFromEnvironment(
    const std::function<const char*(const char*)>& variable);

/// A segment of a path or a value of a query, percent-encoded; with `slashes` kept, a path.
std::string PercentEncode(std::string_view text, bool keep_slashes = false);

}  // namespace gyre::transfer
