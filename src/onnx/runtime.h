#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>

#include "base/log.h"
#include "base/result.h"

namespace gyre::onnx {

class Session;
namespace internal {
class Environment;
}

enum class GraphOptimization { kNone, kBasic, kExtended, kAll };

struct SessionOptions {
  /// 1 keeps all work of a Run on the caller's thread; more makes a pool per session, and its allocations escape
  /// `memory_limit_bytes`.
  int intra_op_threads = 1;
  /// Threads of the pool busy-wait for work: lower latency for large graphs on idle machines, a burnt core otherwise.
  bool allow_spinning = false;
  /// Keeps freed memory for the next Run. Tabular models gain under a microsecond and hold more memory.
  bool use_arena = false;
  /// kAll also picks kernels by the machine's instruction set, as the other levels do; it never changes the graph's
  /// meaning, only rounding in the last place.
  GraphOptimization optimization = GraphOptimization::kAll;
  /// Tensor memory the session may hold at once, weights included; 0 is no limit. A Run over it fails with
  /// kResourceExhausted and gives back what it took. Scratch space inside kernels is not counted.
  uint64_t memory_limit_bytes = 0;
};

/// ONNX Runtime in this process: the library is loaded and its environment made at the first Load, not before, because
/// that costs 15 ms. Its warnings go to `logger` (none if null), which must outlive every session. Thread-safe.
class Runtime {
 public:
  explicit Runtime(base::Logger* logger = nullptr) : logger_(logger) {}
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  /// Checks a serialized graph (graph.h: sizes, nesting, no weights in other files), then has ONNX Runtime build it.
  /// The session outlives the Runtime if need be. kInvalidArgument says what is wrong with the graph.
  base::Result<std::shared_ptr<Session>> Load(std::string_view graph, const SessionOptions& options = {});

 private:
  base::Result<std::shared_ptr<const internal::Environment>> Open();

  base::Logger* const logger_;
  std::mutex mutex_;
  std::shared_ptr<const internal::Environment> environment_;
};

}  // namespace gyre::onnx
