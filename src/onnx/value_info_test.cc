#include "onnx/value_info.h"

#include <gtest/gtest.h>

#include "onnx/tensor.h"

namespace gyre::onnx {
namespace {

TEST(DescribeType, SaysWhatAReaderNeeds) {
  EXPECT_EQ(DescribeType({.name = "x", .type = ElementType::kFloat, .has_shape = true, .shape = {-1, 3}}),
            "float[?,3]");
  EXPECT_EQ(DescribeType({.name = "x", .type = ElementType::kBool, .has_shape = true, .shape = {}}), "bool[]");
  EXPECT_EQ(DescribeType({.name = "x", .type = ElementType::kString}), "string[any shape]");
  EXPECT_EQ(
      DescribeType(
          {.name = "x", .kind = ValueKind::kClassMaps, .type = ElementType::kFloat, .key_type = ElementType::kInt64}),
      "sequence of maps from int64 to float");
  EXPECT_EQ(DescribeType({.name = "x", .kind = ValueKind::kOther}), "unsupported kind of value");
}

TEST(Tensor, KnowsItsTypeAndSize) {
  EXPECT_EQ((Tensor{.shape = {2}, .values = std::vector<float>(2)}).type(), ElementType::kFloat);
  EXPECT_EQ((Tensor{.shape = {2}, .values = std::vector<double>(2)}).type(), ElementType::kDouble);
  EXPECT_EQ((Tensor{.shape = {2}, .values = std::vector<int32_t>(2)}).type(), ElementType::kInt32);
  EXPECT_EQ((Tensor{.shape = {2}, .values = std::vector<int64_t>(2)}).type(), ElementType::kInt64);
  EXPECT_EQ((Tensor{.shape = {2}, .values = std::vector<std::string>(2)}).type(), ElementType::kString);
  EXPECT_EQ((Tensor{.shape = {2}, .values = std::vector<uint8_t>(2)}).type(), ElementType::kBool);
  EXPECT_EQ((Tensor{.shape = {3}, .values = std::vector<std::string>(3)}).size(), 3);
}

}  // namespace
}  // namespace gyre::onnx
