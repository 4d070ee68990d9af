#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/result.h"
#include "engine/connection.h"

namespace gyre::engine {

namespace internal {
struct Instance;
}

/// An in-memory DuckDB that can be handed SQL from strangers: it reads and writes the files named when it was opened
/// and nothing else, loads no extensions, opens no sockets, and its settings are locked. Session time is UTC.
/// DuckDB itself (70 MB) is loaded when the first engine opens, which costs 15 ms; further ones cost 10 ms.
///
/// With one thread every query is deterministic, sums of doubles and unordered results included; with more, only
/// queries whose answer does not depend on the order of rows are.
///
/// Thread-safe; connections may outlive the engine.
class Engine {
 public:
  struct Options {
    uint64_t memory_bytes = 1ULL << 30;
    int threads = 1;
    /// Where results larger than memory spill; must be a folder of this process's own. Empty: they fail instead.
    std::filesystem::path temp_folder;
    /// The files SQL may read and write.
    std::vector<std::filesystem::path> files;
    /// Folders it may read and write all of.
    std::vector<std::filesystem::path> folders;
  };
  static base::Result<Engine> Open(const Options& options);

  base::Result<Connection> Connect();

 private:
  explicit Engine(std::shared_ptr<internal::Instance> instance) : instance_(std::move(instance)) {}
  std::shared_ptr<internal::Instance> instance_;
};

}  // namespace gyre::engine
