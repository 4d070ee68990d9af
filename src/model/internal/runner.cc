#include "model/internal/runner.h"

#include <cmath>

#include "onnx/tensor.h"

namespace gyre::model::internal {
namespace {

using onnx::ElementType;

/// float32 holds every integer up to here; a larger one may have been rounded on its way.
constexpr float kLargestWhole = 16'777'216;

base::Error Cancelled() {
  return base::Error(base::ErrorCode::kCancelled, "the model run was ended before it was done");
}

/// A value as the graph's input wants it; false if it cannot be that.
bool Convert(float value, float& to) {
  to = value;
  return true;
}
bool Convert(float value, double& to) {
  to = static_cast<double>(value);
  return true;
}
template <class Integer>
bool Convert(float value, Integer& to) {
  if (!(std::fabs(value) <= kLargestWhole) || value != std::trunc(value)) return false;
  to = static_cast<Integer>(value);
  return true;
}
bool Convert(float value, uint8_t& to) {
  to = value == 1.0F ? 1 : 0;
  return value == 0.0F || value == 1.0F;
}

base::Error Inconvertible(const Feature& feature, float value, size_t row, ElementType type) {
  const auto expected =
      type == ElementType::kBool ? std::string("0 or 1") : fmt::format("a whole number of at most {}", kLargestWhole);
  return base::Unprocessable(
      fmt::format("row {}: {} is {}, but the graph takes {}", row, feature.name, value, expected), feature.name);
}

/// Copies a slot's features, row by row, to where the graph reads them.
template <class T>
base::Result<void> FillNumbers(const ExecutorState& executor, const InputSlot& slot, const RowSpans& piece,
                               std::span<T> to) {
  const size_t stride = executor.number_checks.size();
  size_t at = 0;
  for (size_t row = piece.first; row < piece.first + piece.count; ++row) {
    for (const size_t feature : slot.features) {
      const float value = piece.numbers[row * stride + feature];
      if (!Convert(value, to[at++]))
        return Inconvertible(executor.number_checks[feature].feature(), value, row, slot.type);
    }
  }
  return base::Ok();
}

/// Calls `set(element, text)` for each text of a slot.
template <class Set>
base::Result<void> FillTexts(const ExecutorState& executor, const InputSlot& slot, const RowSpans& piece, Set set) {
  const size_t stride = executor.category_checks.size();
  size_t at = 0;
  for (size_t row = piece.first; row < piece.first + piece.count; ++row) {
    for (const size_t feature : slot.features) TRY(set(at++, piece.categories[row * stride + feature]));
  }
  return base::Ok();
}

std::vector<int64_t> ShapeFor(size_t rank, size_t rows, size_t width) {
  const auto first = static_cast<int64_t>(rows);
  return rank == 1 ? std::vector{first} : std::vector{first, static_cast<int64_t>(width)};
}

}  // namespace

RunnerState::RunnerState(std::shared_ptr<const ExecutorState> executor) : executor_(std::move(executor)) {
  prepared_.resize(executor_->rows_per_run + 1);
}

base::Result<RowAnswers> RunnerState::Run(size_t rows, std::span<const float> numbers,
                                          std::span<const std::string_view> categories,
                                          const base::Cancellation& cancel) {
  RowSpans piece{.numbers = numbers, .categories = categories};
  TRY(CheckSizes(rows, piece));
  TRY(CheckValues(rows, piece));
  labels_.clear();
  probabilities_.clear();
  values_.clear();
  {
    const std::lock_guard lock(mutex_);
    terminated_ = false;
  }
  for (; piece.first < rows; piece.first += piece.count) {
    piece.count = std::min(executor_->rows_per_run, rows - piece.first);
    TRY(cancel.Check());
    TRY(RunPiece(piece));
  }
  return RowAnswers{.labels = labels_, .probabilities = probabilities_, .values = values_};
}

void RunnerState::Terminate() {
  const std::lock_guard lock(mutex_);
  terminated_ = true;
  if (current_.prepared != nullptr) current_.prepared->Terminate();
  if (current_.plain != nullptr) current_.plain->Terminate();
}

base::Result<void> RunnerState::Enter(Current current) {
  const std::lock_guard lock(mutex_);
  if (terminated_) return Cancelled();
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

base::Result<void> RunnerState::RunPiece(const RowSpans& piece) {
  TRY(executor_->prepared ? RunPrepared(piece) : RunPlain(piece));
  if (executor_->signature.task == Task::kClassification && executor_->label.name.empty()) AddLargest();
  return base::Ok();
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

base::Result<void> RunnerState::RunPrepared(const RowSpans& piece) {
  auto* run = TRY(PreparedFor(piece.count));
  TRY(FillPrepared(*run, piece));
  TRY(Enter({.prepared = run}));
  const auto done = run->Run();
  Leave();
  TRY(done);
  return ReadPrepared(*run, piece);
}

base::Result<void> RunnerState::FillPrepared(onnx::PreparedRun& run, const RowSpans& piece) const {
  for (const auto& slot : executor_->inputs) {
    switch (slot.type) {
      case ElementType::kFloat:
        TRY(FillNumbers(*executor_, slot, piece, run.FloatInput(slot.input)));
        break;
      case ElementType::kDouble:
        TRY(FillNumbers(*executor_, slot, piece, run.DoubleInput(slot.input)));
        break;
      case ElementType::kInt32:
        TRY(FillNumbers(*executor_, slot, piece, run.Int32Input(slot.input)));
        break;
      case ElementType::kInt64:
        TRY(FillNumbers(*executor_, slot, piece, run.Int64Input(slot.input)));
        break;
      case ElementType::kBool:
        TRY(FillNumbers(*executor_, slot, piece, run.BoolInput(slot.input)));
        break;
      default:
        TRY(FillTexts(*executor_, slot, piece,
                      [&](size_t element, std::string_view text) { return run.SetText(slot.input, element, text); }));
    }
  }
  return base::Ok();
}

base::Result<void> RunnerState::ReadPrepared(onnx::PreparedRun& run, const RowSpans& piece) {
  const auto& label = executor_->label;
  if (label.type == ElementType::kInt64) {
    TRY(AddLabels(run.Int64Output(label.position), piece));
  } else if (!label.name.empty()) {
    for (size_t i = 0; i < piece.count; ++i) {
      const auto text = TRY(run.TextOutput(label.position, i));
      TRY(AddLabel(executor_->classes.Find(text), text, piece.first + i));
    }
  }
  const auto read = [&](const OutputSlot& slot, std::vector<float>& to) {
    return slot.type == ElementType::kDouble ? AddNumbers(run.DoubleOutput(slot.position), slot.width, piece, to)
                                             : AddNumbers(run.FloatOutput(slot.position), slot.width, piece, to);
  };
  if (!executor_->probability.name.empty()) TRY(read(executor_->probability, probabilities_));
  if (!executor_->value.name.empty()) TRY(read(executor_->value, values_));
  return base::Ok();
}

base::Result<void> RunnerState::RunPlain(const RowSpans& piece) {
  const auto tensors = TRY(MakeTensors(piece));
  std::vector<onnx::NamedTensor> inputs;
  for (size_t i = 0; i < tensors.size(); ++i) {
    inputs.push_back({executor_->session->inputs()[executor_->inputs[i].input].name, &tensors[i]});
  }
  onnx::RunControl control;
  TRY(Enter({.plain = &control}));
  const auto outputs = executor_->session->Run(inputs, executor_->outputs, &control);
  Leave();
  return ReadPlain(TRY(outputs), piece);
}

base::Result<std::vector<onnx::Tensor>> RunnerState::MakeTensors(const RowSpans& piece) const {
  std::vector<onnx::Tensor> tensors;
  for (const auto& slot : executor_->inputs) {
    const auto rank = executor_->session->inputs()[slot.input].shape.size();
    onnx::Tensor tensor{.shape = ShapeFor(rank, piece.count, slot.features.size()), .values = {}};
    const size_t elements = piece.count * slot.features.size();
    const auto fill = [&](auto values) -> base::Result<void> {
      TRY(FillNumbers(*executor_, slot, piece, std::span(values)));
      tensor.values = std::move(values);
      return base::Ok();
    };
    switch (slot.type) {
      case ElementType::kFloat:
        TRY(fill(std::vector<float>(elements)));
        break;
      case ElementType::kDouble:
        TRY(fill(std::vector<double>(elements)));
        break;
      case ElementType::kInt32:
        TRY(fill(std::vector<int32_t>(elements)));
        break;
      case ElementType::kInt64:
        TRY(fill(std::vector<int64_t>(elements)));
        break;
      case ElementType::kBool:
        TRY(fill(std::vector<uint8_t>(elements)));
        break;
      default: {
        std::vector<std::string> texts(elements);
        TRY(FillTexts(*executor_, slot, piece, [&](size_t element, std::string_view text) {
          texts[element] = text;
          return base::Ok();
        }));
        tensor.values = std::move(texts);
      }
    }
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

base::Result<void> RunnerState::ReadPlain(const std::vector<onnx::Value>& outputs, const RowSpans& piece) {
  const auto tensor = [&](const OutputSlot& slot) { return std::get_if<onnx::Tensor>(&outputs[slot.position]); };
  const auto wrong = [](const OutputSlot& slot) {
    return base::Unprocessable(fmt::format("the graph's output {} is of another kind than it declares", slot.name),
                               slot.name);
  };
  const auto& label = executor_->label;
  if (!label.name.empty()) {
    const auto* found = tensor(label);
    if (found == nullptr) return wrong(label);
    if (const auto* texts = std::get_if<std::vector<std::string>>(&found->values)) {
      TRY(AddLabels(std::span(*texts), piece));
    } else if (const auto* integers = std::get_if<std::vector<int64_t>>(&found->values)) {
      TRY(AddLabels(std::span(*integers), piece));
    } else {
      return wrong(label);
    }
  }
  const auto read = [&](const OutputSlot& slot, std::vector<float>& to) -> base::Result<void> {
    const auto* found = tensor(slot);
    if (found == nullptr) return ReadClassMaps(std::get<onnx::ClassMaps>(outputs[slot.position]), piece);
    if (const auto* floats = std::get_if<std::vector<float>>(&found->values)) {
      return AddNumbers(std::span(*floats), slot.width, piece, to);
    }
    if (const auto* doubles = std::get_if<std::vector<double>>(&found->values)) {
      return AddNumbers(std::span(*doubles), slot.width, piece, to);
    }
    return wrong(slot);
  };
  if (!executor_->probability.name.empty()) TRY(read(executor_->probability, probabilities_));
  if (!executor_->value.name.empty()) TRY(read(executor_->value, values_));
  return base::Ok();
}

/// The maps' keys are in an order of their own.
base::Result<void> RunnerState::ReadClassMaps(const onnx::ClassMaps& maps, const RowSpans& piece) {
  const size_t classes = executor_->signature.classes.size();
  std::vector<float> scores(maps.rows * classes, NAN);
  for (size_t key = 0; key < maps.keys.size(); ++key) {
    const auto index = executor_->classes.Find(std::string_view(maps.keys[key]));
    if (index < 0) return AddLabel(index, maps.keys[key], piece.first);
    for (size_t row = 0; row < maps.rows; ++row) {
      scores[row * classes + static_cast<size_t>(index)] = maps.values[row * maps.keys.size() + key];
    }
  }
  return AddNumbers(std::span<const float>(scores), classes, piece, probabilities_);
}

base::Result<void> RunnerState::AddLabel(int32_t label, std::string_view shown, size_t row) {
  if (label < 0) {
    return base::Unprocessable(
        fmt::format("row {}: the graph answers '{}', which is not a class of its signature", row, shown.substr(0, 60)));
  }
  labels_.push_back(label);
  return base::Ok();
}

template <class T>
base::Result<void> RunnerState::AddLabels(std::span<const T> labels, const RowSpans& piece) {
  if (labels.size() != piece.count) {
    return base::Unprocessable(fmt::format("the graph gives {} labels for {} rows", labels.size(), piece.count));
  }
  for (size_t i = 0; i < labels.size(); ++i) {
    TRY(AddLabel(executor_->classes.Find(labels[i]), fmt::format("{}", labels[i]), piece.first + i));
  }
  return base::Ok();
}

template <class T>
base::Result<void> RunnerState::AddNumbers(std::span<const T> found, size_t width, const RowSpans& piece,
                                           std::vector<float>& to) {
  if (found.size() != piece.count * width) {
    return base::Unprocessable(
        fmt::format("the graph gives {} numbers for {} rows of {}", found.size(), piece.count, width));
  }
  for (size_t i = 0; i < found.size(); ++i) {
    const auto value = static_cast<float>(found[i]);
    if (!std::isfinite(value)) {
      return base::Unprocessable(
          fmt::format("row {}: the graph's answer is not a finite number", piece.first + i / width));
    }
    to.push_back(value);
  }
  return base::Ok();
}

void RunnerState::AddLargest() {
  const size_t classes = executor_->signature.classes.size();
  for (size_t row = labels_.size(); row < probabilities_.size() / classes; ++row) {
    const auto of_row = std::span(probabilities_).subspan(row * classes, classes);
    labels_.push_back(static_cast<int32_t>(std::ranges::max_element(of_row) - of_row.begin()));
  }
}

}  // namespace gyre::model::internal
