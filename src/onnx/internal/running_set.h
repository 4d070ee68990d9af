#pragma once

#include <mutex>
#include <onnxruntime_c_api.h>
#include <set>

#include "base/result.h"
#include "onnx/internal/environment.h"

namespace gyre::onnx::internal {

/// The runs that one RunControl can end. Thread-safe.
class RunningSet {
 public:
  /// False if it is too late: the control has been terminated.
  bool Add(OrtRunOptions* options, const OrtApi& api);
  void Remove(OrtRunOptions* options);
  void Terminate();
  bool terminated() const;

 private:
  mutable std::mutex mutex_;
  bool terminated_ = false;
  const OrtApi* api_ = nullptr;
  std::set<OrtRunOptions*> running_;
};

/// The options of one run, known to `control` (may be null) while the run goes on.
class RunOptions {
 public:
  static base::Result<RunOptions> Make(const Environment& environment, RunningSet* control);
  RunOptions(RunOptions&& other) noexcept
      : options_(std::move(other.options_)), control_(std::exchange(other.control_, nullptr)) {}
  RunOptions& operator=(RunOptions&&) = delete;
  ~RunOptions() {
    if (control_ != nullptr && options_ != nullptr) control_->Remove(options_.get());
  }

  OrtRunOptions* get() const { return options_.get(); }
  bool terminated() const { return control_ != nullptr && control_->terminated(); }

 private:
  RunOptions(Owned<OrtRunOptions> options, RunningSet* control) : options_(std::move(options)), control_(control) {}
  Owned<OrtRunOptions> options_;
  RunningSet* control_;
};

}  // namespace gyre::onnx::internal
