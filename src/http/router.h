#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "http/message.h"

namespace gyre::http {

/// Answers one request. Must not throw: what escapes is answered with 500 and logged.
using Handler = std::function<void(const Request&, Response&)>;

/// One request of a batch and the answer to fill in.
struct Call {
  const Request* request = nullptr;
  Response* response = nullptr;
};
/// Answers all of the calls (1 to `kMaxBatch`), which are of one route.
using BatchHandler = std::function<void(std::span<const Call>)>;
inline constexpr size_t kMaxBatch = 64;

enum class Execution {
  kInline,    ///< on the connection's I/O thread: never blocks, under a millisecond
  kBlocking,  ///< on the blocking pool: may touch files, SQLite, DuckDB
  kLong,      ///< on a pool of its own: waits for seconds (long polls). A client that closes its side fires `cancel`.
};

enum class BodyMode {
  kMemory,  ///< up to `max_body` bytes in memory
  kSpool,   ///< over 256 KiB written to a temporary file as it arrives; not for kInline
};

/// How a route appears in the OpenAPI document. Schemas are JSON Schema, or {"$ref": "#/components/schemas/X"}.
struct RouteDoc {
  std::string operation_id;
  std::string summary;
  std::string tag;
  struct Parameter {
    std::string name;
    std::string in;  ///< "query" or "header"; path parameters are found in the pattern
    std::string description;
    base::Json schema;
    bool required = false;
  };
  std::vector<Parameter> parameters;
  std::string request_type = "application/json";
  base::Json request_schema;  ///< null: takes no body
  int success_status = 200;
  std::string response_type = "application/json";
  base::Json response_schema;
  std::vector<int> errors = {400};  ///< statuses it may answer besides; 500 and 503 are always listed
};

struct Route {
  Method method = Method::kGet;
  /// "/api/v1/endpoints/{name}"; a last segment "{path...}" takes the rest, slashes and all. At most 8 parameters.
  std::string pattern;
  Handler handler;
  Execution execution = Execution::kBlocking;
  BodyMode body_mode = BodyMode::kMemory;
  /// kSpool: makes what a body over 256 KiB goes to instead of a temporary file, when its first piece is there. May
  /// block; the request is lent for the call only. An error is the answer.
  std::function<base::Result<std::unique_ptr<BodySink>>(const Request&)> body_sink;
  uint64_t max_body = 1 << 20;
  /// kInline: a longer body is work for more than a millisecond, so it goes to the blocking pool.
  uint64_t max_inline_body = 16 << 10;
  /// kInline: if set, asked about each shorter request whether it too is work for more than that. Runs on the I/O
  /// thread and must not throw.
  std::function<bool(const Request&)> takes_long;
  /// In place of `handler`, kInline only: gets the requests that one wake-up of an I/O thread brought together. It
  /// never waits for more, so a request alone is a batch of one; worth it where a call costs more than a row.
  BatchHandler batch_handler;
  RouteDoc doc;  ///< without an operation_id the route is left out of the document (pages, foreign protocols)
};

/// How a protocol says what the server refuses before any handler is asked: no such route, a malformed target, a body
/// that is too long. Fills in the answer, which has been cleared.
using ErrorForm = std::function<void(int status, const base::Error& error, Response& response)>;

inline constexpr size_t kMaxPathParams = 8;

/// The path parameters of a match: names as in the pattern, values decoded. Views into itself, the router and the path
/// that was matched. Meant to be reused: keeps its memory.
class PathParams {
 public:
  PathParams() = default;
  PathParams(const PathParams&) = delete;
  PathParams& operator=(const PathParams&) = delete;

  std::optional<std::string_view> Find(std::string_view name) const;
  std::span<const std::pair<std::string_view, std::string_view>> items() const { return {items_.data(), count_}; }

 private:
  friend class Router;
  std::array<std::pair<std::string_view, std::string_view>, kMaxPathParams> items_;
  size_t count_ = 0;
  std::string decoded_;
};

/// Every route of the server. Filled once at start, then immutable and thread-safe.
class Router {
 public:
  Router();
  ~Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;

  /// A bug in the route aborts with a message: a malformed or taken pattern, HEAD or OPTIONS (which answer by
  /// themselves), no handler or two, a spooled inline route.
  void Add(Route route);

  /// For targets that begin with `prefix`; elsewhere it is Response::SetError.
  void AddErrorForm(std::string prefix, ErrorForm form);
  void FillError(std::string_view target, int status, const base::Error& error, Response& response) const;

  struct Match {
    const Route* route = nullptr;     ///< null: nothing under this path, or not with this method
    bool method_not_allowed = false;  ///< the path exists with other methods
    std::string_view allowed;         ///< for the Allow header, if the path exists at all
  };
  /// `path` is as sent, percent-encoding and all, and starts with '/'; segments are decoded one by one, so that "%2F"
  /// is part of a value. Of the routes with this method the most literal wins: "/a/b" before "/a/{x}" before
  /// "/{rest...}". HEAD finds GET routes. `params` is filled if a route was found.
  Match Find(Method method, std::string_view path, PathParams& params) const;

  const std::vector<Route>& routes() const { return routes_; }

 private:
  struct Node;
  struct Search;
  std::vector<Route> routes_;
  std::vector<std::pair<std::string, ErrorForm>> error_forms_;
  std::vector<std::vector<std::string>> param_names_;  ///< by route
  std::unique_ptr<Node> root_;
};

/// OpenAPI 3.1 for every documented route. `schemas` (name -> JSON Schema) become /components/schemas; "Error", the
/// form of Response::SetError that every error response refers to, is added. Two routes with one operation id are a bug
/// (abort).
base::Json OpenApiDocument(const Router& router, std::string_view title, std::string_view version,
                           const base::Json& schemas);

}  // namespace gyre::http
