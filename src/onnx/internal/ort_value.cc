#include "onnx/internal/ort_value.h"

#include <cstring>

namespace gyre::onnx::internal {
namespace {

using base::ErrorCode;

/// Reads one value that ONNX Runtime has made.
class Reader {
 public:
  explicit Reader(const Environment& environment) : environment_(environment), api_(environment.api()) {}

  base::Result<Value> Read(const OrtValue& value) const {
    ONNXType kind = ONNX_TYPE_UNKNOWN;
    TRY(Check(api_.GetValueType(&value, &kind)));
    if (kind == ONNX_TYPE_TENSOR) return Value(TRY(ReadTensor(value)));
    if (kind == ONNX_TYPE_SEQUENCE) return Value(TRY(ReadMaps(value)));
    return base::Error(ErrorCode::kUnsupported, "the graph gives an output that is neither a tensor nor class maps");
  }

 private:
  base::Result<void> Check(OrtStatus* status) const {
    return environment_.Check(status, ErrorCode::kInternal, "reading an output");
  }

  base::Result<Tensor> ReadTensor(const OrtValue& value) const {
    OrtTensorTypeAndShapeInfo* info = nullptr;
    TRY(Check(api_.GetTensorTypeAndShape(&value, &info)));
    const Owned<OrtTensorTypeAndShapeInfo> owned(info, {api_.ReleaseTensorTypeAndShapeInfo});
    Tensor tensor;
    size_t dimensions = 0;
    TRY(Check(api_.GetDimensionsCount(info, &dimensions)));
    tensor.shape.resize(dimensions);
    TRY(Check(api_.GetDimensions(info, tensor.shape.data(), dimensions)));
    size_t count = 0;
    TRY(Check(api_.GetTensorShapeElementCount(info, &count)));
    ONNXTensorElementDataType type = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
    TRY(Check(api_.GetTensorElementType(info, &type)));
    switch (type) {
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT:
        tensor.values = TRY(ReadNumbers<float>(value, count));
        break;
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE:
        tensor.values = TRY(ReadNumbers<double>(value, count));
        break;
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32:
        tensor.values = TRY(ReadNumbers<int32_t>(value, count));
        break;
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64:
        tensor.values = TRY(ReadNumbers<int64_t>(value, count));
        break;
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL:
        tensor.values = TRY(ReadNumbers<uint8_t>(value, count));
        break;
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING:
        tensor.values = TRY(ReadStrings(value, count));
        break;
      default:
        return base::Error(ErrorCode::kUnsupported,
                           "the graph gives an output of an element type that is not read here; cast it to float");
    }
    return tensor;
  }

  template <class T>
  base::Result<std::vector<T>> ReadNumbers(const OrtValue& value, size_t count) const {
    const void* data = nullptr;
    TRY(Check(api_.GetTensorData(&value, &data)));
    const auto* first = static_cast<const T*>(data);
    return count == 0 ? std::vector<T>() : std::vector<T>(first, first + count);
  }

  base::Result<std::vector<std::string>> ReadStrings(const OrtValue& value, size_t count) const {
    std::vector<std::string> strings(count);
    if (count == 0) return strings;
    size_t bytes = 0;
    TRY(Check(api_.GetStringTensorDataLength(&value, &bytes)));
    std::string text(bytes, '\0');
    std::vector<size_t> starts(count + 1, bytes);
    TRY(Check(api_.GetStringTensorContent(&value, text.data(), bytes, starts.data(), count)));
    for (size_t i = 0; i < count; ++i) strings[i] = text.substr(starts[i], starts[i + 1] - starts[i]);
    return strings;
  }

  base::Result<Owned<OrtValue>> Item(const OrtValue& value, int index) const {
    OrtValue* item = nullptr;
    TRY(Check(api_.GetValue(&value, index, environment_.allocator(), &item)));
    return Owned<OrtValue>(item, {api_.ReleaseValue});
  }

  static std::vector<std::string> KeyTexts(const Tensor& keys) {
    if (const auto* texts = std::get_if<std::vector<std::string>>(&keys.values)) return *texts;
    std::vector<std::string> texts;
    if (const auto* integers = std::get_if<std::vector<int64_t>>(&keys.values)) {
      for (const int64_t key : *integers) texts.push_back(std::to_string(key));
    }
    return texts;
  }

