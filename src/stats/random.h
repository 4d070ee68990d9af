#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace gyre::stats {

/// The same numbers for the same seed on every machine: xoshiro256++ (Blackman and Vigna, "Scrambled linear
/// pseudorandom number generators", 2021), its state filled by splitmix64. Not for secrets; see base::Entropy for
/// those. One thread each: give every piece of parallel work its own generator, seeded by `StreamSeed`.
class Random {
 public:
  explicit Random(uint64_t seed);
  /// A generator in a given state, which must not be all zero.
  explicit Random(const std::array<uint64_t, 4>& state) : state_(state) {}

  uint64_t Next();
  /// Uniform in [0, bound) without bias (Lemire, "Fast random integer generation in an interval", 2019). bound > 0.
  uint64_t Below(uint64_t bound);
  /// Uniform in [low, high].
  int64_t Between(int64_t low, int64_t high);
  /// Uniform in [0, 1), a multiple of 2^-53.
  double Uniform();
  /// Standard normal, by inversion.
  double Normal();

  /// Fisher-Yates.
  template <class T>
  void Shuffle(std::span<T> items) {
    for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[Below(i)]);
  }

 private:
  std::array<uint64_t, 4> state_;
};

/// The seed of stream `index` of a family: streams of one family are as good as independent, so that work split over
/// any number of threads draws the same numbers. Nest it for families of families.
uint64_t StreamSeed(uint64_t seed, uint64_t index);

}  // namespace gyre::stats
