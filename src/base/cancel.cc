#include "base/cancel.h"

namespace gyre::base {

Cancellation Cancellation::WithDeadline(std::chrono::steady_clock::time_point deadline) const {
  Cancellation narrowed = *this;
  if (!narrowed.deadline_ || deadline < *narrowed.deadline_) narrowed.deadline_ = deadline;
  return narrowed;
}

Result<void> Cancellation::Check() const {
  if (requested()) return Error(ErrorCode::kCancelled, "the work was cancelled");
  if (deadline_ && std::chrono::steady_clock::now() >= *deadline_) {
    return Error(ErrorCode::kDeadlineExceeded, "the deadline passed before the work was done");
  }
  return Ok();
}

}  // namespace gyre::base
