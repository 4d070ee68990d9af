#pragma once

#include <memory>
#include <onnxruntime_c_api.h>
#include <vector>

#include "onnx/internal/environment.h"
#include "onnx/internal/memory_budget.h"
#include "onnx/value_info.h"

namespace gyre::onnx::internal {

/// What a Session holds. Members are destroyed from the last to the first: the session before its counter, both before
/// the environment.
struct SessionState {
  std::shared_ptr<const Environment> environment;
  std::unique_ptr<MemoryBudget, UnrefBudget> budget;
  Owned<OrtSession> session;
  std::vector<ValueInfo> inputs;
  std::vector<ValueInfo> outputs;

  const OrtApi& api() const { return environment->api(); }
};

/// Turns the status of a run into a result: over the memory limit, ended from outside, or refused by the graph.
base::Result<void> CheckRun(const SessionState& state, OrtStatus* status, uint64_t refusals_before, bool terminated);

/// Reads the names, types and shapes of a session's inputs and outputs.
base::Result<void> DescribeSession(SessionState& state);

}  // namespace gyre::onnx::internal