  base::Result<std::map<std::string, float>> ReadMap(const OrtValue& map) const {
    const auto key_value = TRY(Item(map, 0));
    const auto score_value = TRY(Item(map, 1));
    const auto keys = KeyTexts(TRY(ReadTensor(*key_value)));
    const auto scores = TRY(ReadTensor(*score_value));
    const auto* floats = std::get_if<std::vector<float>>(&scores.values);
    if (floats == nullptr || floats->size() != keys.size()) {
      return base::Error(ErrorCode::kUnsupported, "the graph gives maps that are not from string or int64 to float");
    }
    std::map<std::string, float> read;
    for (size_t i = 0; i < keys.size(); ++i) read[keys[i]] = (*floats)[i];
    return read;
  }

  base::Result<ClassMaps> ReadMaps(const OrtValue& value) const {
    ClassMaps maps;
    TRY(Check(api_.GetValueCount(&value, &maps.rows)));
    for (size_t row = 0; row < maps.rows; ++row) {
      const auto item = TRY(Item(value, static_cast<int>(row)));
      const auto scores = TRY(ReadMap(*item));
      std::vector<std::string> keys;
      for (const auto& [key, score] : scores) {
        keys.push_back(key);
        maps.values.push_back(score);
      }
      if (row == 0) maps.keys = keys;
      if (keys != maps.keys) return base::Unprocessable("the graph gives other classes for one row than for the next");
    }
    return maps;
  }

  const Environment& environment_;
  const OrtApi& api_;
};

}  // namespace

base::Result<Owned<OrtValue>> BorrowTensor(const Environment& environment, void* data, size_t bytes,
                                           std::span<const int64_t> shape, ONNXTensorElementDataType type) {
  static char nothing = 0;  // an empty tensor needs an address, too
  const auto& api = environment.api();
  OrtValue* value = nullptr;
  TRY(environment.Check(api.CreateTensorWithDataAsOrtValue(environment.cpu(), bytes == 0 ? &nothing : data, bytes,
                                                           shape.data(), shape.size(), type, &value),
                        ErrorCode::kInternal, "handing over a tensor"));
  return Owned<OrtValue>(value, {api.ReleaseValue});
}

base::Result<Owned<OrtValue>> MakeStrings(const Environment& environment, std::span<const int64_t> shape) {
  const auto& api = environment.api();
  OrtValue* value = nullptr;
  TRY(environment.Check(api.CreateTensorAsOrtValue(environment.allocator(), shape.data(), shape.size(),
                                                   ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING, &value),
                        ErrorCode::kInternal, "making a string tensor"));
  return Owned<OrtValue>(value, {api.ReleaseValue});
}

base::Result<void> SetString(const Environment& environment, OrtValue* strings, size_t element, std::string_view text) {
  char* buffer = nullptr;
  TRY(environment.Check(environment.api().GetResizedStringTensorElementBuffer(strings, element, text.size(), &buffer),
                        ErrorCode::kInternal, "filling a string tensor"));
  if (!text.empty()) std::memcpy(buffer, text.data(), text.size());
  return base::Ok();
}

base::Result<Owned<OrtValue>> ToOrtValue(const Environment& environment, const Tensor& tensor) {
  if (const auto* texts = std::get_if<std::vector<std::string>>(&tensor.values)) {
    auto value = TRY(MakeStrings(environment, tensor.shape));
    for (size_t i = 0; i < texts->size(); ++i) TRY(SetString(environment, value.get(), i, (*texts)[i]));
    return value;
  }
  return std::visit(
      [&](const auto& elements) {
        // ONNX Runtime asks for a mutable pointer but does not write to inputs.
        auto* data = const_cast<void*>(static_cast<const void*>(elements.data()));
        return BorrowTensor(environment, data, elements.size() * sizeof(elements[0]), tensor.shape,
                            ToOrtType(tensor.type()));
      },
      tensor.values);
}

base::Result<Value> FromOrtValue(const Environment& environment, const OrtValue& value) {
  return Reader(environment).Read(value);
}

ONNXTensorElementDataType ToOrtType(ElementType type) {
  switch (type) {
    case ElementType::kFloat:
      return ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
    case ElementType::kDouble:
      return ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE;
    case ElementType::kInt32:
      return ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32;
    case ElementType::kInt64:
      return ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64;
    case ElementType::kString:
      return ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING;
    case ElementType::kBool:
      return ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL;
    case ElementType::kOther:
      break;
  }
  return ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
}

}  // namespace gyre::onnx::internal
