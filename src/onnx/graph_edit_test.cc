#include "onnx/graph_edit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "onnx/graph_builder.h"
#include "onnx/runtime.h"
#include "onnx/session.h"

namespace gyre::onnx {
namespace {

using ::testing::ElementsAre;

/// sum = a + b + c over a matrix of columns, with whatever else `extend` adds.
std::string BuildJoin(const std::function<void(GraphBuilder&)>& extend = {}) {
  const std::vector<int64_t> column = {-1, 1};
  GraphBuilder graph("join", "1");
  graph.Opset("", 17);
  for (const char* name : {"a", "b", "c"}) graph.Input(name, ElementType::kFloat, column);
  graph.Node(
      {.op_type = "Concat", .inputs = {"b", "a", "c"}, .outputs = {"matrix"}, .attributes = {{"axis", int64_t{1}}}});
  graph.Initializer("weights", {.shape = {3, 1}, .values = std::vector<float>{1, 10, 100}});
  graph.Node({.op_type = "MatMul", .inputs = {"matrix", "weights"}, .outputs = {"sum"}});
  graph.Output("sum", ElementType::kFloat, column);
  if (extend) extend(graph);
  return graph.Serialize().value();
}

TEST(FoldColumns, MakesOneInputOfColumnsThatAreJoined) {
  const auto folded = FoldColumns(BuildJoin()).value();
  ASSERT_TRUE(folded);
  EXPECT_EQ(folded->input, "matrix");
  EXPECT_THAT(folded->columns, ElementsAre("b", "a", "c"));
  Runtime runtime;
  const auto session = runtime.Load(folded->bytes);
  ASSERT_TRUE(session) << session.error().ToString();
  ASSERT_EQ((*session)->inputs().size(), 1);
  EXPECT_EQ(DescribeType((*session)->inputs()[0]), "float[?,3]");
  const Tensor rows{.shape = {1, 3}, .values = std::vector<float>{1, 2, 3}};
  const NamedTensor input{"matrix", &rows};
  const std::vector<std::string> outputs = {"sum"};
  const auto answers = (*session)->Run(std::span(&input, 1), outputs).value();
  EXPECT_EQ(std::get<std::vector<float>>(std::get<Tensor>(answers[0]).values), std::vector<float>{321});
}

TEST(FoldColumns, LeavesColumnsAloneThatHaveOtherUses) {
  const std::vector<int64_t> column = {-1, 1};
  EXPECT_FALSE(FoldColumns(BuildJoin([&](GraphBuilder& graph) {
                 graph.Node({.op_type = "Neg", .inputs = {"a"}, .outputs = {"minus"}});
                 graph.Output("minus", ElementType::kFloat, column);
               })).value());
  EXPECT_FALSE(
      FoldColumns(BuildJoin([&](GraphBuilder& graph) { graph.Output("a", ElementType::kFloat, column); })).value());
  EXPECT_FALSE(FoldColumns(BuildJoin([&](GraphBuilder& graph) {
                 graph.Initializer("a", {.shape = {1, 1}, .values = std::vector<float>{1}});
               })).value());
}

TEST(FoldColumns, FindsNothingInGraphsOfAnotherKindAndRefusesBrokenOnes) {
  const auto path = std::filesystem::path(GYRE_TEST_DATA) / "forest.onnx";
  EXPECT_FALSE(FoldColumns(base::ReadFile(path, 1 << 20).value()).value());
  EXPECT_FALSE(FoldColumns("no graph"));
}

}  // namespace
}  // namespace gyre::onnx
