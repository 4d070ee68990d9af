#include "model/graph_signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "onnx/graph_builder.h"

namespace gyre::model {
namespace {

using base::ErrorCode;
using onnx::ElementType;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

base::Result<Signature> SignatureOf(const std::string& file, const GraphHints& hints = {}) {
  const auto path = std::filesystem::path(GYRE_SOURCE_DIR) / "src/onnx/testdata" / file;
  return SignatureFromGraph(onnx::Graph::Parse(base::ReadFile(path, 1 << 20).value()).value(), hints);
}

TEST(SignatureFromGraph, ReadsNamedColumnsAndWhichOfThemAreImputed) {
  const auto signature = SignatureOf("pipeline.onnx").value();
  ASSERT_EQ(signature.inputs.size(), 4);
  EXPECT_EQ(signature.inputs[0], (Feature{.name = "temp", .nullable = true}));
  EXPECT_EQ(signature.inputs[2], (Feature{.name = "hour"}));
  EXPECT_EQ(signature.inputs[3], (Feature{.name = "origin", .type = FeatureType::kCategory}));
  EXPECT_THAT(signature.classes, ElementsAre("dry", "rain"));
  EXPECT_EQ(signature.positive_class, "rain");
  EXPECT_EQ(signature.label_output, "label");
  EXPECT_EQ(signature.probability_output, "probabilities");
}

TEST(SignatureFromGraph, NamesTheColumnsOfAMatrix) {
  const auto signature = SignatureOf("forest.onnx").value();
  ASSERT_EQ(signature.inputs.size(), 4);
  EXPECT_EQ(signature.inputs[0].name, "f0");
  EXPECT_EQ(signature.inputs[3].name, "f3");
  EXPECT_THAT(signature.classes, ElementsAre("setosa", "versicolor", "virginica"));
}

TEST(SignatureFromGraph, FindsClassesThroughZipMapsAndIntegers) {
  for (const std::string suffix : {"plain", "zipmap"}) {
    EXPECT_THAT(SignatureOf("logistic_int_" + suffix + ".onnx").value().classes, ElementsAre("0", "1", "2"));
    EXPECT_THAT(SignatureOf("logistic_text_" + suffix + ".onnx").value().classes,
                ElementsAre("setosa", "versicolor", "virginica"));
  }
  EXPECT_EQ(SignatureOf("logistic_int_zipmap.onnx").value().probability_output, "output_probability");
}

TEST(SignatureFromGraph, TakesHints) {
  const GraphHints hints = {.feature_names = {"a", "b", "c", "d"}, .classes = {"x", "y", "z"}, .positive_class = "x"};
  const auto signature = SignatureOf("forest.onnx", hints).value();
  EXPECT_EQ(signature.inputs[3].name, "d");
  EXPECT_EQ(signature.classes, hints.classes);
  EXPECT_EQ(signature.positive_class, "x");
  EXPECT_THAT(SignatureOf("forest.onnx", {.feature_names = {"a"}}).error().message(),
              HasSubstr("has 4 columns, but 1"));
  EXPECT_THAT(SignatureOf("pipeline.onnx", {.feature_names = {"a"}}).error().message(),
              HasSubstr("names of their own"));
  EXPECT_THAT(SignatureOf("forest.onnx", {.positive_class = "w"}).error().message(), HasSubstr("'w' is not among"));
}

TEST(SignatureFromGraph, ReadsRegressions) {
  const auto signature = SignatureOf("regression.onnx").value();
  EXPECT_EQ(signature.task, Task::kRegression);
  EXPECT_EQ(signature.value_output, "variable");
  EXPECT_TRUE(signature.classes.empty());
}

TEST(SignatureFromGraph, SaysWhatItCannotRead) {
  const auto outputs = SignatureOf("types.onnx");
  ASSERT_FALSE(outputs);
  EXPECT_EQ(outputs.error().code(), ErrorCode::kUnsupported);
  EXPECT_THAT(SignatureOf("allocates.onnx").error().message(), HasSubstr("the graph gives sum: float[]"));
}

/// A graph of one node from `input` to `outputs`, of types and shapes that would not run but can be read.
onnx::Graph Build(ElementType type, std::vector<int64_t> shape,
                  std::vector<std::pair<ElementType, std::vector<int64_t>>> outputs,
                  const std::string& signature = "") {
  onnx::GraphBuilder builder("test", "1");
  builder.Opset("", 17);
  builder.Input("x", type, shape);
  onnx::NodeSpec node{.op_type = "Mystery", .inputs = {"x"}, .outputs = {}};
  for (size_t i = 0; i < outputs.size(); ++i) {
    node.outputs.push_back(fmt::format("y{}", i));
    builder.Output(node.outputs.back(), outputs[i].first, outputs[i].second);
  }
  builder.Node(std::move(node));
  if (!signature.empty()) builder.Metadata(kSignatureKey, signature);
  return onnx::Graph::Parse(builder.Serialize().value()).value();
}

TEST(SignatureFromGraph, AsksForWhatTheGraphDoesNotSay) {
  const std::pair<ElementType, std::vector<int64_t>> text_label = {ElementType::kString, {-1}};
  const std::pair<ElementType, std::vector<int64_t>> integer_label = {ElementType::kInt64, {-1}};
  const std::pair<ElementType, std::vector<int64_t>> scores = {ElementType::kFloat, {-1, 3}};
  EXPECT_THAT(SignatureFromGraph(Build(ElementType::kFloat, {-1, 2}, {text_label, scores})).error().message(),
              HasSubstr("what its classes are called"));
  EXPECT_THAT(SignatureFromGraph(Build(ElementType::kFloat, {-1, 2}, {integer_label, scores})).value().classes,
              ElementsAre("0", "1", "2"));
  EXPECT_THAT(SignatureFromGraph(Build(ElementType::kFloat, {-1, -1}, {integer_label, scores})).error().message(),
              HasSubstr("give the feature names"));
  EXPECT_THAT(SignatureFromGraph(Build(ElementType::kFloat, {-1, 2}, {scores})).error().message(),
              HasSubstr("for probabilities alone give the class names"));
  const auto alone =
      SignatureFromGraph(Build(ElementType::kFloat, {-1, 2}, {scores}), {.classes = {"a", "b", "c"}}).value();
  EXPECT_TRUE(alone.label_output.empty());
  EXPECT_EQ(alone.probability_output, "y0");
  EXPECT_THAT(SignatureFromGraph(Build(ElementType::kFloat, {-1, 3, 224, 224}, {scores})).error().message(),
              HasSubstr("input x is float[?,3,224,224]"));
  EXPECT_EQ(SignatureFromGraph(Build(ElementType::kString, {-1, 5}, {scores})).error().code(), ErrorCode::kUnsupported);
}

TEST(SignatureFromGraph, TrustsTheSignatureAGraphCarriesOnlyIfItReads) {
  const std::pair<ElementType, std::vector<int64_t>> label = {ElementType::kString, {-1}};
  const std::string carried = R"({"inputs": [{"name": "x", "type": "number", "maximum": 5}], "classes": ["a", "b"]})";
  const auto signature = SignatureFromGraph(Build(ElementType::kFloat, {-1, 1}, {label}, carried)).value();
  EXPECT_EQ(signature.inputs[0].maximum, 5);
  EXPECT_THAT(SignatureFromGraph(Build(ElementType::kFloat, {-1, 1}, {label}, "{")).error().message(),
              HasSubstr("the signature that the graph carries"));
}

}  // namespace
}  // namespace gyre::model
