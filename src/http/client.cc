#include "http/client.h"

#include <csignal>
#include <ctime>

#include "http/internal/transfer.h"

namespace gyre::http {
namespace {

using internal::Curl;
using internal::Transfer;

/// Kept for as many threads as send at once.
constexpr size_t kMaxKept = 16;

/// Writing to a server that has gone raises SIGPIPE inside the TLS library, which has no flag against that.
class PipeSignalBlocked {
 public:
  PipeSignalBlocked() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~PipeSignalBlocked() {
    const timespec now{};
    if (!was_pending_) sigtimedwait(&pipe_, nullptr, &now);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  PipeSignalBlocked(const PipeSignalBlocked&) = delete;
  PipeSignalBlocked& operator=(const PipeSignalBlocked&) = delete;

 private:
  sigset_t pipe_;
  sigset_t before_;
  bool was_pending_ = false;
};

class CurlClient final : public Client {
 public:
  explicit CurlClient(std::shared_ptr<const Curl> curl) : curl_(std::move(curl)) {}

  base::Result<ClientResponse> Send(const ClientRequest& request, const base::Cancellation& cancel) override {
    const PipeSignalBlocked blocked;
    auto transfer = TRY(Take());
    auto response = transfer->Perform(request, cancel);
    Give(std::move(transfer));
    return response;
  }

 private:
  base::Result<std::unique_ptr<Transfer>> Take() {
    {
      const std::lock_guard lock(mutex_);
      if (!kept_.empty()) {
        auto transfer = std::move(kept_.back());
        kept_.pop_back();
        return transfer;
      }
    }
    return Transfer::Make(curl_);
  }

  void Give(std::unique_ptr<Transfer> transfer) {
    const std::lock_guard lock(mutex_);
    if (kept_.size() < kMaxKept) kept_.push_back(std::move(transfer));
  }

  const std::shared_ptr<const Curl> curl_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Transfer>> kept_;  ///< guarded by mutex_
};

}  // namespace

base::Result<std::unique_ptr<Client>> Client::Make() {
  return std::make_unique<CurlClient>(TRY(Curl::Load()));
}

}  // namespace gyre::http
