#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/executor.h"
#include "onnx/graph_builder.h"

namespace gyre::model {
namespace {

using base::ErrorCode;
using onnx::ElementType;
using ::testing::HasSubstr;

const std::vector<int64_t> kColumn = {-1, 1};

onnx::NodeSpec Cast(const std::string& from, const std::string& to, int64_t type) {
  return {.op_type = "Cast", .inputs = {from}, .outputs = {to}, .attributes = {{"to", type}}};
}

/// A regression y = sum of what its inputs hold, each cast to float.
class SumGraph {
 public:
  SumGraph() : builder_("sum", "1") { builder_.Opset("", 17); }

  SumGraph& Add(const std::string& name, ElementType type, std::vector<int64_t> shape = kColumn) {
    builder_.Input(name, type, shape);
    builder_.Node(Cast(name, name + "_float", 1));
    sums_.push_back(name + "_sum");
    builder_.Initializer(name + "_axis", {.shape = {1}, .values = std::vector<int64_t>{1}});
    builder_.Node({.op_type = "ReduceSum", .inputs = {name + "_float", name + "_axis"}, .outputs = {sums_.back()}});
    return *this;
  }

  std::string Finish(std::vector<int64_t> shape = kColumn) {
    builder_.Node({.op_type = "Sum", .inputs = sums_, .outputs = {"y"}});
    builder_.Output("y", ElementType::kFloat, shape);
    return builder_.Serialize().value();
  }

 private:
  onnx::GraphBuilder builder_;
  std::vector<std::string> sums_;
};

Signature Regression(const std::vector<std::string>& numbers, bool nullable = false) {
  Signature signature;
  signature.task = Task::kRegression;
  for (const auto& name : numbers) signature.inputs.push_back({.name = name, .nullable = nullable});
  signature.label_output.clear();
  signature.probability_output.clear();
  signature.value_output = "y";
  return signature;
}

class BindingTest : public ::testing::Test {
 protected:
  base::Result<std::vector<float>> Run(const std::string& graph, const Signature& signature, size_t rows,
                                       const std::vector<float>& numbers) {
    const auto executor = TRY(Executor::Load(runtime_, graph, signature));
    const auto runner = TRY(executor->MakeRunner());
    const auto answers = TRY(runner->Run(rows, numbers, {}));
    return std::vector<float>(answers.values.begin(), answers.values.end());
  }

  std::string Refusal(const std::string& graph, const Signature& signature) {
    const auto loaded = Executor::Load(runtime_, graph, signature);
    if (loaded) return "accepted";
    EXPECT_EQ(loaded.error().code(), ErrorCode::kInvalidArgument);
    return loaded.error().message();
  }

