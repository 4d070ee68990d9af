#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "serve/loaded_model.h"

namespace gyre::serve::testing {

/// Answers by a function of one row instead of a graph. The function may refuse a row with an error.
class FakeRunner final : public ModelRunner {
 public:
  struct Row {
    std::span<const float> numbers;
    std::span<const std::string_view> categories;
  };
  /// Probabilities by class; the label is the largest.
  using Function = std::function<base::Result<void>(const Row&, std::span<float> probabilities)>;

  FakeRunner(const model::Signature& signature, Function function)
      : numbers_(signature.CountInputs(model::FeatureType::kNumber)),
        categories_(signature.CountInputs(model::FeatureType::kCategory)),
        classes_(signature.classes.size()),
        function_(std::move(function)) {}

  base::Result<model::RowAnswers> Run(size_t rows, std::span<const float> numbers,
                                      std::span<const std::string_view> categories,
                                      const base::Cancellation& cancel) override {
    if (numbers.size() != rows * numbers_ || categories.size() != rows * categories_) {
      return base::Internal("wrong sizes");
    }
    labels_.resize(rows);
    probabilities_.resize(rows * classes_);
    for (size_t row = 0; row < rows; ++row) {
      TRY(cancel.Check());
      const auto out = std::span(probabilities_).subspan(row * classes_, classes_);
      const auto answered = function_(
          {numbers.subspan(row * numbers_, numbers_), categories.subspan(row * categories_, categories_)}, out);
      if (!answered) return answered.error().Within("row " + std::to_string(row));
      labels_[row] = static_cast<int32_t>(std::max_element(out.begin(), out.end()) - out.begin());
    }
    return model::RowAnswers{.labels = labels_, .probabilities = probabilities_, .values = {}};
  }

 private:
  const size_t numbers_;
  const size_t categories_;
  const size_t classes_;
  const Function function_;
  std::vector<int32_t> labels_;
  std::vector<float> probabilities_;
};

inline std::shared_ptr<const LoadedModel> FakeModel(const std::string& version, const model::Signature& signature,
                                                    FakeRunner::Function function,
                                                    std::chrono::nanoseconds row_cost = std::chrono::microseconds(5)) {
  return LoadedModel::Make(registry::VersionRef::Parse(version).value(), signature, row_cost,
                           [signature, function]() -> base::Result<std::unique_ptr<ModelRunner>> {
                             return std::make_unique<FakeRunner>(signature, function);
                           });
}

}  // namespace gyre::serve::testing
