#include "model/internal/answer_buffer.h"

namespace gyre::model::internal {
namespace {

base::Error UnknownClass(std::string_view label, size_t row) {
  return base::Unprocessable(
      fmt::format("row {}: the graph answers '{}', which is not a class of its signature", row, label.substr(0, 60)));
}

}  // namespace

void AnswerBuffer::Clear() {
  labels_.clear();
  probabilities_.clear();
  values_.clear();
}

base::Error AnswerBuffer::WrongCount(size_t found, Piece piece) {
  return base::Unprocessable(fmt::format("the graph gives {} values for {} rows", found, piece.count));
}

base::Error AnswerBuffer::NotFinite(size_t row) {
  return base::Unprocessable(fmt::format("row {}: the graph's answer is not a finite number", row));
}

base::Result<void> AnswerBuffer::AddLabel(std::string_view label, size_t row) {
  const auto index = executor_.classes.Find(label);
  if (index < 0) return UnknownClass(label, row);
  labels_.push_back(index);
  return base::Ok();
}

base::Result<void> AnswerBuffer::AddLabels(std::span<const std::string> labels, Piece piece) {
  if (labels.size() != piece.count) return WrongCount(labels.size(), piece);
  for (size_t i = 0; i < labels.size(); ++i) TRY(AddLabel(labels[i], piece.first + i));
  return base::Ok();
}

base::Result<void> AnswerBuffer::AddLabels(std::span<const int64_t> labels, Piece piece) {
  if (labels.size() != piece.count) return WrongCount(labels.size(), piece);
  for (size_t i = 0; i < labels.size(); ++i) {
    const auto index = executor_.classes.Find(labels[i]);
    if (index < 0) return UnknownClass(std::to_string(labels[i]), piece.first + i);
    labels_.push_back(index);
  }
  return base::Ok();
}

void AnswerBuffer::LabelByProbability() {
  const size_t classes = executor_.signature.classes.size();
  for (size_t row = labels_.size(); row < probabilities_.size() / classes; ++row) {
    const auto of_row = std::span(probabilities_).subspan(row * classes, classes);
    labels_.push_back(static_cast<int32_t>(std::ranges::max_element(of_row) - of_row.begin()));
  }
}

}  // namespace gyre::model::internal
