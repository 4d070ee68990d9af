#pragma once

#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "loop/internal/loop_rows.h"
#include "loop/loop.h"

namespace gyre::loop::internal {

/// Why a cycle begins.
struct Cause {
  std::string_view kind;  ///< "drift", "performance", "schedule", "labels", "manual"
  std::string reason;
  std::string alarm = {};
};

/// Takes cycles through their states. Every step is found out from the records, so that it does not matter who was told
/// what before a crash. Thread-safe; one thread at a time advances.
class CycleDriver {
 public:
  explicit CycleDriver(const Loop::Deps& deps) : deps_(deps) {}

  /// Makes the cycle durable and starts its run. kFailedPrecondition: one is under way, or (not by hand) the cool-down
  /// lasts. Once the cycle is made, an error of the run ends it as failed.
  base::Result<Cycle> Begin(const serve::EndpointName& endpoint, const LoopConfig& config, const Cause& cause,
                            std::string_view actor);

  /// As far as it can go now. An error is one that may pass: try again.
  base::Result<void> Advance(StoredCycle cycle);

 private:
  base::Result<StoredCycle> Record(const serve::EndpointName& endpoint, const LoopConfig& config, const Cause& cause,
                                   std::string_view actor);
  base::Result<void> StartRun(StoredCycle& stored);
  base::Result<pipeline::PipelineRunId> FindOrStartRun(const StoredCycle& stored);
  base::Result<bool> AwaitCandidate(StoredCycle& stored);
  base::Result<bool> AcceptVersion(StoredCycle& stored, const registry::VersionRef& version);
  base::Result<bool> SameGraph(const registry::VersionRef& a, const registry::VersionRef& b);
  base::Result<void> TryCandidate(StoredCycle& stored);
  base::Result<std::string> FindOrStartCanary(const StoredCycle& stored, const registry::VersionRef& candidate);
  base::Result<void> FollowCanary(StoredCycle& stored);

  base::Result<void> Save(const Cycle& cycle, std::string_view action);
  base::Result<void> End(StoredCycle& stored, CycleState state, std::string_view outcome);
  bool IsStarting(const std::string& cycle);

  const Loop::Deps deps_;
  std::mutex mutex_;
  std::set<std::string> starting_;  ///< cycles whose run another thread is about to start; guarded by mutex_
};

}  // namespace gyre::loop::internal
