#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "http/internal/io_context.h"
#include "http/internal/output.h"

namespace gyre::http::internal {

/// One client's stream: takes requests off it one after the other, has them answered and sends the answers in that
/// order. Driven by its I/O thread through the On... functions, each of which does all that can be done without waiting
/// and returns false when the connection is over: the caller must then call `Close`.
///
/// Epoll watches it edge-triggered for everything at once, so no system call is needed per request beyond one recv and
/// one send; `readable_` remembers an edge until recv has drained the socket. An idle connection owns no memory but
/// itself.
class Connection : public TimeoutNode {
 public:
  void Open(int fd, const PeerAddress& peer, IoContext& io);
  bool is_open() const { return fd_ >= 0; }
  bool is_lingering() const { return lingering_; }

  bool OnEvents(uint32_t events);
  bool OnHandled();  ///< the exchange's handler has run, on this thread or another
  bool OnSpooled();  ///< a piece of the exchange's body has been written
  bool OnChecked();  ///< the file that is being sent has been looked at
  bool OnTurn();     ///< after others had theirs (IoContext::unfinished)
  bool OnTimeout();
  bool OnDrain();

  void Close();

 private:
  enum class Step {
    kProgress,   ///< something was done: go on
    kNeedInput,  ///< nothing can be done before more is received
    kWait,       ///< an event will come
    kOver,
  };

  bool Advance();
  Step Next();
  void WantTurn();
  bool IsElsewhere() const;
  void LetGo();
  bool Settle(Step step);
  void SetTimeout();
  void ReleaseIdleBuffer();

  // connection_input.cc: bytes into requests.
  Step TakeHead();
  Step Begin(size_t head_size);
  Step RejectBody();
  Step TakeBody();
  std::optional<Step> PassPieceOn();
  bool ConsumeBuffered();
  uint64_t BodyMissing() const;
  bool BodyIsComplete() const;
  std::string& BodySink();
  void StartSpoolIfLong();
  void KeepHead();
  Step Receive();
  Step ReceiveBody();
  Step Received(ssize_t got, size_t wanted);
  Step OnEnd();
  Step Discard();

  // connection_output.cc: requests into answers.
  Step Dispatch();
  Step Refuse(Refusal refusal, std::optional<Rejection> reason);
  Step Respond();
  bool SendBody(std::string& body);
  bool StartCheck(Response& response);
  bool SendFile(Response::FileBody file);
  bool Flush();
  Step FlushOutput();
  Step Finish();

  IoContext* io_ = nullptr;
  std::unique_ptr<InputBuffer> buffer_;  ///< null while there is nothing in it
  Exchange* exchange_ = nullptr;         ///< from the head's end to the answer
  std::unique_ptr<Output> output_;       ///< while an answer waits for the socket; nothing else is done meanwhile
  Exchange* check_ = nullptr;            ///< of the file in `output_`, at another thread
  uint32_t head_seen_ = 0;               ///< bytes of an incomplete head that were looked at
  int fd_ = -1;
  PeerAddress peer_;
  bool readable_ = false;    ///< the socket may have bytes
  bool peer_ended_ = false;  ///< epoll said that the client has closed its side; bytes may still be there
  bool at_end_ = false;      ///< recv has said so
  enum class Handling : uint8_t { kNo, kUnderWay, kDone };
  Handling handling_ = Handling::kNo;  ///< of the exchange, by a batch or on another thread
  bool closing_ = false;               ///< no more requests are taken: end once the answers are sent
  bool lingering_ = false;  ///< our side is closed; what still comes is thrown away until the client closes too
  bool held_ = false;       ///< all but what waits for `check_` is sent
  bool in_unfinished_ = false;
};

}  // namespace gyre::http::internal
