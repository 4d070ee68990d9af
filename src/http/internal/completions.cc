#include "http/internal/completions.h"

#include <sys/eventfd.h>
#include <unistd.h>

namespace gyre::http::internal {

base::Result<std::unique_ptr<Completions>> Completions::Make() {
  base::UniqueFd event(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!event) return base::ErrnoError("cannot create", "eventfd");
  return std::unique_ptr<Completions>(new Completions(std::move(event)));
}

void Completions::Wake() {
  const uint64_t one = 1;
  // The only failure is a counter that is full, which wakes just as well.
  [[maybe_unused]] const auto wrote = write(event_.get(), &one, sizeof(one));
}

void Completions::Push(Exchange* exchange) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = done_.empty();
    done_.push_back(exchange);
  }
  if (first) Wake();
}

void Completions::TakeAll(std::vector<Exchange*>& taken) {
  uint64_t count = 0;
  [[maybe_unused]] const auto got = read(event_.get(), &count, sizeof(count));
  taken.clear();
  const std::lock_guard lock(mutex_);
  taken.swap(done_);
}

}  // namespace gyre::http::internal
