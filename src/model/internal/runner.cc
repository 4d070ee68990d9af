#include "model/internal/runner.h"

#include "model/internal/plain_run.h"

namespace gyre::model::internal {

using onnx::ElementType;

RunnerState::RunnerState(std::shared_ptr<const ExecutorState> executor)
    : executor_(std::move(executor)), answers_(*executor_) {
  prepared_.resize(executor_->rows_per_run + 1);
}

base::Result<RowAnswers> RunnerState::Run(size_t rows, const RowSpans& spans, const base::Cancellation& cancel) {
  TRY(CheckSizes(rows, spans));
  TRY(CheckValues(rows, spans));
  answers_.Clear();
  {
    const std::lock_guard lock(mutex_);
    terminated_ = false;
  }
  for (Piece piece; piece.first < rows; piece.first += piece.count) {
    piece.count = std::min(executor_->rows_per_run, rows - piece.first);
    TRY(cancel.Check());
    TRY(executor_->prepared ? RunPrepared(spans, piece) : RunUnprepared(spans, piece));
  }
  if (executor_->signature.task == Task::kClassification && executor_->label.name.empty())
    answers_.LabelByProbability();
  return RowAnswers{
      .labels = answers_.labels(), .probabilities = answers_.probabilities(), .values = answers_.values()};
}

void RunnerState::Terminate() {
  const std::lock_guard lock(mutex_);
  terminated_ = true;
  if (current_.prepared != nullptr) current_.prepared->Terminate();
  if (current_.plain != nullptr) current_.plain->Terminate();
}

base::Result<void> RunnerState::Enter(Current current) {
  const std::lock_guard lock(mutex_);
  if (terminated_) return base::Error(base::ErrorCode::kCancelled, "the model run was ended before it was done");
  if (current.prepared != nullptr) current.prepared->Rearm();
  current_ = current;
  return base::Ok();
}

void RunnerState::Leave() {
  const std::lock_guard lock(mutex_);
  current_ = {};
}

base::Result<void> RunnerState::CheckSizes(size_t rows, const RowSpans& spans) const {
  if (rows == 0) return base::InvalidArgument("there are no rows to answer");
  const size_t numbers = executor_->number_checks.size();
  const size_t categories = executor_->category_checks.size();
  if (spans.numbers.size() != rows * numbers || spans.categories.size() != rows * categories) {
    return base::InvalidArgument(
        fmt::format("{} rows of {} numbers and {} categories were announced, not {} and {} values", rows, numbers,
                    categories, spans.numbers.size(), spans.categories.size()));
  }
  return base::Ok();
}

base::Result<void> RunnerState::CheckValues(size_t rows, const RowSpans& spans) const {
  const auto check = [rows](const auto& checks, const auto& values) -> base::Result<void> {
    size_t at = 0;
    for (size_t row = 0; row < rows; ++row) {
      for (const auto& feature : checks) {
        const auto value = values[at++];
        if (!feature.Accepts(value)) return feature.Refuse(value, row);
      }
    }
    return base::Ok();
  };
  TRY(check(executor_->number_checks, spans.numbers));
  return check(executor_->category_checks, spans.categories);
}

base::Result<void> RunnerState::RunUnprepared(const RowSpans& spans, Piece piece) {
  onnx::RunControl control;
  TRY(Enter({.plain = &control}));
  const auto done = RunPlain(*executor_, spans, piece, control, answers_);
  Leave();
  return done;
}

base::Result<void> RunnerState::RunPrepared(const RowSpans& spans, Piece piece) {
  auto* run = TRY(PreparedFor(piece.count));
  TRY(Fill(*run, spans, piece));
  TRY(Enter({.prepared = run}));
  const auto done = run->Run();
  Leave();
  TRY(done);
  return Read(*run, piece);
}

base::Result<onnx::PreparedRun*> RunnerState::PreparedFor(size_t rows) {
  auto& slot = prepared_[rows];
  if (slot == nullptr) {
    std::vector<onnx::PreparedOutput> outputs;
    for (const auto* output : {&executor_->label, &executor_->probability, &executor_->value}) {
      if (!output->name.empty()) outputs.push_back({output->name, ShapeFor(output->rank, rows, output->width)});
    }
    slot = TRY(onnx::PreparedRun::Make(executor_->session, static_cast<int64_t>(rows), std::move(outputs)));
  }
  return slot.get();
}

base::Result<void> RunnerState::Fill(onnx::PreparedRun& run, const RowSpans& spans, Piece piece) const {
  for (const auto& slot : executor_->inputs) {
    const auto fill = [&](auto to) { return FillNumbers(*executor_, slot, spans, piece, to); };
    switch (slot.type) {
      case ElementType::kFloat:
        TRY(fill(run.FloatInput(slot.input)));
        break;
      case ElementType::kDouble:
        TRY(fill(run.DoubleInput(slot.input)));
        break;
      case ElementType::kInt32:
        TRY(fill(run.Int32Input(slot.input)));
        break;
      case ElementType::kInt64:
        TRY(fill(run.Int64Input(slot.input)));
        break;
      case ElementType::kBool:
        TRY(fill(run.BoolInput(slot.input)));
        break;
      default:
        TRY(FillTexts(*executor_, slot, spans, piece,
                      [&](size_t element, std::string_view text) { return run.SetText(slot.input, element, text); }));
    }
  }
  return base::Ok();
}

base::Result<void> RunnerState::Read(onnx::PreparedRun& run, Piece piece) {
  const auto& label = executor_->label;
  if (label.type == ElementType::kInt64) {
    TRY(answers_.AddLabels(run.Int64Output(label.position), piece));
  } else if (!label.name.empty()) {
    for (size_t i = 0; i < piece.count; ++i) {
      TRY(answers_.AddLabel(TRY(run.TextOutput(label.position, i)), piece.first + i));
    }
  }
  const auto& probability = executor_->probability;
  if (!probability.name.empty()) {
    const bool is_double = probability.type == ElementType::kDouble;
    TRY(is_double ? answers_.AddProbabilities(run.DoubleOutput(probability.position), piece)
                  : answers_.AddProbabilities(run.FloatOutput(probability.position), piece));
  }
  const auto& value = executor_->value;
  if (!value.name.empty()) {
    const bool is_double = value.type == ElementType::kDouble;
    TRY(is_double ? answers_.AddValues(run.DoubleOutput(value.position), piece)
                  : answers_.AddValues(run.FloatOutput(value.position), piece));
  }
  return base::Ok();
}

}  // namespace gyre::model::internal
