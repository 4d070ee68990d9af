#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "model/internal/answer_buffer.h"
#include "model/internal/executor_state.h"

namespace gyre::model::internal {

/// The rows of one call, as RowRunner::Run has them.
struct RowSpans {
  std::span<const float> numbers;
  std::span<const std::string_view> categories;
};

/// float32 holds every integer up to here; a larger one may have been rounded on its way.
inline constexpr float kLargestWhole = 16'777'216;

/// A value as a graph's input wants it; false if it cannot be that.
inline bool ConvertNumber(float value, float& to) {
  to = value;
  return true;
}
inline bool ConvertNumber(float value, double& to) {
  to = static_cast<double>(value);
  return true;
}
inline bool ConvertNumber(float value, uint8_t& to) {
  to = value == 1.0F ? 1 : 0;
  return value == 0.0F || value == 1.0F;
}
template <class Integer>
bool ConvertNumber(float value, Integer& to) {
  if (!(std::fabs(value) <= kLargestWhole) || value != std::trunc(value)) return false;
  to = static_cast<Integer>(value);
  return true;
}

base::Error Inconvertible(const Feature& feature, float value, size_t row, onnx::ElementType type);

/// Copies a slot's features, row by row, to where the graph reads them.
template <class T>
base::Result<void> FillNumbers(const ExecutorState& executor, const InputSlot& slot, const RowSpans& rows, Piece piece,
                               std::span<T> to) {
  const size_t stride = executor.number_checks.size();
  size_t at = 0;
  for (size_t row = piece.first; row < piece.first + piece.count; ++row) {
    for (const size_t feature : slot.features) {
      const float value = rows.numbers[row * stride + feature];
      if (ConvertNumber(value, to[at++])) continue;
      return Inconvertible(executor.number_checks[feature].feature(), value, row, slot.type);
    }
  }
  return base::Ok();
}

/// Calls `set(element, text)` for each text of a slot.
template <class Set>
base::Result<void> FillTexts(const ExecutorState& executor, const InputSlot& slot, const RowSpans& rows, Piece piece,
                             Set set) {
  const size_t stride = executor.category_checks.size();
  size_t at = 0;
  for (size_t row = piece.first; row < piece.first + piece.count; ++row) {
    for (const size_t feature : slot.features) TRY(set(at++, rows.categories[row * stride + feature]));
  }
  return base::Ok();
}

/// [rows] or [rows, width].
std::vector<int64_t> ShapeFor(size_t rank, size_t rows, size_t width);

}  // namespace gyre::model::internal
