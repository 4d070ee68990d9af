#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/signature.h"
#include "serve/internal/row_batch.h"

namespace gyre::serve::internal {

/// How a model that is asked in another's terms is fed and read: which of the endpoint's columns are its inputs, and
/// which of the endpoint's classes are its own. Immutable.
class ModelMap {
 public:
  /// Of the model whose signature the endpoint has.
  explicit ModelMap(const model::Signature& signature);

  /// Of another one. kFailedPrecondition says what it needs that the endpoint's callers do not send, or that it answers
  /// another question: another task, other classes, probabilities or none.
  static base::Result<ModelMap> Between(const model::Signature& endpoint, const model::Signature& model);

  /// The batch's rows can be handed over as they are.
  bool same_inputs() const { return same_inputs_; }

  /// Copies `rows` of the batch, in the model's column order; what the model does not know is left out.
  void Gather(const RowBatch& batch, std::span<const uint32_t> rows, std::vector<float>& numbers,
              std::vector<std::string_view>& categories) const;

  size_t classes() const { return classes_.size(); }
  int32_t LabelOf(int32_t model_label) const {
    return classes_.empty() ? 0 : classes_[static_cast<size_t>(model_label)];
  }
  /// From the model's class order to the endpoint's.
  void CopyProbabilities(std::span<const float> from, std::span<float> to) const {
    for (size_t i = 0; i < from.size(); ++i) to[static_cast<size_t>(classes_[i])] = from[i];
  }

 private:
  ModelMap() = default;
  base::Result<void> MapInputs(const model::Signature& endpoint, const model::Signature& model);
  base::Result<void> MapClasses(const model::Signature& endpoint, const model::Signature& model);

  static constexpr uint32_t kMissing = ~0U;

  bool same_inputs_ = true;
  size_t batch_numbers_ = 0;
  size_t batch_categories_ = 0;
  std::vector<uint32_t> numbers_;     ///< by the model's number column: the endpoint's, or kMissing
  std::vector<uint32_t> categories_;  ///< likewise
  std::vector<int32_t> classes_;      ///< by the model's class: the endpoint's
};

}  // namespace gyre::serve::internal
