#pragma once

#include "base/metrics.h"
#include "pipeline/executor.h"

namespace gyre::server::internal {

/// Counts pipeline runs and their steps for /metrics as they end. Thread-safe.
class RunMetrics final : public pipeline::RunListener {
 public:
  explicit RunMetrics(base::Metrics& metrics) : metrics_(metrics) {}

  void OnRunStarted(const pipeline::RunRecord& /*run*/) override {}
  void OnRunFinished(const pipeline::RunRecord& run) override;

 private:
  base::Metrics& metrics_;
};

}  // namespace gyre::server::internal
