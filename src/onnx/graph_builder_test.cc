#include "onnx/graph_builder.h"

#include <gtest/gtest.h>

#include "onnx/graph.h"
#include "onnx/runtime.h"
#include "onnx/session.h"

namespace gyre::onnx {
namespace {

/// y = x * weights + bias, then the class by threshold 0.
std::string BuildLinear() {
  const std::vector<int64_t> row = {-1, 2};
  const std::vector<int64_t> one = {-1, 1};
  GraphBuilder graph("linear", "1.2.3");
  graph.Opset("", 17);
  graph.Metadata("key", "value");
  graph.Input("x", ElementType::kFloat, row);
  graph.Initializer("weights", {.shape = {2, 1}, .values = std::vector<float>{2, -1}});
  graph.Initializer("bias", {.shape = {1}, .values = std::vector<float>{0.5F}});
  graph.Node(
      {.op_type = "Gemm", .inputs = {"x", "weights", "bias"}, .outputs = {"score"}, .attributes = {{"alpha", 2.0F}}});
  graph.Node({.op_type = "Constant",
              .inputs = {},
              .outputs = {"names"},
              .attributes = {{"value", Tensor{.shape = {2}, .values = std::vector<std::string>{"low", "high"}}}}});
  graph.Initializer("zero", {.shape = {}, .values = std::vector<float>{0}});
  graph.Node({.op_type = "Greater", .inputs = {"score", "zero"}, .outputs = {"positive"}});
  graph.Node({.op_type = "Cast", .inputs = {"positive"}, .outputs = {"index"}, .attributes = {{"to", int64_t{7}}}});
  graph.Node({.op_type = "Gather", .inputs = {"names", "index"}, .outputs = {"label"}});
  graph.Output("score", ElementType::kFloat, one);
  graph.Output("label", ElementType::kString, one);
  return graph.Serialize().value();
}

TEST(GraphBuilder, WritesGraphsThatOnnxRuntimeRuns) {
  Runtime runtime;
  const auto session = runtime.Load(BuildLinear());
  ASSERT_TRUE(session) << session.error().ToString();
  const Tensor x{.shape = {2, 2}, .values = std::vector<float>{1, 1, -1, 0}};
  const NamedTensor input{"x", &x};
  const std::vector<std::string> outputs = {"score", "label"};
  const auto answers = (*session)->Run(std::span(&input, 1), outputs).value();
  EXPECT_EQ(std::get<Tensor>(answers[0]).values,
            Tensor({.shape = {}, .values = std::vector<float>{2.5F, -3.5F}}).values);
  EXPECT_EQ(std::get<std::vector<std::string>>(std::get<Tensor>(answers[1]).values),
            (std::vector<std::string>{"high", "low"}));
}

TEST(GraphBuilder, TheSameCallsGiveTheSameBytes) {
  EXPECT_EQ(BuildLinear(), BuildLinear());
}

TEST(GraphBuilder, WhatItWritesIsReadBack) {
  const auto graph = Graph::Parse(BuildLinear()).value();
  EXPECT_EQ(graph.producer_name(), "gyre");
  EXPECT_EQ(graph.producer_version(), "1.2.3");
  EXPECT_EQ(graph.metadata().at("key"), "value");
  EXPECT_EQ(graph.opsets().at(""), 17);
  EXPECT_EQ(DescribeType(graph.inputs().at(0)), "float[?,2]");
  EXPECT_EQ(DescribeType(graph.outputs().at(1)), "string[?,1]");
  EXPECT_EQ(graph.nodes().size(), 5);
}

}  // namespace
}  // namespace gyre::onnx
