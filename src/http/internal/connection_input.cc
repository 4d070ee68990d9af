#include <cerrno>
#include <sys/socket.h>

#include "http/internal/connection.h"

namespace gyre::http::internal {
namespace {

/// The body of a request that is refused anyway is read over up to this length, so that the connection can go on.
constexpr uint64_t kMaxDiscardedBody = 64 * 1024;
constexpr size_t kMaxReceive = 256 * 1024;
constexpr int kDiscardsPerTurn = 8;

}  // namespace

Connection::Step Connection::TakeHead() {
  if (!buffer_ || buffer_->empty()) return Step::kNeedInput;
  const auto bytes = buffer_->bytes();
  // Parsing starts over only when a line has been completed: a client that sends byte by byte costs no more than that.
  const bool no_new_line = head_seen_ > 0 && bytes.find('\n', head_seen_) == std::string_view::npos;
  if (no_new_line && bytes.size() < io_->head_limits.bytes) {
    head_seen_ = static_cast<uint32_t>(bytes.size());
    return Step::kNeedInput;
  }
  exchange_ = io_->Take();
  auto size = ParseRequestHead(bytes, io_->head_limits, exchange_->head);
  if (!size) {
    const bool too_large = size.error().error.code() == base::ErrorCode::kTooLarge;
    return Refuse(std::move(size.error()), too_large ? Rejection::kTooLarge : Rejection::kMalformed);
  }
  if (*size == 0) {
    head_seen_ = static_cast<uint32_t>(bytes.size());
    io_->Recycle(std::exchange(exchange_, nullptr));
    return Step::kNeedInput;
  }
  head_seen_ = 0;
  return Begin(*size);
}

/// A complete head: finds the route, and from here on knows how long the body may be.
Connection::Step Connection::Begin(size_t head_size) {
  if (timeout == Timeout::kHeader) io_->timeouts.Clear(*this);
  buffer_->Take(head_size);
  auto& exchange = *exchange_;
  exchange.head_is_valid = true;
  exchange.connection = this;
  exchange.received_at = io_->now;
  exchange.peer_address = peer_;
  if (const auto id = exchange.header("x-request-id"); IsSaneRequestId(id)) {
    exchange.request_id_storage = id;
  } else {
    io_->request_ids.Next(exchange.request_id_storage);
  }
  exchange.Resolve(io_->deps.router);
  const auto& head = exchange.head;
  if (!head.has_body()) return Dispatch();
  const bool handled = !exchange.refusal && exchange.route != nullptr;
  if (head.content_length.value_or(0) > (handled ? exchange.route->max_body : kMaxDiscardedBody)) return RejectBody();
  if (!handled && (head.chunked || head.expects_continue)) return RejectBody();
  if (!head.chunked && buffer_->bytes().size() >= *head.content_length) {
    const auto length = static_cast<size_t>(*head.content_length);
    exchange.SetBody(buffer_->bytes().substr(0, length));
    buffer_->Take(length);
    return Dispatch();
  }
  if (head.expects_continue && head.minor_version == 1) io_->out += "HTTP/1.1 100 Continue\r\n\r\n";
  KeepHead();
  return Step::kProgress;
}

/// Answers at once instead of reading a body that is too long or unwanted; the connection cannot go on after that.
Connection::Step Connection::RejectBody() {
  auto& exchange = *exchange_;
  exchange.head.keep_alive = false;
  if (exchange.refusal || exchange.route == nullptr) {
    exchange.AnswerWithoutHandler(io_->deps.router);
    return Respond();
  }
  const auto limit = exchange.route->max_body;
  const auto message = exchange.head.content_length ? fmt::format("the body has {} bytes, over the limit of {} here",
                                                                  *exchange.head.content_length, limit)
                                                    : fmt::format("the body is over the limit of {} bytes here", limit);
  return Refuse({413, base::TooLarge(message, "body")}, Rejection::kTooLarge);
}

/// The exchange keeps the buffer that its views point into; the connection goes on with another.
void Connection::KeepHead() {
  if (exchange_->buffer || !buffer_) return;
  const auto rest = buffer_->bytes();
  std::unique_ptr<InputBuffer> other;
  if (!rest.empty()) {
    other = io_->buffers.Take(rest.size());
    other->Append(rest);
  }
  exchange_->buffer = std::exchange(buffer_, std::move(other));
}

uint64_t Connection::BodyMissing() const {
  return *exchange_->head.content_length - exchange_->body_received;
}

bool Connection::BodyIsComplete() const {
  return exchange_->head.chunked ? exchange_->decoder.done() : BodyMissing() == 0;
}

std::string& Connection::BodySink() {
  return exchange_->spool ? exchange_->spool->filling : exchange_->body_storage;
}

void Connection::StartSpoolIfLong() {
  auto& exchange = *exchange_;
  const bool spools = exchange.route != nullptr && !exchange.refusal && exchange.route->body_mode == BodyMode::kSpool;
  if (!spools || exchange.spool || exchange.body_storage.size() <= kSpoolPiece) return;
  exchange.spool = exchange.MakeSpool(io_->options.spool_folder);
  exchange.spool->filling.swap(exchange.body_storage);
}

/// Moves body bytes from the buffer to the sink; false if the chunked coding is broken.
bool Connection::ConsumeBuffered() {
  if (!buffer_ || buffer_->empty()) return true;
  auto& exchange = *exchange_;
  auto& sink = BodySink();
  const auto bytes = buffer_->bytes();
  if (!exchange.head.chunked) {
    const auto piece = static_cast<size_t>(std::min<uint64_t>(bytes.size(), BodyMissing()));
    sink.append(bytes.substr(0, piece));
    buffer_->Take(piece);
    exchange.body_received += piece;
    return true;
  }
  const size_t before = sink.size();
  const auto taken = exchange.decoder.Decode(bytes, kMaxReceive, sink);
  if (!taken) return false;
  buffer_->Take(*taken);
  exchange.body_received += sink.size() - before;
  return true;
}

Connection::Step Connection::TakeBody() {
  auto& exchange = *exchange_;
  if (exchange.spool && !exchange.spooling && !exchange.spool->outcome()) {
    const auto error = exchange.spool->outcome().error();
    const int status = HttpStatus(error.code());
    if (status >= 500) io_->deps.log.Error("spooling_failed", {{"why", error.message()}});
    return Refuse({status, error}, std::nullopt);
  }
  if (exchange.spool && exchange.spool->filling.size() >= kSpoolPiece) {
    if (const auto step = PassPieceOn()) return *step;
  }
  if (!ConsumeBuffered()) {
    return Refuse({400, base::InvalidArgument("the body's chunked coding is broken", "body")}, Rejection::kMalformed);
  }
  if (exchange.head.chunked && exchange.body_received > exchange.route->max_body) return RejectBody();
  StartSpoolIfLong();
  if (!BodyIsComplete()) return buffer_ && !buffer_->empty() ? Step::kProgress : Step::kNeedInput;
  if (!exchange.spool) {
    exchange.SetBody(exchange.body_storage);
    return Dispatch();
  }
  if (exchange.spooling || !exchange.spool->filling.empty()) return PassPieceOn().value_or(Step::kWait);
  exchange.SetBodySink(exchange.spool->sink());
  if (exchange.body_sink() == nullptr) exchange.SetBodyFile(&exchange.spool->path());
  return Dispatch();
}

/// Hands the piece that has filled up to the writing thread. Nothing if it was taken, else what to do: wait if that
/// thread is behind, or give up.
std::optional<Connection::Step> Connection::PassPieceOn() {
  auto& exchange = *exchange_;
  if (exchange.spooling) return Step::kWait;
  if (auto submitted = io_->SubmitSpool(exchange); !submitted) {
    return Refuse({503, submitted.error()}, Rejection::kQueueFull);
  }
  return std::nullopt;
}

Connection::Step Connection::Received(ssize_t got, size_t wanted) {
  if (got > 0) {
    // A short read has drained the socket: the next bytes make a new edge. The end makes none after the one that said
    // so, so then recv must be asked until it says the same.
    if (static_cast<size_t>(got) < wanted && !peer_ended_) readable_ = false;
    return Step::kProgress;
  }
  readable_ = false;
  if (got == 0) {
    at_end_ = true;
    return Step::kProgress;
  }
  if (errno == EINTR) readable_ = true;
  return errno == EAGAIN || errno == EINTR ? Step::kNeedInput : Step::kOver;
}

Connection::Step Connection::Receive() {
  const bool length_known = exchange_ != nullptr && !exchange_->head.chunked;
  if (length_known) return ReceiveBody();
  if (!buffer_) {
    buffer_ = io_->buffers.Take();
  } else if (buffer_->empty()) {
    buffer_->Clear();
  } else if (buffer_->room() == 0) {
    buffer_->Compact();
    if (buffer_->room() == 0) {
      // A head longer than the usual; the parser refuses it before it outgrows this.
      auto larger = io_->buffers.Take(io_->head_limits.bytes + kInputBufferBytes);
      larger->Append(buffer_->bytes());
      buffer_ = std::move(larger);
    }
  }
  const size_t room = buffer_->room();
  const ssize_t got = recv(fd_, buffer_->tail(), room, 0);
  if (got > 0) buffer_->Added(static_cast<size_t>(got));
  return Received(got, room);
}

/// A body of known length goes straight to where it is wanted. Memory is taken as bytes come, never by what a client
/// announces.
Connection::Step Connection::ReceiveBody() {
  auto& sink = BodySink();
  const size_t before = sink.size();
  const size_t step = std::min(std::max(before, kInputBufferBytes), kMaxReceive);
  const auto wanted = static_cast<size_t>(std::min<uint64_t>(BodyMissing(), step));
  ssize_t got = 0;
  sink.resize_and_overwrite(before + wanted, [&](char* data, size_t) {
    got = recv(fd_, data + before, wanted, 0);
    return before + static_cast<size_t>(std::max<ssize_t>(got, 0));
  });
  if (got > 0) exchange_->body_received += static_cast<uint64_t>(got);
  return Received(got, wanted);
}

/// The client has closed its side and everything it sent has been taken.
Connection::Step Connection::OnEnd() {
  const bool in_the_middle = exchange_ != nullptr || (buffer_ && !buffer_->empty());
  closing_ = true;
  if (!in_the_middle) return Step::kProgress;
  if (exchange_ == nullptr) exchange_ = io_->Take();
  return Refuse({400, base::InvalidArgument("the connection ended before the request was complete", "request")},
                Rejection::kMalformed);
}

/// Ending with unread bytes in the socket would reset the connection, and the client might lose the answer.
Connection::Step Connection::Discard() {
  if (at_end_) return Step::kOver;
  if (!buffer_) buffer_ = io_->buffers.Take();
  for (int i = 0; i < kDiscardsPerTurn && readable_; ++i) {
    buffer_->Clear();
    const size_t room = buffer_->room();
    if (Received(recv(fd_, buffer_->tail(), room, 0), room) == Step::kOver) return Step::kOver;
    if (at_end_) return Step::kOver;
  }
  io_->buffers.Give(std::move(buffer_));
  if (readable_) WantTurn();
  return Step::kWait;
}

}  // namespace gyre::http::internal
