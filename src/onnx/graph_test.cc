#include "onnx/graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"

namespace gyre::onnx {
namespace {

using base::ErrorCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string TestFile(const std::string& name) {
  return base::ReadFile(std::filesystem::path(GYRE_TEST_DATA) / name, 1 << 20).value();
}

TEST(Graph, SaysWhatAFileIsOfItself) {
  const auto graph = Graph::Parse(TestFile("pipeline.onnx")).value();
  EXPECT_EQ(graph.producer_name(), "skl2onnx");
  EXPECT_EQ(graph.opsets().at("ai.onnx.ml"), 1);
  EXPECT_EQ(graph.opsets().at(""), 16);
  ASSERT_EQ(graph.inputs().size(), 4);
  EXPECT_EQ(DescribeType(graph.inputs()[2]), "int64[?,1]");
  EXPECT_EQ(graph.outputs()[0].name, "label");
  const auto* classifier = graph.Producer("probabilities");
  ASSERT_NE(classifier, nullptr);
  EXPECT_EQ(classifier->op_type, "LinearClassifier");
  EXPECT_EQ(classifier->domain, "ai.onnx.ml");
  EXPECT_THAT(graph.ListAttribute(*classifier, "classlabels_strings"), ElementsAre("dry", "rain"));
  EXPECT_EQ(graph.NumberAttribute(*classifier, "multi_class", -1), 0);
  EXPECT_EQ(graph.NumberAttribute(*classifier, "no such", -1), -1);
  EXPECT_EQ(graph.Producer("temp"), nullptr);
}

TEST(Graph, ReadsClassMapsAndIntegerLabels) {
  const auto graph = Graph::Parse(TestFile("logistic_int_zipmap.onnx")).value();
  EXPECT_EQ(graph.outputs()[1].kind, ValueKind::kClassMaps);
  EXPECT_THAT(graph.ListAttribute(*graph.Producer("output_probability"), "classlabels_int64s"),
              ElementsAre("0", "1", "2"));
}

TEST(Graph, ReadsInitializersOfIntegersAndRefusesToGuessOthers) {
  const auto graph = Graph::Parse(TestFile("loops.onnx")).value();
  EXPECT_THAT(graph.InitializerTexts("one"), ElementsAre("1"));
  EXPECT_TRUE(graph.InitializerTexts("two").empty());
}

TEST(Graph, RefusesWhatIsNoGraph) {
  EXPECT_EQ(Graph::Parse("").error().message(), "the file is empty; an ONNX graph is expected");
  EXPECT_THAT(Graph::Parse("a,b,c\n1,2,3\n").error().message(), HasSubstr("not an ONNX graph"));
  EXPECT_THAT(Graph::Parse(std::string(1000, '\0')).error().message(), HasSubstr("not an ONNX graph"));
  EXPECT_THAT(Graph::Parse(std::string("\x08\x07", 2)).error().message(), HasSubstr("no nodes"));
}

TEST(Graph, SaysWhereATruncatedFileEnds) {
  const auto whole = TestFile("forest.onnx");
  const auto cut = Graph::Parse(std::string_view(whole).substr(0, whole.size() / 2));
  ASSERT_FALSE(cut);
  EXPECT_THAT(cut.error().message(), HasSubstr("cut off at byte"));
}

TEST(Graph, RefusesWeightsInOtherFiles) {
  const auto graph = Graph::Parse(TestFile("external.onnx"));
  ASSERT_FALSE(graph);
  EXPECT_EQ(graph.error().code(), ErrorCode::kUnsupported);
  EXPECT_THAT(graph.error().message(), HasSubstr("save it again as one file"));
}

std::string Varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<char>(value | 0x80));
  bytes.push_back(static_cast<char>(value));
  return bytes;
}

std::string Field(uint32_t number, const std::string& content) {
  return Varint(number << 3 | 2) + Varint(content.size()) + content;
}

TEST(Graph, RefusesDeepNestingBeforeParsingIt) {
  std::string graph = Field(1, Field(4, "Identity"));
  for (int i = 0; i < 5000; ++i) graph = Field(1, Field(5, Field(6, graph)));  // a graph in an attribute of a node
  const auto deep = Graph::Parse(Field(7, graph));
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().code(), ErrorCode::kTooLarge);
  EXPECT_THAT(deep.error().message(), HasSubstr("64 levels"));
}

TEST(Graph, RefusesManyTinyElementsBeforeTheyGrowInMemory) {
  std::string nodes;
  for (int i = 0; i < 1001; ++i) nodes += Field(1, "");
  const auto many = Graph::Parse(Field(7, nodes), {.elements = 1000});
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().code(), ErrorCode::kTooLarge);
}

TEST(Graph, RefusesFilesOverTheLimit) {
  EXPECT_EQ(Graph::Parse(TestFile("forest.onnx"), {.bytes = 1000}).error().code(), ErrorCode::kTooLarge);
}

TEST(Graph, NoFlippedByteCrashesTheReader) {
  const auto whole = TestFile("pipeline.onnx");
  for (size_t i = 0; i < whole.size(); ++i) {
    for (const int bit : {0, 2, 7}) {
      auto flipped = whole;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      const auto graph = Graph::Parse(flipped);
      EXPECT_TRUE(graph || !graph.error().message().empty());
    }
  }
}

}  // namespace
}  // namespace gyre::onnx
