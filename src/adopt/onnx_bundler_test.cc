#include "adopt/onnx_bundler.h"

#include <cmath>
#include <gmock/gmock.h>

#include "adopt/testing/adopt_home.h"

namespace gyre::adopt {
namespace {

using registry::ModelName;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kMlmodel = R"(
artifact_path: model
flavors:
  onnx: {data: model.onnx, onnx_version: 1.17.0}
  python_function: {loader_module: mlflow.onnx}
signature:
  inputs: '[{"type": "float", "name": "a", "required": true}, {"type": "float", "name": "b", "required": true}]'
saved_input_example_info: {artifact_path: input_example.json, type: dataframe, pandas_orient: split}
)";

class OnnxBundlerTest : public ::testing::Test {
 protected:
  OnnxBundlerTest() { EXPECT_TRUE(home_.registry().CreateModel(ModelName("linear"), {}, "", "ann")); }

  registry::ModelVersion Register(const std::string& path = "model") {
    return home_.registry()
        .CreateVersion(ModelName("linear"),
                       {.source = "runs:/" + run_.id.value() + "/" + path, .run_id = run_.id.value()})
        .value();
  }
  model::Bundle BundleOf(const registry::ModelVersion& version) {
    EXPECT_TRUE(version.has_bundle());
    return home_.registry().LoadBundle(version).value();
  }
  std::string Refusal(const registry::ModelVersion& version) {
    const auto servable = home_.registry().Servable(version.ref);
    return servable ? "servable" : servable.error().message();
  }
  void WriteModel() {
    home_.Write(run_, "model/MLmodel", kMlmodel);
    home_.Write(run_, "model/model.onnx", testing::LinearGraph());
  }
  void LogDataset(const std::string& uri, const std::string& context, const std::string& name = "rows") {
    ASSERT_TRUE(
        home_.tracker().LogInputs(run_.id, {.datasets = {{.dataset = {.name = name,
                                                                      .digest = name,
                                                                      .source_type = "local",
                                                                      .source = base::DumpJson({{"uri", uri}})},
                                                          .tags = {{tracking::kDatasetContextTag, context}}}}}));
  }
  static std::vector<std::string> Names(const model::Signature& signature) {
    std::vector<std::string> names;
    for (const auto& input : signature.inputs) names.push_back(input.name);
    return names;
  }

