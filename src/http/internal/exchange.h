#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/internal/chunked_decoder.h"
#include "http/internal/input_buffer.h"
#include "http/internal/peer_address.h"
#include "http/internal/request_head.h"
#include "http/internal/spool.h"
#include "http/internal/target.h"
#include "http/message.h"
#include "http/router.h"

namespace gyre::http::internal {

class Connection;

/// One request and its answer, from the parsed head on. Belongs to an I/O thread, which lends request and response to
/// the thread that runs the handler and touches neither meanwhile. Reused: keeps its memory up to a bound.
class Exchange final : public Request {
 public:
  // What a handler sees.
  Method method() const override { return head.method; }
  std::string_view path() const override { return path_; }
  std::string_view target() const override { return head.target; }
  std::string_view path_param(std::string_view name) const override;
  std::optional<std::string> query_param(std::string_view name) const override;
  std::vector<std::pair<std::string, std::string>> query() const override;
  std::string_view header(std::string_view name) const override { return head.Find(name); }
  std::string_view body() const override { return body_; }
  const std::filesystem::path* body_file() const override { return body_file_; }
  BodySink* body_sink() const override { return body_sink_; }
  std::string_view peer() const override;
  std::string_view request_id() const override { return request_id_storage; }
  std::chrono::steady_clock::time_point received() const override { return received_at; }
  const base::Cancellation& cancel() const override { return cancellation; }

  /// Finds the route from a parsed head. What it refuses is kept in `refusal` (OPTIONS, which needs no route, is no
  /// refusal) and is to be answered once the body is out of the way.
  void Resolve(const Router& router);

  bool wants_body_discarded() const { return refusal.has_value(); }
  bool answers_options() const { return head.method == Method::kOptions && !refusal; }
  bool RunsInline() const;

  void SetBody(std::string_view body) { body_ = body; }
  void SetBodyFile(const std::filesystem::path* file) { body_file_ = file; }
  void SetBodySink(BodySink* sink) { body_sink_ = sink; }
  /// Where a long body of this request goes.
  std::unique_ptr<Spool> MakeSpool(const std::filesystem::path& folder) const;

  /// Runs the route's handler on this thread. An exception becomes a 500; what it said is returned.
  std::optional<std::string> RunHandler();
  /// The answer that needs no handler: the refusal, or to OPTIONS.
  void AnswerWithoutHandler(const Router& router);
  /// Answers with an error in the form of the protocol that the target belongs to.
  void AnswerWith(const Router& router, const Refusal& what);

  /// The connection has gone while another thread is at work.
  void Abandon() {
    cancellation.Cancel();
    connection = nullptr;
  }

  /// Ready for another request.
  void Reset();

  RequestHead head;
  Response response;
  const Route* route = nullptr;
  std::string_view allowed;  ///< for the Allow header
  std::optional<Refusal> refusal;
  std::string request_id_storage;
  std::chrono::steady_clock::time_point received_at{};
  base::Cancellation cancellation;
  PeerAddress peer_address;          ///< without a port: a request of this process
  Connection* connection = nullptr;  ///< null if it has gone
  bool head_is_valid = false;        ///< false: refused before the method was known for sure
  bool counted = false;              ///< its answer is in the metrics
  bool spooling = false;             ///< comes back from another thread that wrote a piece of the body

  std::unique_ptr<InputBuffer> buffer;  ///< holds what head and body point into, once the connection reads on
  ChunkedDecoder decoder;
  uint64_t body_received = 0;
  std::string body_storage;
  std::unique_ptr<Spool> spool;

  /// Set: no request, but the check of a file that the connection is sending.
  std::function<base::Result<void>(const base::Cancellation&)> check;
  base::Result<void> check_outcome;

 private:
  std::string_view path_;
  std::string decoded_path_;
  std::string_view query_;
  std::string_view body_;
  const std::filesystem::path* body_file_ = nullptr;
  BodySink* body_sink_ = nullptr;
  PathParams params_;
  mutable std::string peer_text_;
};

/// Runs a batch handler likewise, for exchanges of its route.
std::optional<std::string> RunBatchHandler(const Route& route, std::span<const Call> calls);

}  // namespace gyre::http::internal
