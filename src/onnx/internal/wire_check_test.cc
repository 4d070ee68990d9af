#include "onnx/internal/wire_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gyre::onnx::internal {
namespace {

using base::ErrorCode;
using ::testing::HasSubstr;

std::string Varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<char>(value | 0x80));
  bytes.push_back(static_cast<char>(value));
  return bytes;
}

std::string Tag(uint32_t field, uint32_t type) {
  return Varint(uint64_t{field} << 3 | type);
}

std::string Bytes(uint32_t field, const std::string& content) {
  return Tag(field, 2) + Varint(content.size()) + content;
}

std::string Refusal(const std::string& bytes, const GraphLimits& limits = {}) {
  const auto checked = CheckWire(bytes, limits);
  return checked ? "accepted" : checked.error().message();
}

TEST(CheckWire, PassesOverEveryKindOfField) {
  const std::string fields = Tag(1, 0) + Varint(UINT64_MAX) + Tag(90, 1) + std::string(8, 'x') + Tag(91, 5) +
                             std::string(4, 'x') + Bytes(2, "producer") + Bytes(92, "unknown to this version");
  EXPECT_EQ(Refusal(fields), "accepted");
  EXPECT_EQ(Refusal(""), "accepted");
}

TEST(CheckWire, SaysWhereAFieldIsCutOff) {
  EXPECT_THAT(Refusal(Tag(90, 1) + std::string(7, 'x')), HasSubstr("cut off at byte 2 of 9"));
  EXPECT_THAT(Refusal(Tag(91, 5) + std::string(3, 'x')), HasSubstr("cut off"));
  EXPECT_THAT(Refusal(Tag(1, 0) + "\x80"), HasSubstr("cut off"));
  EXPECT_THAT(Refusal(Tag(2, 2) + Varint(5) + "four"), HasSubstr("cut off"));
  EXPECT_THAT(Refusal(Tag(2, 2) + Varint(UINT64_MAX)), HasSubstr("cut off"));
}

TEST(CheckWire, AnInnerMessageMayNotReachPastItsOuterOne) {
  // The graph has two bytes, of which the node inside claims five.
  const std::string inner = Tag(1, 2) + Varint(5);
  EXPECT_THAT(Refusal(Tag(7, 2) + Varint(2) + inner + "12345"), HasSubstr("cut off"));
}

TEST(CheckWire, RefusesWhatProtobufDoesNotKnow) {
  EXPECT_THAT(Refusal(Tag(1, 3)), HasSubstr("no valid type"));
  EXPECT_THAT(Refusal(Tag(1, 7)), HasSubstr("no valid type"));
  EXPECT_THAT(Refusal(Tag(0, 0) + "x"), HasSubstr("no valid number"));
  EXPECT_THAT(Refusal(Varint(uint64_t{1} << 40)), HasSubstr("no valid number"));
  EXPECT_THAT(Refusal(Tag(1, 0) + std::string(11, '\xff')), HasSubstr("too long"));
}

TEST(CheckWire, CountsElementsWhereverTheyLie) {
  const std::string graph = Bytes(1, Bytes(4, "Identity")) + Bytes(1, "");
  EXPECT_EQ(Refusal(Bytes(7, graph), {.elements = 4}), "accepted");
  EXPECT_THAT(Refusal(Bytes(7, graph), {.elements = 3}), HasSubstr("more than 3 elements"));
}

TEST(CheckWire, CountsNestingOfTypesToo) {
  std::string type;
  for (int i = 0; i < 100; ++i) type = Bytes(4, Bytes(1, type));  // a sequence of sequences of ...
  const auto model = Bytes(7, Bytes(11, Bytes(2, type)));
  const auto checked = CheckWire(model, {});
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code(), ErrorCode::kTooLarge);
  EXPECT_EQ(Refusal(model, {.depth = 300}), "accepted");
}

TEST(CheckWire, DoesNotLookIntoTensorsOrTexts) {
  // Raw data that would not be a message.
  EXPECT_EQ(Refusal(Bytes(7, Bytes(5, Bytes(9, "\xff\xff\xff")))), "accepted");
}

}  // namespace
}  // namespace gyre::onnx::internal
