#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/internal/executor_state.h"

namespace gyre::model::internal {

/// A piece of a call: `count` rows from `first`.
struct Piece {
  size_t first = 0;
  size_t count = 0;
};

/// Collects what a graph answers, piece by piece, and refuses what is no answer: other numbers of rows, classes that
/// the signature does not have, NaN and infinities. Reused from call to call.
class AnswerBuffer {
 public:
  explicit AnswerBuffer(const ExecutorState& executor) : executor_(executor) {}

  void Clear();
  base::Result<void> AddLabel(std::string_view label, size_t row);
  base::Result<void> AddLabels(std::span<const std::string> labels, Piece piece);
  base::Result<void> AddLabels(std::span<const int64_t> labels, Piece piece);
  template <class Real>
  base::Result<void> AddProbabilities(std::span<const Real> values, Piece piece) {
    return AddNumbers(values, executor_.probability.width, piece, probabilities_);
  }
  template <class Real>
  base::Result<void> AddValues(std::span<const Real> values, Piece piece) {
    return AddNumbers(values, 1, piece, values_);
  }
  /// For graphs without a label: the largest probability, the lowest class on a tie.
  void LabelByProbability();

  std::span<const int32_t> labels() const { return labels_; }
  std::span<const float> probabilities() const { return probabilities_; }
  std::span<const float> values() const { return values_; }

 private:
  static base::Error WrongCount(size_t found, Piece piece);
  static base::Error NotFinite(size_t row);

  template <class Real>
  static base::Result<void> AddNumbers(std::span<const Real> found, size_t width, Piece piece, std::vector<float>& to) {
    if (found.size() != piece.count * width) return WrongCount(found.size(), piece);
    for (size_t i = 0; i < found.size(); ++i) {
      const auto value = static_cast<float>(found[i]);
      if (!std::isfinite(value)) return NotFinite(piece.first + i / width);
      to.push_back(value);
    }
    return base::Ok();
  }

  const ExecutorState& executor_;
  std::vector<int32_t> labels_;
  std::vector<float> probabilities_;
  std::vector<float> values_;
};

}  // namespace gyre::model::internal
