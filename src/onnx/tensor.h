#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "onnx/value_info.h"

namespace gyre::onnx {

/// An n-dimensional array that owns its elements, row-major. Booleans are one byte each, 0 or 1.
struct Tensor {
  std::vector<int64_t> shape;
  std::variant<std::vector<float>, std::vector<double>, std::vector<int32_t>, std::vector<int64_t>,
               std::vector<std::string>, std::vector<uint8_t>>
      values;

  ElementType type() const;
  size_t size() const;
  bool operator==(const Tensor&) const = default;
};

/// A score per class and row, read from a sequence of maps. Integer keys are written in decimal.
struct ClassMaps {
  std::vector<std::string> keys;  ///< ascending
  size_t rows = 0;
  std::vector<float> values;  ///< row-major, rows x keys

  bool operator==(const ClassMaps&) const = default;
};

using Value = std::variant<Tensor, ClassMaps>;

}  // namespace gyre::onnx
