#include "onnx/internal/running_set.h"

namespace gyre::onnx::internal {

bool RunningSet::Add(OrtRunOptions* options, const OrtApi& api) {
  const std::lock_guard lock(mutex_);
  if (terminated_) return false;
  api_ = &api;
  running_.insert(options);
  return true;
}

void RunningSet::Remove(OrtRunOptions* options) {
  const std::lock_guard lock(mutex_);
  running_.erase(options);
}

void RunningSet::Terminate() {
  const std::lock_guard lock(mutex_);
  terminated_ = true;
  for (OrtRunOptions* options : running_) {
    if (OrtStatus* status = api_->RunOptionsSetTerminate(options); status != nullptr) api_->ReleaseStatus(status);
  }
}

bool RunningSet::terminated() const {
  const std::lock_guard lock(mutex_);
  return terminated_;
}

base::Result<RunOptions> RunOptions::Make(const Environment& environment, RunningSet* control) {
  const auto& api = environment.api();
  OrtRunOptions* options = nullptr;
  TRY(environment.Check(api.CreateRunOptions(&options), base::ErrorCode::kInternal, "preparing a run"));
  Owned<OrtRunOptions> owned(options, {api.ReleaseRunOptions});
  if (control != nullptr && !control->Add(options, api)) {
    return base::Error(base::ErrorCode::kCancelled, "the model run was ended before it began");
  }
  return RunOptions(std::move(owned), control);
}

}  // namespace gyre::onnx::internal
