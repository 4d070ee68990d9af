#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "serve/internal/model_map.h"
#include "serve/internal/row_batch.h"
#include "serve/loaded_model.h"
#include "serve/prediction_sink.h"

namespace gyre::serve::internal {

/// What one variant says to the rows of a request, in the endpoint's terms. The buffers are reused. For one thread at a
/// time.
class VariantRun {
 public:
  /// Forgets everything; there are `rows` rows, none of them answered.
  void Begin(size_t rows);

  /// Answers the rows of the batch that `rows` lists, ascending, all or none.
  base::Result<void> AnswerAll(const LoadedModel& model, const ModelMap& map, const RowBatch& batch,
                               std::span<const uint32_t> rows, const base::Cancellation& cancel);

  /// Answers what it can. Where the model refuses some row of many, each is asked alone: one bad row must not count
  /// against the variant for all the others. The error, if there is one, is that of the last row that failed, and is
  /// kCancelled or kDeadlineExceeded if that is why.
  base::Result<void> AnswerEach(const LoadedModel& model, const ModelMap& map, const RowBatch& batch,
                                std::span<const uint32_t> rows, const base::Cancellation& cancel);

  /// By row of the batch; `version` is null where it was not asked or had no answer.
  const VariantAnswer& answer(size_t row) const { return answers_[row]; }
  bool answered(size_t row) const { return answers_[row].version != nullptr; }

  /// Frees what an unusually large request left behind.
  void Trim();

 private:
  base::Result<model::RowAnswers> Run(ModelRunner& runner, const ModelMap& map, const RowBatch& batch,
                                      std::span<const uint32_t> rows, const base::Cancellation& cancel);
  void Store(const LoadedModel& model, const ModelMap& map, std::span<const uint32_t> rows,
             const model::RowAnswers& answers);

  std::vector<VariantAnswer> answers_;
  std::vector<float> probabilities_;  ///< rows of the batch x classes; never moves between Begin and Begin
  std::vector<float> numbers_;        ///< gathered
  std::vector<std::string_view> categories_;
};

}  // namespace gyre::serve::internal
