#include "model/internal/plain_run.h"

namespace gyre::model::internal {
namespace {

using onnx::ElementType;
using onnx::Tensor;

class PlainRun {
 public:
  PlainRun(const ExecutorState& executor, const RowSpans& rows, Piece piece, AnswerBuffer& answers)
      : executor_(executor), rows_(rows), piece_(piece), answers_(answers) {}

  base::Result<void> Run(onnx::RunControl& control) {
    std::vector<Tensor> tensors;
    std::vector<onnx::NamedTensor> inputs;
    for (const auto& slot : executor_.inputs) tensors.push_back(TRY(MakeTensor(slot)));
    for (size_t i = 0; i < tensors.size(); ++i) inputs.push_back({InfoOf(executor_.inputs[i]).name, &tensors[i]});
    const auto outputs = TRY(executor_.session->Run(inputs, executor_.outputs, &control));
    if (!executor_.label.name.empty()) TRY(ReadLabels(outputs[executor_.label.position]));
    if (!executor_.probability.name.empty()) TRY(ReadProbabilities(outputs[executor_.probability.position]));
    if (!executor_.value.name.empty()) TRY(ReadValues(outputs[executor_.value.position]));
    return base::Ok();
  }

 private:
  const onnx::ValueInfo& InfoOf(const InputSlot& slot) const { return executor_.session->inputs()[slot.input]; }

  template <class T>
  base::Result<void> Fill(const InputSlot& slot, Tensor& tensor) const {
    std::vector<T> values(piece_.count * slot.features.size());
    TRY(FillNumbers(executor_, slot, rows_, piece_, std::span(values)));
    tensor.values = std::move(values);
    return base::Ok();
  }

  base::Result<void> FillStrings(const InputSlot& slot, Tensor& tensor) const {
    std::vector<std::string> texts(piece_.count * slot.features.size());
    TRY(FillTexts(executor_, slot, rows_, piece_, [&](size_t element, std::string_view text) {
      texts[element] = text;
      return base::Ok();
    }));
    tensor.values = std::move(texts);
    return base::Ok();
  }

  base::Result<Tensor> MakeTensor(const InputSlot& slot) const {
    Tensor tensor{.shape = ShapeFor(InfoOf(slot).shape.size(), piece_.count, slot.features.size()), .values = {}};
    const auto filled = [&]() -> base::Result<void> {
      switch (slot.type) {
        case ElementType::kFloat:
          return Fill<float>(slot, tensor);
        case ElementType::kDouble:
          return Fill<double>(slot, tensor);
        case ElementType::kInt32:
          return Fill<int32_t>(slot, tensor);
        case ElementType::kInt64:
          return Fill<int64_t>(slot, tensor);
        case ElementType::kBool:
          return Fill<uint8_t>(slot, tensor);
        default:
          return FillStrings(slot, tensor);
      }
    }();
    if (!filled) return filled.error();
    return tensor;
  }

  static base::Error WrongKind(std::string_view what) {
    return base::Unprocessable(fmt::format("the graph's {} is of another kind than it declares", what));
  }

  base::Result<void> ReadLabels(const onnx::Value& output) {
    const auto* tensor = std::get_if<Tensor>(&output);
    if (tensor == nullptr) return WrongKind("label");
    if (const auto* texts = std::get_if<std::vector<std::string>>(&tensor->values)) {
      return answers_.AddLabels(std::span<const std::string>(*texts), piece_);
    }
    if (const auto* integers = std::get_if<std::vector<int64_t>>(&tensor->values)) {
      return answers_.AddLabels(std::span<const int64_t>(*integers), piece_);
    }
    return WrongKind("label");
  }

  base::Result<void> ReadProbabilities(const onnx::Value& output) {
    if (const auto* maps = std::get_if<onnx::ClassMaps>(&output)) return ReadMaps(*maps);
    const auto& values = std::get<Tensor>(output).values;
    if (const auto* floats = std::get_if<std::vector<float>>(&values)) {
      return answers_.AddProbabilities(std::span<const float>(*floats), piece_);
    }
    if (const auto* doubles = std::get_if<std::vector<double>>(&values)) {
      return answers_.AddProbabilities(std::span<const double>(*doubles), piece_);
    }
    return WrongKind("probability");
  }

  base::Result<void> ReadValues(const onnx::Value& output) {
    const auto* tensor = std::get_if<Tensor>(&output);
    if (tensor == nullptr) return WrongKind("value");
    if (const auto* floats = std::get_if<std::vector<float>>(&tensor->values)) {
      return answers_.AddValues(std::span<const float>(*floats), piece_);
    }
    if (const auto* doubles = std::get_if<std::vector<double>>(&tensor->values)) {
      return answers_.AddValues(std::span<const double>(*doubles), piece_);
    }
    return WrongKind("value");
  }

  /// The maps' keys are in an order of their own, and one may be absent: then its score is not a number, and refused.
  base::Result<void> ReadMaps(const onnx::ClassMaps& maps) {
    const size_t classes = executor_.signature.classes.size();
    std::vector<float> scores(maps.rows * classes, std::numeric_limits<float>::quiet_NaN());
    for (size_t key = 0; key < maps.keys.size(); ++key) {
      const auto index = executor_.classes.Find(std::string_view(maps.keys[key]));
      if (index < 0) {
        return base::Unprocessable(fmt::format(
            "the graph gives a probability of '{}', which is not a class of its signature", maps.keys[key]));
      }
      for (size_t row = 0; row < maps.rows; ++row) {
        scores[row * classes + static_cast<size_t>(index)] = maps.values[row * maps.keys.size() + key];
      }
    }
    return answers_.AddProbabilities(std::span<const float>(scores), piece_);
  }

  const ExecutorState& executor_;
  const RowSpans& rows_;
  const Piece piece_;
  AnswerBuffer& answers_;
};

}  // namespace

base::Result<void> RunPlain(const ExecutorState& executor, const RowSpans& rows, Piece piece, onnx::RunControl& control,
                            AnswerBuffer& answers) {
  return PlainRun(executor, rows, piece, answers).Run(control);
}

}  // namespace gyre::model::internal
