#include <sys/socket.h>

#include "http/internal/connection.h"

namespace gyre::http::internal {
namespace {

/// Bodies up to this are copied behind their head, which is cheaper than a second part to send.
constexpr size_t kCopiedBody = 16 * 1024;
/// Answers to pipelined requests are sent together up to this.
constexpr size_t kMaxGathered = 64 * 1024;

}  // namespace

/// The request is complete: answers it here, or has it answered.
Connection::Step Connection::Dispatch() {
  auto& exchange = *exchange_;
  if (exchange.refusal || exchange.route == nullptr) {
    exchange.AnswerWithoutHandler(io_->deps.router);
    return Respond();
  }
  if (!exchange.RunsInline()) {
    KeepHead();
    if (auto submitted = io_->SubmitHandler(exchange); !submitted) {
      io_->metrics.Reject(Rejection::kQueueFull);
      exchange.AnswerWith(io_->deps.router, {503, submitted.error()});
      return Respond();
    }
    handling_ = Handling::kUnderWay;
    if (peer_ended_ && exchange.route->execution == Execution::kLong) exchange.cancellation.Cancel();
    return Step::kWait;
  }
  if (exchange.route->batch_handler) {
    KeepHead();
    io_->batch.push_back(&exchange);
    handling_ = Handling::kUnderWay;
    return Step::kWait;
  }
  if (const auto what = exchange.RunHandler()) io_->LogThrown(*exchange.route, exchange.request_id(), *what);
  return Respond();
}

/// For a request after which the stream is not certain any more: the answer is its last.
Connection::Step Connection::Refuse(Refusal refusal, std::optional<Rejection> reason) {
  if (reason) io_->metrics.Reject(*reason);
  auto& exchange = *exchange_;
  if (exchange.request_id_storage.empty()) io_->request_ids.Next(exchange.request_id_storage);
  if (!exchange.head_is_valid) {
    exchange.received_at = io_->now;
    exchange.head.method = Method::kGet;
    exchange.head.minor_version = 1;
    exchange.peer_address = peer_;
  }
  exchange.head.keep_alive = false;
  exchange.AnswerWith(io_->deps.router, refusal);
  return Respond();
}

Connection::Step Connection::Respond() {
  auto& exchange = *exchange_;
  auto& response = exchange.response;
  const bool sends_file = response.file && response.file->length > 0 && exchange.head.method != Method::kHead;
  if (sends_file && response.file->check && !StartCheck(response)) {
    const base::Error busy(base::ErrorCode::kUnavailable, "too many large files are being checked; try again");
    exchange.AnswerWith(io_->deps.router, {HttpStatus(busy.code()), busy});
  }
  const bool keep_alive = exchange.head.keep_alive && !io_->draining && !closing_;
  const bool bodiless = IsBodiless(response.status);
  const uint64_t length = response.file ? response.file->length : response.body.size();
  const auto left_out = AppendResponseHead(response,
                                           {.date_line = io_->date_line,
                                            .request_id = exchange.request_id_storage,
                                            .content_length = length,
                                            .keep_alive = keep_alive,
                                            .minor_version = exchange.head.minor_version},
                                           io_->out);
  if (!left_out.empty()) io_->deps.log.Error("response_header_left_out", {{"name", left_out}});
  bool fine = true;
  if (!bodiless && exchange.head.method != Method::kHead) {
    fine = response.file ? SendFile(std::move(*response.file)) : SendBody(response.body);
  }
  closing_ = closing_ || !keep_alive;
  io_->Count(exchange, response.status);
  exchange.counted = true;
  LetGo();
  return fine ? Step::kProgress : Step::kOver;
}

bool Connection::SendBody(std::string& body) {
  auto& out = io_->out;
  if (body.size() <= kCopiedBody) {
    out += body;
    return out.size() <= kMaxGathered || Flush();
  }
  const ssize_t sent = SendTwo(fd_, out, body);
  if (sent < 0) return false;
  if (static_cast<size_t>(sent) < out.size() + body.size()) {
    output_ = std::make_unique<Output>();
    output_->head.swap(out);
    output_->body.swap(body);
    output_->sent = static_cast<size_t>(sent);
  }
  out.clear();
  return true;
}

/// The check runs as an exchange of its own, which comes back like one whose handler has run.
bool Connection::StartCheck(Response& response) {
  Exchange* check = io_->Take();
  check->connection = this;
  check->counted = true;
  check->check = std::move(response.file->check);
  if (!io_->SubmitCheck(*check)) {
    io_->Recycle(check);
    return false;
  }
  check_ = check;
  return true;
}

bool Connection::SendFile(Response::FileBody file) {
  output_ = std::make_unique<Output>();
  output_->unchecked = check_ != nullptr;
  output_->head.swap(io_->out);
  output_->file = std::move(file);
  return true;
}

bool Connection::Flush() {
  auto& out = io_->out;
  if (out.empty()) return true;
  const ssize_t sent = SendTwo(fd_, out, {});
  if (sent >= 0 && static_cast<size_t>(sent) < out.size()) {
    output_ = std::make_unique<Output>();
    output_->head = out.substr(static_cast<size_t>(sent));
  }
  out.clear();
  return sent >= 0;
}

Connection::Step Connection::FlushOutput() {
  const Wrote wrote = output_->Write(fd_);
  held_ = wrote == Wrote::kHeld;
  switch (wrote) {
    case Wrote::kAll:
      output_.reset();
      return Step::kProgress;
    case Wrote::kBlocked:
    case Wrote::kHeld:
      return Step::kWait;
    case Wrote::kSome:
      WantTurn();
      return Step::kWait;
    case Wrote::kFailed:
      break;
  }
  return Step::kOver;
}

/// Everything is answered and no more is wanted.
Connection::Step Connection::Finish() {
  if (!Flush()) return Step::kOver;
  if (output_) return Step::kProgress;
  if (at_end_) return Step::kOver;
  shutdown(fd_, SHUT_WR);
  lingering_ = true;
  return Step::kProgress;
}

}  // namespace gyre::http::internal
