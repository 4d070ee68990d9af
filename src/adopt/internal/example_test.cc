#include "adopt/internal/example.h"

#include <cmath>
#include <gmock/gmock.h>

#include "adopt/internal/mlmodel.h"

namespace gyre::adopt::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

model::Signature TwoInputs() {
  model::Signature signature;
  signature.inputs = {{.name = "a"}, {.name = "c", .type = model::FeatureType::kCategory}};
  return signature;
}

TEST(Example, ReadsTablesRowsAndColumns) {
  for (const char* text :
       {R"({"columns": ["c", "x", "a"], "data": [["u", 0, 1.5], ["v", 0, true]]})", R"([[1.5, "u"], [1, "v"]])",
        R"({"a": [1.5, 1], "c": ["u", "v"]})", R"({"a": [[1.5], [1]], "c": [["u"], ["v"]]})"}) {
    const auto frame = ReadExample(text, TwoInputs()).value();
    EXPECT_THAT(frame.columns[0].numbers, ElementsAre(1.5, 1)) << text;
    EXPECT_THAT(frame.columns[1].categories, ElementsAre("u", "v")) << text;
  }
  const auto missing = ReadExample(R"([[null, null]])", TwoInputs()).value();
  EXPECT_TRUE(std::isnan(missing.columns[0].numbers[0]));
  EXPECT_EQ(missing.columns[1].categories[0], "");
}

TEST(Example, SaysWhatDoesNotFit) {
  for (const auto& [text, why] :
       std::vector<std::pair<std::string, std::string>>{{R"({"columns": ["a"], "data": [[1]]})", "has no column c"},
                                                        {R"([[1]])", "a row that is not 2 values"},
                                                        {R"([["x", "u"]])", "in a what is no number"},
                                                        {R"({"a": 5})", "a column a that is no list"},
                                                        {R"({"a": [1], "c": ["u", "v"]})", ""},
                                                        {R"(5)", "has no rows"},
                                                        {R"([])", ""},
                                                        {"nonsense", ""}}) {
    const auto read = ReadExample(text, TwoInputs());
    ASSERT_FALSE(read) << text;
    EXPECT_THAT(read.error().message(), HasSubstr(why)) << text;
  }
}

TEST(MlmodelFile, IsReadAsFarAsItIsOfUse) {
  const auto read = ReadMlmodel(
                        "flavors: {b: {}, onnx: {data: m.onnx}}\n"
                        "signature: {inputs: '[{\"name\": \"a\"}, {\"name\": \"b\"}]'}\n"
                        "saved_input_example_info: {artifact_path: e.json, type: ndarray}\n")
                        .value();
  EXPECT_THAT(read.flavors, ElementsAre("b", "onnx"));
  EXPECT_EQ(read.onnx_file, "m.onnx");
  EXPECT_THAT(read.columns, ElementsAre("a", "b"));
  EXPECT_EQ(read.example_file, "e.json");
  EXPECT_THAT(ReadMlmodel("signature: {inputs: '[{\"type\": \"tensor\"}]'}").value().columns, IsEmpty());
  EXPECT_THAT(ReadMlmodel("signature: {inputs: nonsense}\nflavors: 5").value().flavors, IsEmpty());
  EXPECT_EQ(ReadMlmodel("saved_input_example_info: {artifact_path: e.json, type: json_object}").value().example_file,
            "");
  EXPECT_FALSE(ReadMlmodel("[1]"));
  EXPECT_FALSE(ReadMlmodel("a: [b"));
}

}  // namespace
}  // namespace gyre::adopt::internal