  onnx::Runtime runtime_;
};

TEST_F(BindingTest, NumbersReachInputsOfEveryNumericType) {
  const auto graph = SumGraph()
                         .Add("f", ElementType::kFloat)
                         .Add("d", ElementType::kDouble)
                         .Add("i", ElementType::kInt32)
                         .Add("l", ElementType::kInt64)
                         .Add("b", ElementType::kBool)
                         .Finish();
  const auto signature = Regression({"f", "d", "i", "l", "b"});
  EXPECT_EQ(Run(graph, signature, 2, {0.5F, 0.25F, 2, 10, 1, -0.5F, 0, -3, 16'777'216, 0}).value(),
            (std::vector<float>{13.75F, 16'777'212.5F}));
  const auto refusal = [&](const std::vector<float>& numbers) {
    return Run(graph, signature, 1, numbers).error().message();
  };
  EXPECT_EQ(refusal({0, 0, 0, 0, 2}), "row 0: b is 2, but the graph takes 0 or 1");
  EXPECT_THAT(refusal({0, 0, 0.5F, 0, 0}), HasSubstr("row 0: i is 0.5, but the graph takes a whole number"));
  EXPECT_THAT(refusal({0, 0, 0, 16'777'218, 0}), HasSubstr("row 0: l is"));
}

TEST_F(BindingTest, AMatrixTakesTheNumbersThatHaveNoInputOfTheirOwn) {
  const auto graph = SumGraph().Add("scaled", ElementType::kDouble, {-1, 2}).Add("b", ElementType::kFloat).Finish();
  EXPECT_EQ(Run(graph, Regression({"a", "b", "c"}), 2, {1, 20, 300, 4, 50, 600}).value(),
            (std::vector<float>{321, 654}));
  EXPECT_THAT(Refusal(graph, Regression({"a", "b"})),
              HasSubstr("input scaled is double[?,2], but 1 number features are left"));
  EXPECT_THAT(Refusal(graph, Regression({"b"})), HasSubstr("input scaled is no feature"));
  EXPECT_THAT(Refusal(graph, Regression({"a", "x", "c"})), HasSubstr("no input for feature a"));
}

TEST_F(BindingTest, VectorsAreColumnsToo) {
  onnx::GraphBuilder builder("vector", "1");
  builder.Opset("", 17);
  const std::vector<int64_t> rows = {-1};
  builder.Input("x", ElementType::kFloat, rows);
  builder.Node({.op_type = "Neg", .inputs = {"x"}, .outputs = {"y"}});
  builder.Output("y", ElementType::kFloat, rows);
  EXPECT_EQ(Run(builder.Serialize().value(), Regression({"x"}), 3, {1, 2, 3}).value(),
            (std::vector<float>{-1, -2, -3}));
}

TEST_F(BindingTest, AGraphOfOneRowIsRunRowByRow) {
  const auto graph = SumGraph().Add("x", ElementType::kFloat, {1, 2}).Finish({1, 1});
  EXPECT_EQ(Run(graph, Regression({"a", "b"}), 3, {1, 2, 3, 4, 5, 6}).value(), (std::vector<float>{3, 7, 11}));
}

TEST_F(BindingTest, AGraphOfEightRowsIsRefused) {
  EXPECT_THAT(Refusal(SumGraph().Add("x", ElementType::kFloat, {8, 1}).Finish({8, 1}), Regression({"x"})),
              HasSubstr("feature x is one column, but the graph's input x is float[8,1]"));
}

TEST_F(BindingTest, WholeNumbersCannotBeMissing) {
  const auto graph = SumGraph().Add("x", ElementType::kInt64).Finish();
  EXPECT_THAT(Refusal(graph, Regression({"x"}, true)), HasSubstr("may be missing, but the graph's input x is int64"));
}

TEST_F(BindingTest, OutputsOfAnotherKindAreRefused) {
  const auto graph = SumGraph().Add("x", ElementType::kFloat).Finish();
  auto signature = Regression({"x"});
  signature.value_output = "z";
  EXPECT_EQ(Refusal(graph, signature), "the graph has no output z; it has y");
  Signature classifier;
  classifier.inputs = signature.inputs;
  classifier.classes = {"a", "b"};
  classifier.positive_class = "b";
  classifier.label_output = "y";
  classifier.probability_output.clear();
  EXPECT_THAT(Refusal(graph, classifier), HasSubstr("output y is float[?,1], not a string or int64 label"));
}

/// Two classes by the sign of x: an int64 label [N, 1] and log(x) as a double "probability" of each.
std::string BuildSigns() {
  onnx::GraphBuilder builder("signs", "1");
  const std::vector<int64_t> pair = {-1, 2};
  builder.Opset("", 17);
  builder.Input("x", ElementType::kFloat, kColumn);
  builder.Initializer("zero", {.shape = {1}, .values = std::vector<float>{0}});
  builder.Node({.op_type = "Greater", .inputs = {"x", "zero"}, .outputs = {"positive"}});
  builder.Node(Cast("positive", "label", 7));
  builder.Output("label", ElementType::kInt64, kColumn);
  builder.Node(Cast("x", "exact", 11));
  builder.Node({.op_type = "Log", .inputs = {"exact"}, .outputs = {"logarithm"}});
  builder.Node({.op_type = "Concat",
                .inputs = {"logarithm", "logarithm"},
                .outputs = {"probability"},
                .attributes = {{"axis", int64_t{1}}}});
  builder.Output("probability", ElementType::kDouble, pair);
  return builder.Serialize().value();
}

TEST_F(BindingTest, LabelsMayBeIntegersAndProbabilitiesDoubles) {
  Signature signature;
  signature.inputs = {{.name = "x"}};
  signature.classes = {"0", "1"};
  signature.positive_class = "1";
  const auto executor = Executor::Load(runtime_, BuildSigns(), signature);
  ASSERT_TRUE(executor) << executor.error().ToString();
  const auto runner = (*executor)->MakeRunner().value();
  const auto answers = runner->Run(2, std::vector<float>{1, std::exp(1.0F)}, {}).value();
  EXPECT_EQ(std::vector<int32_t>(answers.labels.begin(), answers.labels.end()), (std::vector<int32_t>{1, 1}));
  EXPECT_NEAR(answers.probabilities[2], 1, 1e-6);
  for (const float not_finite : {-1.0F, 0.0F}) {
    const auto refused = runner->Run(2, std::vector<float>{1, not_finite}, {});
    ASSERT_FALSE(refused) << not_finite;
    EXPECT_EQ(refused.error().message(), "row 1: the graph's answer is not a finite number");
  }
  signature.classes = {"no", "yes"};
  signature.positive_class = "yes";
  EXPECT_THAT(Refusal(BuildSigns(), signature), HasSubstr("output label is int64[?,1], not one of the classes"));
}

TEST_F(BindingTest, TheMemoryLimitHoldsForAnExecutor) {
  onnx::GraphBuilder builder("wide", "1");
  builder.Opset("", 17);
  builder.Input("x", ElementType::kFloat, kColumn);
  builder.Initializer("ones", {.shape = {1, 100'000}, .values = std::vector<float>(100'000, 1)});
  builder.Initializer("axis", {.shape = {1}, .values = std::vector<int64_t>{1}});
  builder.Node({.op_type = "MatMul", .inputs = {"x", "ones"}, .outputs = {"wide"}});
  builder.Node({.op_type = "ReduceSum", .inputs = {"wide", "axis"}, .outputs = {"y"}});
  builder.Output("y", ElementType::kFloat, kColumn);
  const auto graph = builder.Serialize().value();
  Executor::Options options;
  options.session.memory_limit_bytes = 4 << 20;
  const auto executor = Executor::Load(runtime_, graph, Regression({"x"}), options).value();
  const auto runner = executor->MakeRunner().value();
  EXPECT_TRUE(runner->Run(1, std::vector<float>{1}, {}));
  const auto refused = runner->Run(32, std::vector<float>(32, 1), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_GT(executor->memory_bytes(), 100'000);
  options.session.memory_limit_bytes = 1000;
  EXPECT_EQ(Executor::Load(runtime_, graph, Regression({"x"}), options).error().code(), ErrorCode::kResourceExhausted);
}

}  // namespace
}  // namespace gyre::model
