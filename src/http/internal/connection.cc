#include "http/internal/connection.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gyre::http::internal {
namespace {

/// Receives per turn: one busy client must not starve the others of the thread.
constexpr int kReceivesPerTurn = 8;

}  // namespace

void Connection::Open(int fd, const PeerAddress& peer, IoContext& io) {
  io_ = &io;
  fd_ = fd;
  peer_ = peer;
  head_seen_ = 0;
  // The first bytes usually come with the connection, and their edge with its registration.
  readable_ = peer_ended_ = at_end_ = closing_ = lingering_ = in_unfinished_ = false;
  handling_ = Handling::kNo;
  io.timeouts.Set(*this, Timeout::kIdle, io.now);
}

void Connection::Close() {
  io_->timeouts.Clear(*this);
  if (in_unfinished_) std::erase(io_->unfinished, this);
  if (exchange_ != nullptr) LetGo();
  if (check_ != nullptr) std::exchange(check_, nullptr)->Abandon();
  io_->buffers.Give(std::move(buffer_));
  output_.reset();
  io_->out.clear();
  close(fd_);
  fd_ = -1;
}

bool Connection::OnEvents(uint32_t events) {
  // Reset, or closed from both sides: nobody reads an answer any more.
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return false;
  if ((events & EPOLLRDHUP) != 0) {
    peer_ended_ = true;
    const bool long_wait = handling_ == Handling::kUnderWay && exchange_->route->execution == Execution::kLong;
    // The client may have closed only its half, but for one that waits for seconds it is likelier that it has gone.
    if (long_wait) exchange_->cancellation.Cancel();
  }
  if ((events & (EPOLLIN | EPOLLRDHUP)) != 0) readable_ = true;
  return Advance();
}

bool Connection::OnHandled() {
  handling_ = Handling::kDone;
  return Advance();
}

bool Connection::OnSpooled() {
  exchange_->spooling = false;
  return Advance();
}

bool Connection::OnChecked() {
  Exchange* check = std::exchange(check_, nullptr);
  const bool passed = check->check_outcome.has_value();
  io_->Recycle(check);
  if (!passed) return false;
  output_->unchecked = false;
  return Advance();
}

bool Connection::OnTurn() {
  in_unfinished_ = false;
  return Advance();
}

bool Connection::OnTimeout() {
  const Timeout kind = timeout;
  io_->timeouts.Clear(*this);
  if (kind != Timeout::kHeader && kind != Timeout::kBody) return false;
  if (exchange_ == nullptr) exchange_ = io_->Take();
  const auto what = kind == Timeout::kHeader ? "header" : "body";
  Refusal refusal{408, base::Error(base::ErrorCode::kDeadlineExceeded,
                                   fmt::format("the request's {} did not arrive in time", what), what)};
  return Refuse(std::move(refusal), Rejection::kTimeout) != Step::kOver && Advance();
}

bool Connection::OnDrain() {
  readable_ = true;  // what has arrived by now is still answered
  if (!Advance()) return false;
  return exchange_ != nullptr || buffer_ || output_ || lingering_;
}

bool Connection::Advance() {
  Step step = Step::kProgress;
  for (int receives = 0; step == Step::kProgress;) {
    step = Next();
    if (step != Step::kNeedInput || !readable_) continue;
    if (receives++ == kReceivesPerTurn) {
      WantTurn();
    } else {
      step = Receive();
    }
  }
  return Settle(step);
}

Connection::Step Connection::Next() {
  if (lingering_) return Discard();
  if (output_) return FlushOutput();
  if (closing_) return Finish();
  if (handling_ == Handling::kUnderWay) return Step::kWait;
  if (std::exchange(handling_, Handling::kNo) == Handling::kDone) return Respond();
  const Step step = exchange_ != nullptr ? TakeBody() : TakeHead();
  return step == Step::kNeedInput && at_end_ ? OnEnd() : step;
}

void Connection::WantTurn() {
  if (!in_unfinished_) io_->unfinished.push_back(this);
  in_unfinished_ = true;
}

/// Another thread, or a batch, holds the exchange.
bool Connection::IsElsewhere() const {
  return handling_ == Handling::kUnderWay || (exchange_ != nullptr && exchange_->spooling);
}

void Connection::LetGo() {
  if (IsElsewhere()) {
    exchange_->Abandon();  // comes back to the reactor
  } else {
    io_->Recycle(exchange_);
  }
  exchange_ = nullptr;
}

/// Sends what the requests of this turn were answered and gives back what an idle connection must not hold.
bool Connection::Settle(Step step) {
  if (step == Step::kOver || !Flush()) return false;
  ReleaseIdleBuffer();
  SetTimeout();
  return true;
}

void Connection::ReleaseIdleBuffer() {
  if (buffer_ && buffer_->empty() && exchange_ == nullptr) io_->buffers.Give(std::move(buffer_));
}

void Connection::SetTimeout() {
  auto& timeouts = io_->timeouts;
  if (lingering_) {
    // Set once: a client that keeps sending is not waited for.
    if (timeout != Timeout::kLinger) timeouts.Set(*this, Timeout::kLinger, io_->now);
  } else if (check_ != nullptr && held_) {
    timeouts.Clear(*this);
  } else if (output_) {
    timeouts.Set(*this, Timeout::kWrite, io_->now);
  } else if (IsElsewhere()) {
    timeouts.Clear(*this);
  } else if (exchange_ != nullptr) {
    timeouts.Set(*this, Timeout::kBody, io_->now);
  } else if (buffer_) {
    // From the first byte: a client that sends one now and then gets no more time by it.
    if (timeout != Timeout::kHeader) timeouts.Set(*this, Timeout::kHeader, io_->now);
  } else {
    timeouts.Set(*this, Timeout::kIdle, io_->now);
  }
}

}  // namespace gyre::http::internal
