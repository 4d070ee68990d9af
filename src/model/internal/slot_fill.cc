#include "model/internal/slot_fill.h"

namespace gyre::model::internal {

base::Error Inconvertible(const Feature& feature, float value, size_t row, onnx::ElementType type) {
  const auto expected = type == onnx::ElementType::kBool ? std::string("0 or 1")
                                                         : fmt::format("a whole number of at most {}", kLargestWhole);
  return base::Unprocessable(
      fmt::format("row {}: {} is {}, but the graph takes {}", row, feature.name, value, expected), feature.name);
}

std::vector<int64_t> ShapeFor(size_t rank, size_t rows, size_t width) {
  const auto first = static_cast<int64_t>(rows);
  return rank == 1 ? std::vector{first} : std::vector{first, static_cast<int64_t>(width)};
}

}  // namespace gyre::model::internal
