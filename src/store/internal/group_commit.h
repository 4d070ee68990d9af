#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "store/internal/session.h"

namespace gyre::store::internal {

/// The writer thread. Takes all the work that waits, runs each piece in a savepoint of one SQLite transaction, commits
/// once (one fsync for all), then tells every caller how its piece went. Thread-safe.
class GroupCommit {
 public:
  using Work = std::function<base::Result<void>(Transaction&)>;

  GroupCommit(std::unique_ptr<SqliteConnection> connection, const base::Clock& clock, base::Entropy& entropy);
  ~GroupCommit() { Stop(); }

  base::Result<void> Run(const Work& work);
  void Stop();

 private:
  struct Pending {
    const Work* work;
    base::Result<void> outcome = base::Ok();
    bool done = false;
  };

  void Loop();
  void CommitBatch(std::deque<Pending*>& batch);
  base::Result<void> RunInSavepoint(const Work& work);
  base::Result<void> Step(std::string_view sql);

  std::unique_ptr<SqliteConnection> connection_;
  SqliteTransaction transaction_;
  std::mutex mutex_;
  std::condition_variable work_waits_;
  std::condition_variable batch_done_;
  std::deque<Pending*> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace gyre::store::internal
