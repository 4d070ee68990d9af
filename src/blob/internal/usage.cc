#include "blob/internal/usage.h"

namespace gyre::blob::internal {

void Usage::Claim(const base::Digest& digest) {
  const std::lock_guard lock(mutex_);
  claims_[digest] = clock_.Monotonic();
  if (claims_.size() >= drop_expired_at_) DropExpiredLocked();
}

void Usage::DropExpiredLocked() {
  // During a collection nothing expires that was valid when it began.
  const auto from = collecting_ ? claims_count_from_ : clock_.Monotonic() - kClaimLasts;
  std::erase_if(claims_, [from](const auto& claim) { return claim.second < from; });
  drop_expired_at_ = 2 * claims_.size() + 1024;
}

Pin Usage::MakePin(const base::Digest& digest) {
  {
    const std::lock_guard lock(mutex_);
    ++pins_[digest];
  }
  // The address means nothing; what counts is when the last copy goes.
  return Pin(this, [self = shared_from_this(), digest](const void*) { self->Unpin(digest); });
}

void Usage::Unpin(const base::Digest& digest) {
  const std::lock_guard lock(mutex_);
  const auto pin = pins_.find(digest);
  if (--pin->second == 0) pins_.erase(pin);
  if (collecting_) unpinned_.insert(digest);
}

bool Usage::BeginCollection() {
  const std::lock_guard lock(mutex_);
  if (collecting_) return false;
  collecting_ = true;
  claims_count_from_ = clock_.Monotonic() - kClaimLasts;
  return true;
}

void Usage::EndCollection() {
  const std::lock_guard lock(mutex_);
  collecting_ = false;
  unpinned_.clear();
}

bool Usage::IsFreeLocked(const base::Digest& digest) {
  if (pins_.contains(digest) || unpinned_.contains(digest)) return false;
  const auto claim = claims_.find(digest);
  return claim == claims_.end() || claim->second < claims_count_from_;
}

bool Usage::IsFree(const base::Digest& digest) {
  const std::lock_guard lock(mutex_);
  return IsFreeLocked(digest);
}

base::Result<bool> Usage::RemoveIfFree(const base::Digest& digest, const std::function<base::Result<bool>()>& remove) {
  const std::lock_guard lock(mutex_);
  return IsFreeLocked(digest) ? remove() : base::Result<bool>(false);
}

}  // namespace gyre::blob::internal
