#include "base/text.h"
#include "model/internal/executor_state.h"

namespace gyre::model::internal {
namespace {

using onnx::ElementType;
using onnx::ValueInfo;
using onnx::ValueKind;

/// Rows per call of ONNX Runtime: its tree kernel gets slower per row above this, others gain little (README.md).
constexpr size_t kRowsPerRun = 32;

base::Error Unfit(std::string message, std::string name) {
  return base::InvalidArgument(std::move(message), std::move(name));
}

bool HoldsNumbers(ElementType type) {
  return type != ElementType::kString && type != ElementType::kOther;
}

/// [N], [N, 1] or [N, d], where N varies or is 1.
bool IsTable(const ValueInfo& info) {
  const bool ranked =
      info.kind == ValueKind::kTensor && info.has_shape && (info.shape.size() == 1 || info.shape.size() == 2);
  return ranked && (info.shape[0] == -1 || info.shape[0] == 1);
}

class Binder {
 public:
  Binder(ExecutorState& state, const onnx::FoldedGraph* folded)
      : state_(state), session_(*state.session), folded_(folded), bound_(session_.inputs().size(), false) {}

  base::Result<void> Bind() {
    MakeChecks();
    TRY(BindInputs());
    TRY(BindOutputs());
    state_.rows_per_run = kRowsPerRun;
    for (const auto& info : session_.inputs()) {
      if (info.shape[0] == 1) state_.rows_per_run = 1;
    }
    const auto known = [](const OutputSlot& slot) { return slot.name.empty() || slot.has_shape; };
    state_.prepared = known(state_.label) && known(state_.probability) && known(state_.value);
    return base::Ok();
  }

 private:
  void MakeChecks() {
    for (const auto& feature : state_.signature.inputs) {
      auto& checks = feature.type == FeatureType::kNumber ? state_.number_checks : state_.category_checks;
      position_[feature.name] = checks.size();
      checks.emplace_back(feature);
    }
  }

  base::Result<void> BindInputs() {
    std::vector<size_t> remaining;
    for (const auto& feature : state_.signature.inputs) {
      if (IsFolded(feature.name)) continue;
      const auto* info = session_.FindInput(feature.name);
      if (info != nullptr) {
        TRY(BindColumn(feature, *info));
      } else if (feature.type == FeatureType::kNumber) {
        remaining.push_back(position_.at(feature.name));
        if (unplaced_.empty()) unplaced_ = feature.name;
      } else {
        return Unfit(fmt::format("the graph has no input for feature {}", feature.name), feature.name);
      }
    }
    if (folded_ != nullptr) TRY(BindFolded());
    if (!remaining.empty()) TRY(BindMatrix(std::move(remaining)));
    for (size_t i = 0; i < bound_.size(); ++i) {
      const auto& name = session_.inputs()[i].name;
      if (!bound_[i]) return Unfit(fmt::format("the graph's input {} is no feature of the signature", name), name);
    }
    return base::Ok();
  }

  bool IsFolded(std::string_view name) const {
    return folded_ != nullptr && std::ranges::find(folded_->columns, name) != folded_->columns.end();
  }

  void AddSlot(const ValueInfo& info, std::vector<size_t> features) {
    const auto index = static_cast<size_t>(&info - session_.inputs().data());
    bound_[index] = true;
    state_.inputs.push_back({.input = index, .type = info.type, .features = std::move(features)});
  }

  base::Result<void> CheckType(const Feature& feature, const ValueInfo& info) const {
    const bool fits =
        feature.type == FeatureType::kNumber ? HoldsNumbers(info.type) : info.type == ElementType::kString;
    if (!fits) {
      return Unfit(fmt::format("feature {} is a {}, but the graph's input {} is {}", feature.name,
                               FeatureTypeName(feature.type), info.name, DescribeType(info)),
                   feature.name);
    }
    const bool takes_missing =
        info.type == ElementType::kFloat || info.type == ElementType::kDouble || info.type == ElementType::kString;
    if (feature.nullable && !takes_missing) {
      return Unfit(fmt::format("feature {} may be missing, but the graph's input {} is {}, which cannot be",
                               feature.name, info.name, onnx::ElementTypeName(info.type)),
                   feature.name);
    }
    return base::Ok();
  }

  base::Result<void> BindColumn(const Feature& feature, const ValueInfo& info) {
    TRY(CheckType(feature, info));
    const bool is_column = IsTable(info) && (info.shape.size() == 1 || info.shape[1] == 1 || info.shape[1] == -1);
    if (!is_column) {
      return Unfit(fmt::format("feature {} is one column, but the graph's input {} is {}", feature.name, info.name,
                               DescribeType(info)),
                   feature.name);
    }
    if (info.shape.size() == 2 && info.shape[1] == -1) {
      return Unfit(fmt::format("the graph's input {} does not say how many columns it has", info.name), info.name);
    }
    AddSlot(info, {position_.at(feature.name)});
    return base::Ok();
  }

  base::Result<void> BindFolded() {
    std::vector<size_t> features;
    for (const auto& column : folded_->columns) {
      const auto found = position_.find(column);
      const auto* feature = state_.signature.Find(column);
      if (feature == nullptr || found == position_.end()) {
        return Unfit(fmt::format("the graph's input {} is no feature of the signature", column), column);
      }
      TRY(CheckType(*feature, *session_.FindInput(folded_->input)));
      features.push_back(found->second);
    }
    AddSlot(*session_.FindInput(folded_->input), std::move(features));
    return base::Ok();
  }

