#pragma once

#include <memory>
#include <onnxruntime_c_api.h>
#include <string>
#include <string_view>

#include "base/log.h"
#include "base/result.h"

namespace gyre::onnx::internal {

/// Frees an object of ONNX Runtime with the function of its API table that is meant for it.
template <class T>
struct Release {
  void (*release)(T*) = nullptr;
  void operator()(T* object) const {
    if (release != nullptr) release(object);
  }
};
template <class T>
using Owned = std::unique_ptr<T, Release<T>>;

/// The loaded library and its process-wide environment. Constant after construction.
class Environment {
 public:
  /// Loads the library and makes the environment, which ONNX Runtime shares among all that ask in one process.
  static base::Result<std::shared_ptr<const Environment>> Open(base::Logger* logger);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  const OrtApi& api() const { return *api_; }
  OrtEnv* env() const { return env_; }
  const OrtMemoryInfo* cpu() const { return cpu_; }
  OrtAllocator* allocator() const { return allocator_; }
  base::Logger* logger() const { return logger_; }

  /// Ok for null; otherwise its message as an error of `code`, and the status is released.
  base::Result<void> Check(OrtStatus* status, base::ErrorCode code, std::string_view action) const;

 private:
  Environment(const OrtApi* api, base::Logger* logger) : api_(api), logger_(logger) {}

  const OrtApi* const api_;
  base::Logger* const logger_;
  OrtEnv* env_ = nullptr;
  OrtMemoryInfo* cpu_ = nullptr;
  OrtAllocator* allocator_ = nullptr;
};

/// ONNX Runtime's messages are long and hold line breaks: the first 400 bytes on one line.
std::string OneLine(std::string_view message);

}  // namespace gyre::onnx::internal
