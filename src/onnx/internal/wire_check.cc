#include "onnx/internal/wire_check.h"

namespace gyre::onnx::internal {
namespace {

/// Messages that hold other messages. What is not listed (tensors' values, names, texts) is passed over by its length.
enum class Message {
  kNone,
  kModel,
  kGraph,
  kNode,
  kAttribute,
  kSparseTensor,
  kTensor,
  kValueInfo,
  kType,
  kTypeOfTensor,
  kTypeOfElement,
  kTypeOfMap,
  kShape,
  kFunction,
  kTraining,
  kLeaf,
};

struct Child {
  Message parent;
  uint32_t field;
  Message message;
};

/// onnx.proto's fields that are messages.
constexpr Child kChildren[] = {
    {Message::kModel, 7, Message::kGraph},
    {Message::kModel, 8, Message::kLeaf},
    {Message::kModel, 14, Message::kLeaf},
    {Message::kModel, 20, Message::kTraining},
    {Message::kModel, 25, Message::kFunction},
    {Message::kTraining, 1, Message::kGraph},
    {Message::kTraining, 2, Message::kGraph},
    {Message::kFunction, 7, Message::kNode},
    {Message::kFunction, 9, Message::kLeaf},
    {Message::kGraph, 1, Message::kNode},
    {Message::kGraph, 5, Message::kTensor},
    {Message::kGraph, 15, Message::kSparseTensor},
    {Message::kGraph, 11, Message::kValueInfo},
    {Message::kGraph, 12, Message::kValueInfo},
    {Message::kGraph, 13, Message::kValueInfo},
    {Message::kGraph, 14, Message::kLeaf},
    {Message::kNode, 5, Message::kAttribute},
    {Message::kAttribute, 5, Message::kTensor},
    {Message::kAttribute, 10, Message::kTensor},
    {Message::kAttribute, 6, Message::kGraph},
    {Message::kAttribute, 11, Message::kGraph},
    {Message::kAttribute, 14, Message::kType},
    {Message::kAttribute, 15, Message::kType},
    {Message::kAttribute, 22, Message::kSparseTensor},
    {Message::kAttribute, 23, Message::kSparseTensor},
    {Message::kSparseTensor, 1, Message::kTensor},
    {Message::kSparseTensor, 2, Message::kTensor},
    {Message::kTensor, 13, Message::kLeaf},
    {Message::kValueInfo, 2, Message::kType},
    {Message::kType, 1, Message::kTypeOfTensor},
    {Message::kType, 8, Message::kTypeOfTensor},
    {Message::kType, 4, Message::kTypeOfElement},
    {Message::kType, 9, Message::kTypeOfElement},
    {Message::kType, 5, Message::kTypeOfMap},
    {Message::kTypeOfTensor, 2, Message::kShape},
    {Message::kTypeOfElement, 1, Message::kType},
    {Message::kTypeOfMap, 2, Message::kType},
    {Message::kShape, 1, Message::kLeaf},
};

Message ChildOf(Message parent, uint32_t field) {
  for (const auto& child : kChildren) {
    if (child.parent == parent && child.field == field) return child.message;
  }
  return Message::kNone;
}

class Walker {
 public:
  Walker(std::string_view bytes, const GraphLimits& limits) : bytes_(bytes), limits_(limits) {}

  base::Result<void> Walk() { return WalkMessage(Message::kModel, bytes_.size(), 0); }

 private:
  base::Error Broken(std::string_view what) const {
    return base::InvalidArgument(
        fmt::format("the file is not an ONNX graph: {} at byte {} of {}", what, at_, bytes_.size()));
  }

  base::Result<uint64_t> Varint(size_t end) {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at_ >= end) return Broken("it is cut off");
      const auto byte = static_cast<unsigned char>(bytes_[at_++]);
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    return Broken("a number is too long");
  }

  base::Result<void> Skip(uint64_t length, size_t end) {
    if (length > end - at_) return Broken("it is cut off");
    at_ += length;
    return base::Ok();
  }

  base::Result<void> WalkMessage(Message message, size_t end, int depth) {
    if (depth > limits_.depth) {
      return base::TooLarge(fmt::format("the ONNX graph nests deeper than {} levels", limits_.depth));
    }
    while (at_ < end) {
      const uint64_t tag = TRY(Varint(end));
      if (tag >> 3 == 0 || tag >> 3 > 0x1FFFFFFF) return Broken("a field has no valid number");
      TRY(WalkField(message, tag, end, depth));
    }
    return base::Ok();
  }

  base::Result<void> WalkField(Message message, uint64_t tag, size_t end, int depth) {
    switch (tag & 7) {
      case 0:
        TRY(Varint(end));
        return base::Ok();
      case 1:
        return Skip(8, end);
      case 5:
        return Skip(4, end);
      case 2:
        break;
      default:
        return Broken("a field has no valid type");
    }
    if (++elements_ > limits_.elements) {
      return base::TooLarge(fmt::format("the ONNX graph has more than {} elements", limits_.elements));
    }
    const uint64_t length = TRY(Varint(end));
    const auto child = ChildOf(message, static_cast<uint32_t>(tag >> 3));
    if (child == Message::kNone) return Skip(length, end);
    if (length > end - at_) return Broken("it is cut off");
    return WalkMessage(child, at_ + length, depth + 1);
  }

  const std::string_view bytes_;
  const GraphLimits& limits_;
  size_t at_ = 0;
  uint64_t elements_ = 0;
};

}  // namespace

base::Result<void> CheckWire(std::string_view bytes, const GraphLimits& limits) {
  return Walker(bytes, limits).Walk();
}

}  // namespace gyre::onnx::internal
