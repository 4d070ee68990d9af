#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "artifacts/artifact_store.h"
#include "base/cancel.h"
#include "base/json.h"
#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "blob/blob_store.h"
#include "store/database.h"
#include "tracking/tracker.h"

namespace gyre::govern {

/// What to remove for good.
struct CollectRequest {
  /// Runs, experiments and logged models that were deleted so long ago; if `runs` names none.
  std::chrono::microseconds older_than{0};
  std::vector<std::string> runs;  ///< these deleted runs and no other
  bool dry_run = false;           ///< only count
  std::string actor = "local";
};

/// What was removed, or would be.
struct CollectReport {
  enum class State { kIdle, kRunning, kDone, kFailed };
  State state = State::kIdle;  ///< kIdle: nothing was collected since the start
  bool dry_run = false;
  double progress = 0;  ///< 0 to 1
  std::string stage;    ///< what goes on now, for people
  std::optional<base::Error> error;

  int64_t runs = 0;
  int64_t experiments = 0;
  int64_t logged_models = 0;
  artifacts::Amount artifacts;
  struct Kept {
    std::string kind;  ///< "run", "experiment", "logged_model"
    std::string id;
    std::string reason;
  };
  std::vector<Kept> kept;  ///< deleted, but something that is not deleted needs their artifacts

  artifacts::Amount blobs_stored;   ///< before
  artifacts::Amount blobs_removed;  ///< that nothing refers to
  artifacts::Amount blobs_spared;   ///< nothing refers to them yet, but they were put or asked for lately

  base::Json ToJson() const;
};

/// Deletes for good what was deleted, and the blobs that nothing refers to any more (docs/decisions/0010). Thread-safe;
/// one collection at a time, on a thread of its own.
class Collector {
 public:
  struct Deps {
    store::Database& database;
    blob::BlobStore& blobs;
    artifacts::ArtifactStore& artifacts;
    tracking::Tracker& tracker;
    const base::Clock& clock;
    base::Logger& log;
  };
  explicit Collector(const Deps& deps) : deps_(deps) {}
  ~Collector() { Stop(); }

  /// kFailedPrecondition while another is under way. What is wrong with the request is found later.
  base::Result<void> Start(const CollectRequest& request);
  /// The last collection, once it has ended or `patience` is over.
  CollectReport Wait(std::chrono::milliseconds patience);
  /// Ends the one under way between two of its steps, and joins. Idempotent.
  void Stop();

 private:
  void Run(const CollectRequest& request);

  const Deps deps_;
  std::mutex control_;  ///< held while a thread is started or joined
  std::thread thread_;  ///< guarded by control_
  base::Cancellation cancel_;
  std::mutex mutex_;
  std::condition_variable ended_;
  CollectReport report_;  ///< guarded by mutex_
};

}  // namespace gyre::govern
