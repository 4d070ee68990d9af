#include "stats/random.h"

#include <bit>

#include "stats/special.h"

namespace gyre::stats {
namespace {

constexpr uint64_t kGoldenGamma = 0x9e3779b97f4a7c15;

/// The output function of splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
uint64_t Mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

Random::Random(uint64_t seed) {
  for (auto& word : state_) word = Mix(seed += kGoldenGamma);
}

uint64_t Random::Next() {
  const uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
  const uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

uint64_t Random::Below(uint64_t bound) {
  __extension__ using Wide = unsigned __int128;
  Wide product = Wide(Next()) * bound;
  if (auto low = static_cast<uint64_t>(product); low < bound) {
    const uint64_t rejected = -bound % bound;
    while (low < rejected) {
      product = Wide(Next()) * bound;
      low = static_cast<uint64_t>(product);
    }
  }
  return static_cast<uint64_t>(product >> 64);
}

int64_t Random::Between(int64_t low, int64_t high) {
  const uint64_t span = static_cast<uint64_t>(high) - static_cast<uint64_t>(low) + 1;
  const uint64_t offset = span == 0 ? Next() : Below(span);
  return static_cast<int64_t>(static_cast<uint64_t>(low) + offset);
}

double Random::Uniform() {
  return static_cast<double>(Next() >> 11) * 0x1p-53;
}

double Random::Normal() {
  // The middle of a cell of width 2^-53, so that 0 and 1 cannot come up.
  return NormalQuantile((static_cast<double>(Next() >> 11) + 0.5) * 0x1p-53);
}

uint64_t StreamSeed(uint64_t seed, uint64_t index) {
  return Mix(Mix(seed + kGoldenGamma) ^ (index * kGoldenGamma + 1));
}

}  // namespace gyre::stats
