#pragma once

#include <cstdint>
#include <onnxruntime_c_api.h>
#include <span>
#include <string_view>

#include "base/result.h"
#include "onnx/internal/environment.h"
#include "onnx/tensor.h"

namespace gyre::onnx::internal {

/// A value over memory of the caller, which must outlive it.
base::Result<Owned<OrtValue>> BorrowTensor(const Environment& environment, void* data, size_t bytes,
                                           std::span<const int64_t> shape, ONNXTensorElementDataType type);

/// An empty string tensor that ONNX Runtime owns.
base::Result<Owned<OrtValue>> MakeStrings(const Environment& environment, std::span<const int64_t> shape);
/// Any bytes, NUL too.
base::Result<void> SetString(const Environment& environment, OrtValue* strings, size_t element, std::string_view text);

/// An input value for the length of a run: numbers are borrowed from `tensor`, strings copied.
base::Result<Owned<OrtValue>> ToOrtValue(const Environment& environment, const Tensor& tensor);
base::Result<Value> FromOrtValue(const Environment& environment, const OrtValue& value);

ONNXTensorElementDataType ToOrtType(ElementType type);

}  // namespace gyre::onnx::internal
