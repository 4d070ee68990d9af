#include "serve/internal/variant_run.h"

namespace gyre::serve::internal {
namespace {

bool IsGivenUp(const base::Error& error) {
  return error.code() == base::ErrorCode::kCancelled || error.code() == base::ErrorCode::kDeadlineExceeded;
}

}  // namespace

void VariantRun::Begin(size_t rows) {
  answers_.assign(rows, {});
  probabilities_.clear();
}

base::Result<model::RowAnswers> VariantRun::Run(ModelRunner& runner, const ModelMap& map, const RowBatch& batch,
                                                std::span<const uint32_t> rows, const base::Cancellation& cancel) {
  if (map.same_inputs() && rows.size() == batch.rows) {
    return runner.Run(batch.rows, batch.numbers, batch.categories, cancel);
  }
  map.Gather(batch, rows, numbers_, categories_);
  return runner.Run(rows.size(), numbers_, categories_, cancel);
}

void VariantRun::Store(const LoadedModel& model, const ModelMap& map, std::span<const uint32_t> rows,
                       const model::RowAnswers& answers) {
  const size_t classes = answers.probabilities.empty() ? 0 : map.classes();
  if (probabilities_.empty()) probabilities_.resize(answers_.size() * classes);
  for (size_t i = 0; i < rows.size(); ++i) {
    auto& answer = answers_[rows[i]];
    answer.version = &model.version();
    if (!answers.labels.empty()) answer.label = map.LabelOf(answers.labels[i]);
    if (!answers.values.empty()) answer.value = answers.values[i];
    if (classes == 0) continue;
    const auto to = std::span(probabilities_).subspan(rows[i] * classes, classes);
    map.CopyProbabilities(answers.probabilities.subspan(i * classes, classes), to);
    answer.probabilities = to;
  }
}

base::Result<void> VariantRun::AnswerAll(const LoadedModel& model, const ModelMap& map, const RowBatch& batch,
                                         std::span<const uint32_t> rows, const base::Cancellation& cancel) {
  if (rows.empty()) return base::Ok();
  const auto runner = TRY(model.Borrow());
  Store(model, map, rows, TRY(Run(*runner, map, batch, rows, cancel)));
  return base::Ok();
}

base::Result<void> VariantRun::AnswerEach(const LoadedModel& model, const ModelMap& map, const RowBatch& batch,
                                          std::span<const uint32_t> rows, const base::Cancellation& cancel) {
  auto outcome = AnswerAll(model, map, batch, rows, cancel);
  if (outcome || rows.size() == 1 || outcome.error().code() != base::ErrorCode::kUnprocessable) return outcome;
  for (size_t i = 0; i < rows.size(); ++i) {
    auto one = AnswerAll(model, map, batch, rows.subspan(i, 1), cancel);
    if (one) continue;
    outcome = std::move(one);
    if (IsGivenUp(outcome.error())) break;
  }
  return outcome;
}

void VariantRun::Trim() {
  TrimBuffer(answers_);
  TrimBuffer(probabilities_);
  TrimBuffer(numbers_);
  TrimBuffer(categories_);
}

}  // namespace gyre::serve::internal
