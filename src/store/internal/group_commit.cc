#include "store/internal/group_commit.h"

#include "base/thread_pool.h"

namespace gyre::store::internal {
namespace {
/// Bounds how long the first caller of a batch waits for the others.
constexpr size_t kMaxBatch = 256;
}  // namespace

GroupCommit::GroupCommit(std::unique_ptr<SqliteConnection> connection, const base::Clock& clock, base::Entropy& entropy)
    : connection_(std::move(connection)), transaction_(*connection_, clock, entropy), thread_([this] {
        base::NameThread("store-writer");
        Loop();
      }) {}

base::Result<void> GroupCommit::Run(const Work& work) {
  Pending pending{.work = &work};
  std::unique_lock lock(mutex_);
  if (stopping_) return base::Unavailable("the metadata database is closing");
  queue_.push_back(&pending);
  work_waits_.notify_one();
  batch_done_.wait(lock, [&] { return pending.done; });
  return pending.outcome;
}

void GroupCommit::Loop() {
  while (true) {
    std::deque<Pending*> batch;
    {
      std::unique_lock lock(mutex_);
      work_waits_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      while (!queue_.empty() && batch.size() < kMaxBatch) {
        batch.push_back(queue_.front());
        queue_.pop_front();
      }
    }
    CommitBatch(batch);
    {
      const std::lock_guard lock(mutex_);
      for (Pending* pending : batch) pending->done = true;
    }
    batch_done_.notify_all();
  }
}

void GroupCommit::CommitBatch(std::deque<Pending*>& batch) {
  auto whole = Step("BEGIN IMMEDIATE");
  for (size_t i = 0; whole && i < batch.size(); ++i) {
    batch[i]->outcome = RunInSavepoint(*batch[i]->work);
    // A full disk makes SQLite undo the whole transaction: then no piece of it may be told it succeeded.
    if (!connection_->InTransaction()) {
      whole = batch[i]->outcome ? base::Error(base::ErrorCode::kIo, "the metadata database undid the transaction")
                                : batch[i]->outcome.error();
    }
  }
  if (whole) whole = Step("COMMIT");
  if (whole) return;
  if (connection_->InTransaction()) (void)Step("ROLLBACK");
  for (Pending* pending : batch) {
    if (pending->outcome) pending->outcome = whole.error();
  }
}

base::Result<void> GroupCommit::RunInSavepoint(const Work& work) {
  TRY(Step("SAVEPOINT piece"));
  auto outcome = work(transaction_);
  if (outcome) return Step("RELEASE piece");
  if (connection_->InTransaction()) {
    TRY(Step("ROLLBACK TO piece"));
    TRY(Step("RELEASE piece"));
  }
  return outcome;
}

base::Result<void> GroupCommit::Step(std::string_view sql) {
  TRY(connection_->Execute(sql, {}));
  return base::Ok();
}

void GroupCommit::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_waits_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace gyre::store::internal
