#include "onnx/external_data.h"

#include <gmock/gmock.h>
#include <onnx.pb.h>

#include "onnx/graph.h"

namespace gyre::onnx {
namespace {

using ::testing::HasSubstr;

/// y = x + w, where w lies in "weights" at an offset.
std::string GraphWith(const std::vector<std::pair<std::string, std::string>>& place) {
  ::onnx::ModelProto model;
  model.set_ir_version(8);
  model.add_opset_import()->set_version(13);
  auto& graph = *model.mutable_graph();
  auto& node = *graph.add_node();
  node.set_op_type("Add");
  node.add_input("x");
  node.add_input("w");
  node.add_output("y");
  auto& weights = *graph.add_initializer();
  weights.set_name("w");
  weights.set_data_type(::onnx::TensorProto::FLOAT);
  weights.add_dims(2);
  weights.set_data_location(::onnx::TensorProto::EXTERNAL);
  for (const auto& [key, value] : place) {
    auto& entry = *weights.add_external_data();
    entry.set_key(key);
    entry.set_value(value);
  }
  return model.SerializeAsString();
}

base::Result<std::string> ReadWeights(std::string_view name) {
  if (name == "weights") return std::string("0123456789abcdef");
  return base::NotFound("no such file", std::string(name));
}

std::string Weights(const std::string& bytes) {
  ::onnx::ModelProto model;
  EXPECT_TRUE(model.ParseFromString(bytes));
  return model.graph().initializer(0).raw_data();
}

TEST(ExternalData, IsTakenIntoTheGraph) {
  const auto whole = GraphWith({{"location", "weights"}, {"offset", "4"}, {"length", "8"}});
  EXPECT_FALSE(Graph::Parse(whole));
  const auto inlined = InlineExternalData(whole, ReadWeights).value();
  EXPECT_EQ(Weights(inlined), "456789ab");
  EXPECT_TRUE(Graph::Parse(inlined));
  EXPECT_EQ(Weights(InlineExternalData(GraphWith({{"location", "weights"}}), ReadWeights).value()), "0123456789abcdef");
}

TEST(ExternalData, LeavesAGraphWithoutItAsItIs) {
  const auto inlined = InlineExternalData(GraphWith({{"location", "weights"}}), ReadWeights).value();
  EXPECT_EQ(InlineExternalData(inlined, ReadWeights).value(), inlined);
}

TEST(ExternalData, NamesWhatIsMissing) {
  const auto error = [](const std::vector<std::pair<std::string, std::string>>& place) {
    return InlineExternalData(GraphWith(place), ReadWeights).error().message();
  };
  EXPECT_THAT(error({{"location", "../secret"}}), HasSubstr("weights in the file ../secret: no such file"));
  EXPECT_THAT(error({{"location", "weights"}, {"offset", "12"}, {"length", "8"}}), HasSubstr("8 bytes at 12"));
  EXPECT_THAT(error({{"location", "weights"}, {"offset", "17"}}), HasSubstr("which has 16"));
  EXPECT_THAT(error({{"location", "weights"}, {"offset", "-1"}}), HasSubstr("no number of bytes"));
  EXPECT_THAT(error({{"location", "weights"}, {"length", "99999999999999999999"}}), HasSubstr("no number of bytes"));
  EXPECT_FALSE(InlineExternalData("not a graph", ReadWeights));
}

}  // namespace
}  // namespace gyre::onnx