  /// The one input that no feature is named after.
  base::Result<void> BindMatrix(std::vector<size_t> features) {
    const ValueInfo* matrix = nullptr;
    for (size_t i = 0; i < bound_.size(); ++i) {
      if (bound_[i]) continue;
      if (matrix != nullptr) return Unfit(fmt::format("the graph has no input for feature {}", unplaced_), unplaced_);
      matrix = &session_.inputs()[i];
    }
    if (matrix == nullptr) return Unfit(fmt::format("the graph has no input for feature {}", unplaced_), unplaced_);
    const bool fits = IsTable(*matrix) && matrix->shape.size() == 2 && HoldsNumbers(matrix->type) &&
                      matrix->shape[1] == static_cast<int64_t>(features.size());
    if (!fits) {
      return Unfit(fmt::format("the graph's input {} is {}, but {} number features are left for it", matrix->name,
                               DescribeType(*matrix), features.size()),
                   matrix->name);
    }
    for (const size_t position : features) TRY(CheckType(state_.number_checks[position].feature(), *matrix));
    AddSlot(*matrix, std::move(features));
    return base::Ok();
  }

  base::Result<OutputSlot> FindOutput(const std::string& name, size_t width) {
    const auto* info = session_.FindOutput(name);
    if (info == nullptr) {
      std::vector<std::string> names;
      for (const auto& output : session_.outputs()) names.push_back(output.name);
      return Unfit(fmt::format("the graph has no output {}; it has {}", name, base::Join(names, ", ")), name);
    }
    OutputSlot slot{.name = name, .type = info->type, .kind = info->kind, .width = width};
    slot.rank = info->shape.size();
    const auto dimension_fits = [](int64_t dimension, size_t expected) {
      return dimension == -1 || dimension == static_cast<int64_t>(expected);
    };
    // A label or value may be [N] or [N, 1], a probability only [N, classes].
    const bool fits = info->kind == ValueKind::kTensor && info->has_shape &&
                      ((slot.rank == 1 && width == 1) || (slot.rank == 2 && dimension_fits(info->shape[1], width)));
    slot.has_shape = fits;
    if (info->kind == ValueKind::kTensor && info->has_shape && !fits) {
      return Unfit(fmt::format("the graph's output {} is {}; {} per row expected", name, DescribeType(*info), width),
                   name);
    }
    slot.position = state_.outputs.size();
    state_.outputs.push_back(name);
    return slot;
  }

  base::Error WrongOutput(const OutputSlot& slot, std::string_view expected) const {
    return Unfit(fmt::format("the graph's output {} is {}, not {}", slot.name,
                             DescribeType(*session_.FindOutput(slot.name)), expected),
                 slot.name);
  }

  base::Result<void> BindOutputs() {
    const auto& signature = state_.signature;
    const auto is_real = [](const OutputSlot& slot) {
      return slot.kind == ValueKind::kTensor && (slot.type == ElementType::kFloat || slot.type == ElementType::kDouble);
    };
    if (signature.task == Task::kRegression) {
      state_.value = TRY(FindOutput(signature.value_output, 1));
      return is_real(state_.value) ? base::Ok() : WrongOutput(state_.value, "a number");
    }
    state_.classes = ClassIndex(signature.classes);
    if (!signature.label_output.empty()) {
      auto& label = state_.label = TRY(FindOutput(signature.label_output, 1));
      const bool is_text = label.kind == ValueKind::kTensor && label.type == ElementType::kString;
      const bool is_integer = label.kind == ValueKind::kTensor && label.type == ElementType::kInt64;
      if (!is_text && !is_integer) return WrongOutput(label, "a string or int64 label");
      if (is_integer && !state_.classes.integers()) return WrongOutput(label, "one of the classes");
    }
    if (!signature.probability_output.empty()) {
      auto& probability = state_.probability = TRY(FindOutput(signature.probability_output, signature.classes.size()));
      if (!is_real(probability) && probability.kind != ValueKind::kClassMaps)
        return WrongOutput(probability, "probabilities");
    }
    return base::Ok();
  }

  ExecutorState& state_;
  const onnx::Session& session_;
  const onnx::FoldedGraph* const folded_;
  std::vector<bool> bound_;                              ///< by the session's inputs
  std::map<std::string, size_t, std::less<>> position_;  ///< of a feature among those of its type
  std::string unplaced_;                                 ///< the first feature left for the matrix
};

}  // namespace

ClassIndex::ClassIndex(const std::vector<std::string>& classes) {
  for (size_t i = 0; i < classes.size(); ++i) {
    const auto index = static_cast<int32_t>(i);
    texts_.emplace(classes[i], index);
    if (const auto integer = base::ParseInt(classes[i])) integers_.emplace(*integer, index);
  }
}

int32_t ClassIndex::Find(std::string_view label) const {
  const auto found = texts_.find(label);
  return found == texts_.end() ? -1 : found->second;
}

int32_t ClassIndex::Find(int64_t label) const {
  const auto found = integers_.find(label);
  return found == integers_.end() ? -1 : found->second;
}

base::Result<void> Bind(ExecutorState& state, const onnx::FoldedGraph* folded) {
  return Binder(state, folded).Bind();
}

}  // namespace gyre::model::internal
