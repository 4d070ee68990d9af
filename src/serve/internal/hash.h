#pragma once

#include <cstdint>
#include <string_view>

namespace gyre::serve::internal {

/// Spreads every bit over all of them (the finalizer of MurmurHash3).
constexpr uint64_t Mix(uint64_t bits) {
  bits ^= bits >> 33;
  bits *= 0xff51afd7ed558ccdULL;
  bits ^= bits >> 33;
  bits *= 0xc4ceb9fe1a85ec53ULL;
  return bits ^ bits >> 33;
}

/// FNV-1a, then mixed. The same on every machine and in every release: it decides who sees a canary.
constexpr uint64_t HashText(std::string_view text, uint64_t salt = 0) {
  uint64_t hash = 0xcbf29ce484222325ULL ^ salt;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return Mix(hash);
}

/// Uniform in [0, 1).
constexpr double UnitInterval(uint64_t hash) {
  return static_cast<double>(hash >> 11) * 0x1p-53;
}

}  // namespace gyre::serve::internal
