#pragma once

#include <bit>
#include <cstddef>
#include <sched.h>
#include <thread>

namespace gyre::base {

// State kept once per core, so that threads do not write to each other's cache lines: an array of `CoreSlots()`
// elements aligned to `kCacheLine`, indexed by `CoreSlot()`. The index is a hint, not exclusion: the caller may be
// moved to another core at any moment, and cores share slots on a large machine, so what is in a slot must be atomic or
// locked.

inline constexpr size_t kCacheLine = 64;

/// How many slots to make: a power of two, at most 64. Ask once and keep it, for a change of CPU affinity changes it.
inline size_t CoreSlots() {
  const size_t cores = std::thread::hardware_concurrency();
  return std::bit_ceil(cores < 1 ? 1 : cores > 64 ? 64 : cores);
}

/// The slot of the core the caller runs on, for `slots` a power of two. A nanosecond: glibc reads it from the thread's
/// restartable-sequence area.
inline size_t CoreSlot(size_t slots) {
  const int core = sched_getcpu();
  return static_cast<size_t>(core < 0 ? 0 : core) & (slots - 1);
}

}  // namespace gyre::base
