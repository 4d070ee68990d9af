#include "train/internal/parallel.h"

#include "base/thread_pool.h"

namespace gyre::train::internal {
namespace {

using Step = std::function<base::Result<void>(size_t)>;

/// The pieces of one RunInOrder: which are taken, which are done, what went wrong.
class Pieces {
 public:
  Pieces(size_t count, const base::Cancellation& cancel, const Step& work)
      : cancel_(cancel), work_(work), done_(count, false) {}

  /// A worker's whole life.
  void Work() {
    for (size_t i = next_++; i < done_.size(); i = next_++) {
      auto outcome = cancel_.Check();
      if (outcome) outcome = work_(i);
      Finish(i, std::move(outcome));
    }
  }

  /// Waits for piece `i`, or for an error of any.
  base::Result<void> Await(size_t i) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return done_[i] || !failure_.has_value(); });
    return done_[i] ? base::Ok() : failure_;
  }

  /// Keeps workers from taking further pieces.
  void Stop() { next_ = done_.size(); }

 private:
  void Finish(size_t i, base::Result<void> outcome) {
    {
      const std::lock_guard lock(mutex_);
      if (outcome) {
        done_[i] = true;
      } else if (failure_) {
        failure_ = std::move(outcome);
        Stop();
      }
    }
    changed_.notify_all();
  }

  const base::Cancellation& cancel_;
  const Step& work_;
  std::atomic<size_t> next_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<bool> done_;
  base::Result<void> failure_;
};

base::Result<void> RunHere(size_t count, const base::Cancellation& cancel, const Step& work, const Step& report) {
  for (size_t i = 0; i < count; ++i) {
    TRY(cancel.Check());
    TRY(work(i));
    TRY(report(i));
  }
  return base::Ok();
}

}  // namespace

base::Result<void> RunInOrder(size_t count, size_t threads, const base::Cancellation& cancel, const Step& work,
                              const Step& report) {
  if (std::min(count, threads) <= 1) return RunHere(count, cancel, work, report);
  Pieces pieces(count, cancel, work);
  std::vector<std::jthread> workers;
  for (size_t t = 0; t < std::min(count, threads); ++t) {
    workers.emplace_back([&pieces, t] {
      base::NameThread(fmt::format("train-{}", t));
      pieces.Work();
    });
  }
  base::Result<void> outcome;
  for (size_t i = 0; i < count && outcome; ++i) {
    outcome = pieces.Await(i);
    if (outcome) outcome = cancel.Check();
    if (outcome) outcome = report(i);
  }
  pieces.Stop();
  return outcome;  // after the workers have joined
}

base::Result<void> ParallelFor(size_t count, size_t threads, const base::Cancellation& cancel, const Step& work) {
  return RunInOrder(count, threads, cancel, work, [](size_t) { return base::Ok(); });
}

}  // namespace gyre::train::internal
