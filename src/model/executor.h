#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "model/frame.h"
#include "model/signature.h"
#include "onnx/runtime.h"

namespace gyre::model {

namespace internal {
struct ExecutorState;
class RunnerState;
}  // namespace internal

/// What a model says to some rows.
struct Answers {
  std::vector<int32_t> labels;  ///< index into the signature's classes, per row; empty for a regression
  Scores probabilities;         ///< empty if the graph gives none
  std::vector<float> values;    ///< of a regression, per row
};

/// The same without copies: views into a RowRunner, valid until its next Run.
struct RowAnswers {
  std::span<const int32_t> labels;
  std::span<const float> probabilities;  ///< row-major, rows x classes
  std::span<const float> values;
};

/// One thread's way into an Executor: buffers are made once per number of rows and reused, so that a call allocates
/// nothing of its own. About half a microsecond over ONNX Runtime's own cost of one row (README.md has figures).
/// One thread at a time, `Terminate` excepted. Outlives its Executor if need be.
class RowRunner {
 public:
  explicit RowRunner(std::unique_ptr<internal::RunnerState> state);
  ~RowRunner();
  RowRunner(const RowRunner&) = delete;
  RowRunner& operator=(const RowRunner&) = delete;

  /// `numbers` are rows x number features, row-major in signature order, NaN where missing; `categories` likewise,
  /// empty where missing. Checks every value as CheckFrame does: kUnprocessable names row and feature.
  /// kInvalidArgument: no rows, or spans of another size.
  base::Result<RowAnswers> Run(size_t rows, std::span<const float> numbers,
                               std::span<const std::string_view> categories, const base::Cancellation& cancel = {});

  /// From any thread: ends the Run that is going on with kCancelled.
  void Terminate();

 private:
  std::unique_ptr<internal::RunnerState> state_;
};

/// Answers rows with one loaded graph, each value checked against its signature first. Thread-safe.
class Executor {
 public:
  struct Options {
    onnx::SessionOptions session = {};
  };

  /// Loads the graph and binds the signature's features and outputs to its inputs and outputs: a feature to the input
  /// of its name, the remaining numbers in order to the columns of one matrix input. kInvalidArgument says what does
  /// not fit.
  static base::Result<std::unique_ptr<Executor>> Load(onnx::Runtime& runtime, std::string_view onnx,
                                                      const Signature& signature, const Options& options);
  static base::Result<std::unique_ptr<Executor>> Load(onnx::Runtime& runtime, std::string_view onnx,
                                                      const Signature& signature) {
    return Load(runtime, onnx, signature, Options());
  }
  ~Executor();

  const Signature& signature() const;

  /// Any number of rows but none, in pieces; `cancel` is looked at between pieces.
  base::Result<Answers> Predict(const Frame& frame, const base::Cancellation& cancel = {}) const;

  /// For repeated calls; keep one per thread.
  base::Result<std::unique_ptr<RowRunner>> MakeRunner() const;

  /// Tensor memory the graph holds now.
  uint64_t memory_bytes() const;

 private:
  explicit Executor(std::shared_ptr<const internal::ExecutorState> state);
  std::shared_ptr<const internal::ExecutorState> state_;
};

}  // namespace gyre::model
