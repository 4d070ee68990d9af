#pragma once

#include <cstdint>
#include <filesystem>

#include "base/cancel.h"

namespace gyre::data {

/// What heavy work on files may use. Each such function opens an engine of its own, confined to the files it is given
/// (so that SQL from gyre.yaml reaches its inputs only) and to one thread (so that its result has the same bits
/// everywhere). They are pure: output files and facts depend on input bytes and options alone, and they know nothing of
/// the metadata, so that they can run in a child process.
struct Work {
  std::filesystem::path temp_folder;  ///< of this work alone, made when needed; what exceeds memory spills here
  uint64_t memory_bytes = 1ULL << 30;
  base::Cancellation cancel;
};

}  // namespace gyre::data
