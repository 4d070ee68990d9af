#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "model/executor.h"
#include "model/internal/answer_buffer.h"
#include "model/internal/executor_state.h"
#include "model/internal/slot_fill.h"
#include "onnx/prepared_run.h"

namespace gyre::model::internal {

/// What a RowRunner is. Splits a call into pieces, runs each through a prepared run of its size (made at first use),
/// or, where the graph's shapes are not known beforehand, through a plain run.
class RunnerState {
 public:
  explicit RunnerState(std::shared_ptr<const ExecutorState> executor);

  base::Result<RowAnswers> Run(size_t rows, const RowSpans& spans, const base::Cancellation& cancel);
  void Terminate();

 private:
  base::Result<void> CheckSizes(size_t rows, const RowSpans& spans) const;
  base::Result<void> CheckValues(size_t rows, const RowSpans& spans) const;
  base::Result<void> RunPrepared(const RowSpans& spans, Piece piece);
  base::Result<void> RunUnprepared(const RowSpans& spans, Piece piece);
  base::Result<onnx::PreparedRun*> PreparedFor(size_t rows);
  base::Result<void> Fill(onnx::PreparedRun& run, const RowSpans& spans, Piece piece) const;
  base::Result<void> Read(onnx::PreparedRun& run, Piece piece);

  /// What Terminate has to stop: one of them, or neither between pieces.
  struct Current {
    onnx::PreparedRun* prepared = nullptr;
    onnx::RunControl* plain = nullptr;
  };
  base::Result<void> Enter(Current current);
  void Leave();

  const std::shared_ptr<const ExecutorState> executor_;
  std::vector<std::unique_ptr<onnx::PreparedRun>> prepared_;  ///< by number of rows
  AnswerBuffer answers_;

  std::mutex mutex_;  ///< for Terminate
  bool terminated_ = false;
  Current current_;
};

}  // namespace gyre::model::internal
