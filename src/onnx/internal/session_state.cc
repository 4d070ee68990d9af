#include "onnx/internal/session_state.h"

namespace gyre::onnx::internal {
namespace {

using base::ErrorCode;

ElementType ReadElementType(ONNXTensorElementDataType type) {
  switch (type) {
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT:
      return ElementType::kFloat;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE:
      return ElementType::kDouble;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32:
      return ElementType::kInt32;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64:
      return ElementType::kInt64;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING:
      return ElementType::kString;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL:
      return ElementType::kBool;
    default:
      return ElementType::kOther;
  }
}

class Describer {
 public:
  explicit Describer(const Environment& environment) : environment_(environment), api_(environment.api()) {}

  base::Result<ValueInfo> Describe(const OrtTypeInfo* type) const {
    ValueInfo info;
    ONNXType kind = ONNX_TYPE_UNKNOWN;
    TRY(Check(api_.GetOnnxTypeFromTypeInfo(type, &kind)));
    if (kind == ONNX_TYPE_TENSOR) {
      TRY(DescribeTensor(type, info));
    } else if (kind == ONNX_TYPE_SEQUENCE) {
      TRY(DescribeSequence(type, info));
    } else {
      info.kind = ValueKind::kOther;
    }
    return info;
  }

 private:
  base::Result<void> Check(OrtStatus* status) const {
    return environment_.Check(status, ErrorCode::kInternal, "reading what a graph takes and gives");
  }

  base::Result<void> DescribeTensor(const OrtTypeInfo* type, ValueInfo& info) const {
    const OrtTensorTypeAndShapeInfo* tensor = nullptr;
    TRY(Check(api_.CastTypeInfoToTensorInfo(type, &tensor)));
    ONNXTensorElementDataType element = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
    TRY(Check(api_.GetTensorElementType(tensor, &element)));
    info.type = ReadElementType(element);
    if (!api_.TensorTypeAndShape_HasShape(tensor)) return base::Ok();
    info.has_shape = true;
    size_t dimensions = 0;
    TRY(Check(api_.GetDimensionsCount(tensor, &dimensions)));
    info.shape.resize(dimensions);
    return Check(api_.GetDimensions(tensor, info.shape.data(), dimensions));
  }

  /// A sequence of maps from string or int64 to float is read; anything else is kOther.
  base::Result<void> DescribeSequence(const OrtTypeInfo* type, ValueInfo& info) const {
    info.kind = ValueKind::kOther;
    const OrtSequenceTypeInfo* sequence = nullptr;
    TRY(Check(api_.CastTypeInfoToSequenceTypeInfo(type, &sequence)));
    OrtTypeInfo* element = nullptr;
    TRY(Check(api_.GetSequenceElementType(sequence, &element)));
    const Owned<OrtTypeInfo> owned(element, {api_.ReleaseTypeInfo});
    ONNXType kind = ONNX_TYPE_UNKNOWN;
    TRY(Check(api_.GetOnnxTypeFromTypeInfo(element, &kind)));
    if (kind != ONNX_TYPE_MAP) return base::Ok();
    const OrtMapTypeInfo* map = nullptr;
    TRY(Check(api_.CastTypeInfoToMapTypeInfo(element, &map)));
    ONNXTensorElementDataType key = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
    TRY(Check(api_.GetMapKeyType(map, &key)));
    OrtTypeInfo* value = nullptr;
    TRY(Check(api_.GetMapValueType(map, &value)));
    const Owned<OrtTypeInfo> owned_value(value, {api_.ReleaseTypeInfo});
    ValueInfo scores = TRY(Describe(value));
    info.key_type = ReadElementType(key);
    info.type = scores.type;
    const bool keyed = info.key_type == ElementType::kString || info.key_type == ElementType::kInt64;
    if (keyed && info.type == ElementType::kFloat) info.kind = ValueKind::kClassMaps;
    return base::Ok();
  }

  const Environment& environment_;
  const OrtApi& api_;
};

}  // namespace

base::Result<void> DescribeSession(SessionState& state) {
  const auto& environment = *state.environment;
  const auto& api = state.api();
  OrtSession* session = state.session.get();
  const auto check = [&](OrtStatus* status) {
    return environment.Check(status, ErrorCode::kInternal, "reading what a graph takes and gives");
  };
  const auto describe_all = [&](auto count_of, auto name_of, auto type_of,
                                std::vector<ValueInfo>& infos) -> base::Result<void> {
    size_t count = 0;
    TRY(check(count_of(session, &count)));
    for (size_t i = 0; i < count; ++i) {
      char* name = nullptr;
      TRY(check(name_of(session, i, environment.allocator(), &name)));
      std::string owned_name(name);
      TRY(check(api.AllocatorFree(environment.allocator(), name)));
      OrtTypeInfo* type = nullptr;
      TRY(check(type_of(session, i, &type)));
      const Owned<OrtTypeInfo> owned(type, {api.ReleaseTypeInfo});
      auto info = TRY(Describer(environment).Describe(type));
      info.name = std::move(owned_name);
      infos.push_back(std::move(info));
    }
    return base::Ok();
  };
  TRY(describe_all(api.SessionGetInputCount, api.SessionGetInputName, api.SessionGetInputTypeInfo, state.inputs));
  return describe_all(api.SessionGetOutputCount, api.SessionGetOutputName, api.SessionGetOutputTypeInfo, state.outputs);
}

base::Result<void> CheckRun(const SessionState& state, OrtStatus* status, uint64_t refusals_before, bool terminated) {
  if (status == nullptr) return base::Ok();
  auto failed = state.environment->Check(status, ErrorCode::kUnprocessable, "the graph cannot compute these inputs");
  if (terminated) return base::Error(ErrorCode::kCancelled, "the model run was ended before it was done");
  if (state.budget->refusals() != refusals_before) {
    return base::Error(
        ErrorCode::kResourceExhausted,
        fmt::format("the model needs more than its limit of {} bytes for these inputs; send fewer rows at "
                    "a time or raise the limit",
                    state.budget->limit()));
  }
  return failed;
}

}  // namespace gyre::onnx::internal
