#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "onnx/tensor.h"
#include "onnx/value_info.h"

namespace gyre::onnx {

namespace internal {
class RunningSet;
struct SessionState;
}  // namespace internal

/// Lets another thread end a Run: the graph stops before its next node and the Run returns kCancelled. Good for any
/// number of runs; once terminated, later ones fail too. Thread-safe.
class RunControl {
 public:
  RunControl();
  ~RunControl();
  RunControl(const RunControl&) = delete;
  RunControl& operator=(const RunControl&) = delete;

  void Terminate();
  bool terminated() const;

  internal::RunningSet& running() { return *running_; }

 private:
  std::unique_ptr<internal::RunningSet> running_;
};

struct NamedTensor {
  std::string_view name;
  const Tensor* tensor;  ///< not owned; read during the call only
};

/// A graph that ONNX Runtime has loaded. Thread-safe: Run holds no lock and changes nothing.
class Session {
 public:
  explicit Session(std::unique_ptr<internal::SessionState> state);
  ~Session();

  const std::vector<ValueInfo>& inputs() const;
  const std::vector<ValueInfo>& outputs() const;
  /// Null if there is none of that name.
  const ValueInfo* FindInput(std::string_view name) const;
  const ValueInfo* FindOutput(std::string_view name) const;

  /// Computes `outputs`, in that order, from all inputs. kInvalidArgument names an input that is missing, unknown, or
  /// of the wrong type or shape; kResourceExhausted is the memory limit, kCancelled the control.
  base::Result<std::vector<Value>> Run(std::span<const NamedTensor> inputs, std::span<const std::string> outputs,
                                       RunControl* control = nullptr) const;

  /// Tensor memory held now.
  uint64_t memory_bytes() const;

  const internal::SessionState& state() const { return *state_; }

 private:
  base::Result<void> CheckInputs(std::span<const NamedTensor> inputs) const;

  std::unique_ptr<internal::SessionState> state_;
};

}  // namespace gyre::onnx
