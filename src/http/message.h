#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"

namespace gyre::http {

enum class Method { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions };
std::string_view MethodName(Method method);
/// Names are case-sensitive; nothing for one that is not in the list.
std::optional<Method> ParseMethod(std::string_view name);

/// Takes a body piece by piece as it arrives, on threads that may block, one at a time. Dropped, half filled as it may
/// be, once its request is over.
class BodySink {
 public:
  virtual ~BodySink() = default;
  virtual base::Result<void> Append(std::string_view bytes) = 0;
};

/// A request as a handler sees it. Everything is borrowed from the connection for the length of the call, already
/// checked: sizes within limits, a target of valid percent-encoding that decodes to UTF-8, a path without control bytes
/// and without "." and ".." segments, header names and values without control bytes. Used by one thread at a time.
class Request {
 public:
  virtual ~Request() = default;

  virtual Method method() const = 0;
  virtual std::string_view path() const = 0;    ///< decoded, without the query
  virtual std::string_view target() const = 0;  ///< as sent
  /// A {name} of the route's pattern, decoded; a bug (abort) if the pattern has none such.
  virtual std::string_view path_param(std::string_view name) const = 0;
  /// The first value of a query parameter, decoded ('+' is a space).
  virtual std::optional<std::string> query_param(std::string_view name) const = 0;
  virtual std::vector<std::pair<std::string, std::string>> query() const = 0;
  /// Name without regard to case; empty if it was not sent; the first one if it was sent more than once.
  virtual std::string_view header(std::string_view name) const = 0;

  /// The whole body; empty if it is in `body_file` or `body_sink`.
  virtual std::string_view body() const = 0;
  /// Routes with BodyMode::kSpool: the file that holds the body, removed after the call; null for a body that was
  /// short enough to stay in memory.
  virtual const std::filesystem::path* body_file() const = 0;
  /// Routes with a `body_sink`: what the route made, with the whole body in it; null for a body that was short enough
  /// to stay in memory.
  virtual BodySink* body_sink() const = 0;

  virtual std::string_view peer() const = 0;        ///< "127.0.0.1:40404", "[::1]:40404"
  virtual std::string_view request_id() const = 0;  ///< X-Request-Id if a sane one was sent, else made up
  virtual std::chrono::steady_clock::time_point received() const = 0;
  /// Fires when the client has gone or the server stops and its patience is over. Never fires for inline handlers.
  virtual const base::Cancellation& cancel() const = 0;
};

/// What a handler fills in. `body` keeps its capacity from request to request: append to it, do not replace it, and the
/// steady state allocates nothing.
struct Response {
  int status = 200;
  std::string_view content_type = "application/json";  ///< must outlive the response: a literal; empty for none
  std::string body;
  /// Beyond Content-Type, Content-Length, Date, Connection and X-Request-Id, which are the server's: those, and ones
  /// that HTTP does not allow (control bytes), are left out and logged.
  std::vector<std::pair<std::string, std::string>> headers;
  /// Sent instead of `body`: `length` bytes of the file from `offset`.
  struct FileBody {
    base::UniqueFd fd;
    uint64_t offset = 0;
    uint64_t length = 0;
    /// If set, says whether the file is what it should be. Runs on another thread while the file is sent; the last
    /// bytes wait for it, and if it says no the client never gets them: the connection is cut.
    std::function<base::Result<void>(const base::Cancellation&)> check = {};
  };
  std::optional<FileBody> file;

  void SetJson(int status_code, const base::Json& json);
  void SetText(int status_code, std::string_view text);
  /// {"error_code", "message", "details": {"name": ...}} with the status of its code: the form of /api/v1 and
  /// /endpoints. "details" is empty if the error has no name. Adds Retry-After where trying later helps.
  void SetError(const base::Error& error);
  /// The same with a status of HTTP's own (431, 417, ...).
  void SetError(int status_code, const base::Error& error);
  /// As new, keeping capacities.
  void Clear();
};

/// NOT_FOUND -> 404 and so on: the one table from codes to statuses.
int HttpStatus(base::ErrorCode code);
/// "Not Found"; "Unknown" for a status without a standard phrase.
std::string_view ReasonPhrase(int status);

}  // namespace gyre::http