  testing::AdoptHome home_;
  tracking::Run run_ = home_.MakeRun();
};

TEST_F(OnnxBundlerTest, TakesGraphNamesMetricsAndLineage) {
  WriteModel();
  ASSERT_TRUE(home_.tracker().Log(run_.id, {.metrics = {{.key = "rmse", .value = 0.5}, {.key = "bad", .value = NAN}}}));
  const auto version = Register();
  const auto bundle = BundleOf(version);
  EXPECT_EQ(bundle.onnx, testing::LinearGraph());
  EXPECT_THAT(Names(bundle.signature), ElementsAre("a", "b"));
  EXPECT_EQ(bundle.signature.task, model::Task::kRegression);
  EXPECT_EQ(bundle.metrics, base::Json({{"rmse", 0.5}}));
  EXPECT_EQ(bundle.lineage["run_id"], run_.id.value());
  EXPECT_THAT(bundle.card, HasSubstr("linear"));
  EXPECT_EQ(bundle.profile.rows, 0u);
  EXPECT_EQ(bundle.golden.features.rows(), 0u);
}

TEST_F(OnnxBundlerTest, AnExampleBecomesGoldenRowsButNoProfile) {
  WriteModel();
  home_.Write(run_, "model/input_example.json", R"({"columns": ["b", "a"], "data": [[1, 2], [10, 0]]})");
  const auto bundle = BundleOf(Register());
  EXPECT_THAT(bundle.golden.values, ElementsAre(7, 30));
  EXPECT_EQ(bundle.profile.rows, 0u);
}

TEST_F(OnnxBundlerTest, AnExampleThatDoesNotFitIsDoneWithout) {
  WriteModel();
  home_.Write(run_, "model/input_example.json", R"({"columns": ["a"], "data": [[1]]})");
  EXPECT_EQ(BundleOf(Register()).golden.features.rows(), 0u);
}

TEST_F(OnnxBundlerTest, ADatasetBecomesTheProfile) {
  WriteModel();
  home_.Write(run_, "data/train.csv", "a,b,y\n1,10,32\n2,20,64\n3,,6\n");
  LogDataset("/does/not/exist.csv", "training", "lost");
  LogDataset(run_.artifact_uri + "/data/train.csv", "training");
  const auto bundle = BundleOf(Register());
  EXPECT_EQ(bundle.profile.rows, 3u);
  EXPECT_EQ(bundle.profile.numbers.at("a").mean, 2);
  EXPECT_EQ(bundle.profile.numbers.at("b").missing, 1u);
  EXPECT_GT(bundle.golden.features.rows(), 0u);
}

TEST_F(OnnxBundlerTest, ADatasetOnThisMachineToo) {
  WriteModel();
  LogDataset(home_.WriteLocal("eval.csv", "a,b\n5,5\n"), "eval", "eval");
  LogDataset("file://" + home_.WriteLocal("train.csv", "a,b\n1,1\n2,2\n"), "training");
  EXPECT_EQ(BundleOf(Register()).profile.rows, 2u) << "the one for training";
}

TEST_F(OnnxBundlerTest, ADatasetWithoutTheColumnsIsDoneWithout) {
  WriteModel();
  LogDataset(home_.WriteLocal("other.csv", "x,y\n5,5\n"), "training");
  LogDataset(home_.WriteLocal("notes.txt", "a,b\n5,5\n"), "training", "notes");
  EXPECT_EQ(BundleOf(Register()).profile.rows, 0u);
}

TEST_F(OnnxBundlerTest, AnOnnxFileIsEnough) {
  home_.Write(run_, "plain/linear.onnx", testing::LinearGraph());
  EXPECT_THAT(Names(BundleOf(Register("plain")).signature), ElementsAre("f0", "f1"));
  EXPECT_TRUE(Register("plain/linear.onnx").has_bundle());
}

TEST_F(OnnxBundlerTest, SaysWhyAModelCannotBeServed) {
  EXPECT_THAT(Refusal(Register("nothing")), HasSubstr("there are no files at mlflow-artifacts:/0/"));
  home_.Write(run_, "sk/MLmodel", "flavors: {sklearn: {}, python_function: {}}\n");
  EXPECT_THAT(Refusal(Register("sk")), HasSubstr("holds no ONNX model; its flavors are python_function, sklearn"));
  home_.Write(run_, "two/a.onnx", "x");
  home_.Write(run_, "two/b.onnx", "x");
  EXPECT_THAT(Refusal(Register("two")), HasSubstr("more than one ONNX file (a.onnx, b.onnx)"));
  home_.Write(run_, "broken/a.onnx", "x");
  EXPECT_THAT(Refusal(Register("broken")), HasSubstr("cannot be served"));
  home_.Write(run_, "gone/MLmodel", "flavors: {onnx: {data: ../../secret}}\n");
  EXPECT_THAT(Refusal(Register("gone")), HasSubstr("has no file '../../secret'"));
  home_.Write(run_, "odd/MLmodel", "- a\n");
  EXPECT_THAT(Refusal(Register("odd")), HasSubstr("MLmodel is no mapping"));
}

TEST_F(OnnxBundlerTest, FilesThatComeLaterAreFoundWhenItIsDeployed) {
  const auto version = Register();
  EXPECT_FALSE(version.has_bundle());
  WriteModel();
  EXPECT_TRUE(home_.registry().Servable(version.ref).value().has_bundle());
}

}  // namespace
}  // namespace gyre::adopt
