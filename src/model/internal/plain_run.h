#pragma once

#include "base/result.h"
#include "model/internal/answer_buffer.h"
#include "model/internal/executor_state.h"
#include "model/internal/slot_fill.h"
#include "onnx/session.h"

namespace gyre::model::internal {

/// Answers a piece through Session::Run, for graphs whose shapes are not known beforehand or that give class maps.
/// `control` can end it.
base::Result<void> RunPlain(const ExecutorState& executor, const RowSpans& rows, Piece piece, onnx::RunControl& control,
                            AnswerBuffer& answers);

}  // namespace gyre::model::internal
