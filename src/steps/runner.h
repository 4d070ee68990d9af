#pragma once

#include <filesystem>
#include <memory>

#include "base/log.h"
#include "base/time.h"
#include "blob/blob_store.h"
#include "data/catalog.h"
#include "monitor/labels.h"
#include "pipeline/step_runner.h"
#include "proc/child.h"
#include "registry/registry.h"
#include "release/releases.h"
#include "steps/trial_tracker.h"

namespace gyre::steps {

/// Runs built-in steps and commands for the pipeline executor. Work on files happens in a child (`gyre step FOLDER`)
/// that knows nothing of the metadata; what a step leaves is stored, and tables become dataset versions, by this
/// process. Thread-safe.
class Runner final : public pipeline::StepRunner {
 public:
  struct Options {
    std::filesystem::path program;            ///< the gyre binary
    uint64_t step_memory_bytes = 8ULL << 30;  ///< of a step that does not say; address space is twice that
    int64_t step_seconds = 24 * 3600;
    size_t threads = 0;  ///< for training; 0: one per core
  };
  struct Deps {
    blob::BlobStore& blobs;
    data::Catalog& catalog;
    registry::Registry& registry;
    monitor::Labels& labels;
    release::Releases& releases;
    TrialTracker& trials;
    proc::ChildRunner& children;
    base::Logger& log;
  };
  Runner(Options options, const Deps& deps);

  base::Result<void> Check(const pipeline::StepSpec& step, const base::Json& with) const override;
  base::Result<std::vector<std::string>> Files(const pipeline::StepSpec& step, const base::Json& with) const override;
  std::string Revision(const pipeline::StepSpec& step) const override;
  base::Result<base::Json> Externals(const pipeline::StepSpec& step, const base::Json& with) override;
  bool HasEffects(const pipeline::StepSpec& step) const override;
  base::Result<pipeline::StepOutcome> Run(const pipeline::StepContext& context) override;

 private:
  base::Result<pipeline::StepOutcome> RunStep(const pipeline::StepContext& context);

  Options options_;
  Deps deps_;
};

}  // namespace gyre::steps
