#include "onnx/tensor.h"

namespace gyre::onnx {

ElementType Tensor::type() const {
  static constexpr std::array kTypes = {ElementType::kFloat, ElementType::kDouble, ElementType::kInt32,
                                        ElementType::kInt64, ElementType::kString, ElementType::kBool};
  return kTypes[values.index()];
}

size_t Tensor::size() const {
  return std::visit([](const auto& elements) { return elements.size(); }, values);
}

}  // namespace gyre::onnx
