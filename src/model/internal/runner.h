#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "model/executor.h"
#include "model/internal/executor_state.h"
#include "onnx/prepared_run.h"

namespace gyre::model::internal {

/// The rows of one call, as RowRunner::Run has them.
struct RowSpans {
  size_t first = 0;  ///< the piece to compute: `count` rows from `first`
  size_t count = 0;
  std::span<const float> numbers;
  std::span<const std::string_view> categories;
};

/// What a RowRunner is. Splits a call into pieces, runs each through a prepared run of its size (made at first use),
/// or, where the graph's shapes are not known beforehand, through a plain run.
class RunnerState {
 public:
  explicit RunnerState(std::shared_ptr<const ExecutorState> executor);

  base::Result<RowAnswers> Run(size_t rows, std::span<const float> numbers,
                               std::span<const std::string_view> categories, const base::Cancellation& cancel);
  void Terminate();

 private:
  base::Result<void> CheckSizes(size_t rows, const RowSpans& spans) const;
  base::Result<void> CheckValues(size_t rows, const RowSpans& spans) const;
  base::Result<void> RunPiece(const RowSpans& piece);

  base::Result<void> RunPrepared(const RowSpans& piece);
  base::Result<onnx::PreparedRun*> PreparedFor(size_t rows);
  base::Result<void> FillPrepared(onnx::PreparedRun& run, const RowSpans& piece) const;
  base::Result<void> ReadPrepared(onnx::PreparedRun& run, const RowSpans& piece);

  base::Result<void> RunPlain(const RowSpans& piece);
  base::Result<std::vector<onnx::Tensor>> MakeTensors(const RowSpans& piece) const;
  base::Result<void> ReadPlain(const std::vector<onnx::Value>& outputs, const RowSpans& piece);
  base::Result<void> ReadClassMaps(const onnx::ClassMaps& maps, const RowSpans& piece);

  base::Result<void> AddLabel(int32_t label, std::string_view shown, size_t row);
  template <class T>
  base::Result<void> AddLabels(std::span<const T> labels, const RowSpans& piece);
  template <class T>
  base::Result<void> AddNumbers(std::span<const T> found, size_t width, const RowSpans& piece, std::vector<float>& to);
  void AddLargest();

  /// What Terminate has to stop: one of them, or neither between pieces.
  struct Current {
    onnx::PreparedRun* prepared = nullptr;
    onnx::RunControl* plain = nullptr;
  };
  base::Result<void> Enter(Current current);
  void Leave();

  const std::shared_ptr<const ExecutorState> executor_;
  std::vector<std::unique_ptr<onnx::PreparedRun>> prepared_;  ///< by number of rows
  std::vector<int32_t> labels_;
  std::vector<float> probabilities_;
  std::vector<float> values_;

  std::mutex mutex_;  ///< for Terminate
  bool terminated_ = false;
  Current current_;
};

}  // namespace gyre::model::internal
