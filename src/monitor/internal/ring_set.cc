#include "monitor/internal/ring_set.h"

#include "base/id.h"

namespace gyre::monitor::internal {
namespace {

constexpr size_t kRemembered = 16;
constexpr size_t kSmallestRing = 4096;

/// A thread's producers, one per log it offers to; tells them when the thread ends.
struct ThreadProducers {
  std::vector<std::shared_ptr<Producer>> all;
  ThreadProducers() = default;
  ThreadProducers(const ThreadProducers&) = delete;
  ThreadProducers& operator=(const ThreadProducers&) = delete;
  ~ThreadProducers() {
    for (const auto& producer : all) producer->abandoned.store(true, std::memory_order_release);
  }
};

thread_local ThreadProducers producers_of_this_thread;

/// Moves the element that is used to the end, so that it is found first and forgotten last.
template <class T>
T& Promote(std::vector<T>& list, size_t index) {
  if (index + 1 != list.size()) std::swap(list[index], list.back());
  return list.back();
}

template <class T>
T& Remember(std::vector<T>& list, T value) {
  if (list.size() >= kRemembered) list.erase(list.begin());
  return list.emplace_back(std::move(value));
}

}  // namespace

const Stream* Producer::StreamOf(const serve::PredictionBatch& batch, StreamTable& streams) {
  for (size_t i = streams_.size(); i-- > 0;) {
    const auto& [endpoint, stream] = streams_[i];
    if (endpoint == batch.endpoint && stream->schema->Matches(*batch.signature)) return Promote(streams_, i).second;
  }
  if (!base::IsValidName(batch.endpoint)) return nullptr;
  const auto& stream = streams.Get(batch.endpoint, *batch.signature);
  return Remember(streams_, {std::string(batch.endpoint), &stream}).second;
}

std::string_view Producer::TextOf(const registry::VersionRef& version) {
  for (size_t i = texts_.size(); i-- > 0;) {
    if (texts_[i]->first == version) return Promote(texts_, i)->second;
  }
  using Known = std::pair<registry::VersionRef, std::string>;
  return Remember(texts_, std::unique_ptr<const Known>(new Known(version, version.ToString())))->second;
}

RingSet::~RingSet() {
  for (const auto& producer : Producers()) producer->closed.store(true, std::memory_order_release);
}

Producer& RingSet::OfThisThread() {
  auto& mine = producers_of_this_thread.all;
  for (const auto& producer : mine) {
    if (producer->BelongsTo(*this)) return *producer;
  }
  std::erase_if(mine, [](const auto& producer) { return producer->closed.load(std::memory_order_acquire); });
  auto made = std::make_shared<Producer>(*this, std::max(ring_bytes_, kSmallestRing));
  {
    const std::lock_guard lock(mutex_);
    producers_.push_back(made);
  }
  return *mine.emplace_back(std::move(made));
}

std::vector<std::shared_ptr<Producer>> RingSet::Producers() const {
  const std::lock_guard lock(mutex_);
  return producers_;
}

void RingSet::Remove(const std::shared_ptr<Producer>& producer) {
  const std::lock_guard lock(mutex_);
  std::erase(producers_, producer);
}

}  // namespace gyre::monitor::internal
