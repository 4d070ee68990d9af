#include "package/packaging.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "package/testing/golden_model.h"

namespace gyre::package {
namespace {

using base::ErrorCode;
using ::testing::Contains;
using ::testing::HasSubstr;
using testing::LoadGolden;
using ::testing::Not;

class PackagingTest : public ::testing::Test {
 protected:
  PackagingTest() : golden_(LoadGolden("forest2")) {
    // The golden rows serve as training and test rows alike, with a column that the model does not use.
    golden_.features.columns.push_back({.name = "unused",
                                        .type = model::FeatureType::kNumber,
                                        .numbers = std::vector<float>(golden_.features.rows()),
                                        .categories = {}});
  }

  PackageRequest Request() const {
    return {.model = golden_.trained,
            .training = golden_.features,
            .test = golden_.features,
            .test_labels = golden_.labels,
            .bounds = {{.feature = "humid", .minimum = 0, .maximum = 100}, {.feature = "unused", .minimum = 5}},
            .metrics = {{"accuracy", 0.875}, {"confusion", {1, 2}}},
            .lineage = {{"datasets", {"abc123"}}, {"code", "deadbeef"}},
            .card = {.name = "rain",
                     .intended_use = "Tells whether to take an umbrella.",
                     .label = "rain in the next hour",
                     .thresholds = {{.metric = "accuracy", .condition = ">= 0.8"}},
                     .baseline_name = "it rains now",
                     .baseline = {{"accuracy", 0.75}},
                     .limits = {"Three airports only."}},
            .producer_version = "1.0"};
  }

  testing::GoldenModel golden_;
  onnx::Runtime runtime_;
};

TEST_F(PackagingTest, PutsEverythingALaterLifeNeedsIntoTheBundle) {
  const auto packaged = BuildBundle(runtime_, Request());
  ASSERT_TRUE(packaged) << packaged.error().ToString();
  const auto& bundle = packaged->bundle;
  EXPECT_EQ(packaged->parity.rows, golden_.labels.size());
  EXPECT_LT(packaged->parity.largest_difference, 1e-6);

  const auto& signature = bundle.signature;
  ASSERT_EQ(signature.inputs.size(), 4) << "columns that the model does not use are no inputs";
  EXPECT_TRUE(signature.Find("temp")->nullable);
  EXPECT_FALSE(signature.Find("humid")->nullable);
  EXPECT_EQ(signature.Find("humid")->maximum, 100);
  EXPECT_EQ(signature.Find("origin")->categories, (std::vector<std::string>{"EWR", "JFK", "LGA"}));
  EXPECT_EQ(signature.positive_class, "class1");

  EXPECT_EQ(bundle.profile.rows, golden_.features.rows());
  EXPECT_GT(bundle.profile.numbers.at("temp").missing, 0);
  EXPECT_FALSE(bundle.profile.numbers.contains("unused"));
  EXPECT_EQ(bundle.profile.predicted_label.count, golden_.labels.size());
  EXPECT_EQ(bundle.profile.predicted_probability.at("probability.class1").count, golden_.labels.size());

  const auto back = model::Bundle::FromFiles(bundle.ToFiles());
  ASSERT_TRUE(back) << back.error().ToString();
  const auto executor = model::Executor::Load(runtime_, back->onnx, back->signature).value();
  EXPECT_TRUE(model::CheckGolden(*executor, back->golden));
}

TEST_F(PackagingTest, GoldenRowsCoverMissingValuesAndEveryClass) {
  const auto bundle = BuildBundle(runtime_, Request()).value().bundle;
  EXPECT_EQ(bundle.golden.features.rows(), 32);
  EXPECT_THAT(bundle.golden.labels, Contains("class0"));
  EXPECT_THAT(bundle.golden.labels, Contains("class1"));
  const auto& temp = bundle.golden.features.Find("temp")->numbers;
  EXPECT_TRUE(std::ranges::any_of(temp, [](float value) { return std::isnan(value); }));
}

TEST_F(PackagingTest, TheSameRequestGivesTheSameBytes) {
  EXPECT_EQ(BuildBundle(runtime_, Request()).value().bundle.ToFiles(),
            BuildBundle(runtime_, Request()).value().bundle.ToFiles());
}

TEST_F(PackagingTest, TestRowsThatCallersMayNotSendAreCheckedButNotKept) {
  auto training = golden_.features;
  for (auto& value : training.columns[0].numbers) {
    if (std::isnan(value)) value = 0;
  }
  const auto good = Request();
  const PackageRequest request{.model = good.model,
                               .training = training,
                               .test = good.test,
                               .test_labels = good.test_labels,
                               .bounds = {{.feature = "humid", .maximum = 60}},
                               .card = good.card};
  const auto packaged = BuildBundle(runtime_, request);
  ASSERT_TRUE(packaged) << packaged.error().ToString();
  EXPECT_FALSE(packaged->bundle.signature.Find("temp")->nullable) << "training never missed it";
  EXPECT_EQ(packaged->parity.rows, golden_.labels.size());
  ASSERT_GT(packaged->bundle.golden.features.rows(), 0);
  for (const float value : packaged->bundle.golden.features.Find("temp")->numbers) EXPECT_FALSE(std::isnan(value));
  for (const float value : packaged->bundle.golden.features.Find("humid")->numbers) EXPECT_LE(value, 60);
}

TEST_F(PackagingTest, AFeatureMayBeCalledLabel) {
  golden_.trained.encodings[0].column = "label";
  golden_.features.columns[0].name = "label";
  const auto packaged = BuildBundle(runtime_, Request());
  ASSERT_TRUE(packaged) << packaged.error().ToString();
  EXPECT_EQ(packaged->bundle.signature.label_output, "label_");
}

TEST_F(PackagingTest, RefusesRequestsThatDoNotAddUp) {
  auto labels = golden_.labels;
  labels.pop_back();
  const auto good = Request();
  const PackageRequest short_labels{
      .model = good.model, .training = good.training, .test = good.test, .test_labels = labels};
  EXPECT_THAT(BuildBundle(runtime_, short_labels).error().message(), HasSubstr("40 test rows but 39 labels"));
  const model::Frame nothing;
  const PackageRequest no_rows{.model = good.model, .training = good.training, .test = nothing, .test_labels = labels};
  EXPECT_THAT(BuildBundle(runtime_, no_rows).error().message(), HasSubstr("no test rows"));
  const PackageRequest no_training{
      .model = good.model, .training = nothing, .test = good.test, .test_labels = good.test_labels};
  EXPECT_THAT(BuildBundle(runtime_, no_training).error().message(), HasSubstr("training rows have no column temp"));
}

TEST_F(PackagingTest, TheCardStatesFactsAndEscapesWhatCouldBeMarkup) {
  auto& category = std::get<model::CategoryEncoding>(golden_.trained.encodings[1].encoding);
  category.categories[2] = "<script>|";
  const auto card = BuildBundle(runtime_, Request()).value().bundle.card;
  for (const char* fact :
       {"# rain\n", "predicts: rain in the next hour", "random forest of 6 trees", "Tells whether to take an umbrella.",
        "training rows: 40", "| accuracy | 0.875 | >= 0.8 | 0.75 |", "Baseline: it rains now.",
        "| humid | number | 0 to 100 | no |", "- code: deadbeef", "Three airports only.", "EWR, JFK, &lt;script>\\|"}) {
    EXPECT_THAT(card, HasSubstr(fact));
  }
  EXPECT_THAT(card, Not(HasSubstr("<script")));
  EXPECT_THAT(card, Not(HasSubstr("confusion"))) << "only single figures belong in the table";
}

class OutsideTest : public ::testing::Test {
 protected:
  static std::string TestFile(const std::string& name) {
    return base::ReadFile(std::filesystem::path(GYRE_SOURCE_DIR) / "src/onnx/testdata" / name, 1 << 20).value();
  }
  onnx::Runtime runtime_;
};

TEST_F(OutsideTest, AGraphFromOutsideBecomesABundle) {
  const auto bundle = BundleFromOnnx(runtime_, {.onnx = TestFile("pipeline.onnx"), .card = {.name = "outside"}});
  ASSERT_TRUE(bundle) << bundle.error().ToString();
  EXPECT_EQ(bundle->ToFiles().size(), 3);
  EXPECT_THAT(bundle->card, HasSubstr("written by skl2onnx"));
  EXPECT_THAT(bundle->card, HasSubstr("drift cannot be measured"));
  EXPECT_TRUE(model::Bundle::FromFiles(bundle->ToFiles()));
}

TEST_F(OutsideTest, AnExportedGraphKeepsTheSignatureItCarries) {
  const auto golden = LoadGolden("forest2");
  const PackageRequest request{
      .model = golden.trained, .training = golden.features, .test = golden.features, .test_labels = golden.labels};
  const auto packaged = BuildBundle(runtime_, request).value().bundle;
  EXPECT_EQ(BundleFromOnnx(runtime_, {.onnx = packaged.onnx}).value().signature, packaged.signature);
}

TEST_F(OutsideTest, ASignatureGivenMustFitTheGraph) {
  model::Signature signature;
  signature.inputs = {{.name = "temp"}};
  signature.classes = {"dry", "rain"};
  signature.positive_class = "rain";
  const auto bundle = BundleFromOnnx(runtime_, {.onnx = TestFile("pipeline.onnx"), .signature = signature});
  ASSERT_FALSE(bundle);
  EXPECT_EQ(bundle.error().code(), ErrorCode::kInvalidArgument);
}

/// Rows for the outside pipeline; row 2 lacks its temperature, row 3 is out of bounds.
model::Frame OutsideRows() {
  const auto number = [](const char* name, std::vector<float> values) {
    return model::FeatureColumn{
        .name = name, .type = model::FeatureType::kNumber, .numbers = std::move(values), .categories = {}};
  };
  return {.columns = {number("temp", {10, 20, NAN, 5}),
                      number("humid", {50, 90, 30, 400}),
                      number("hour", {1, 13, 23, 4}),
                      {.name = "origin",
                       .type = model::FeatureType::kCategory,
                       .numbers = {},
                       .categories = {"JFK", "LGA", "EWR", "JFK"}}}};
}

TEST_F(OutsideTest, DataAtHandGivesItARealReference) {
  const CardFacts card = {.name = "outside"};
  auto bundle = BundleFromOnnx(runtime_, {.onnx = TestFile("pipeline.onnx"), .card = card}).value();
  const auto added =
      AddReference(runtime_, bundle, OutsideRows(), OutsideRows(), {{.feature = "humid", .maximum = 100}}, card);
  ASSERT_TRUE(added) << added.error().ToString();
  EXPECT_EQ(bundle.signature.Find("humid")->maximum, 100);
  EXPECT_EQ(bundle.signature.Find("origin")->categories, (std::vector<std::string>{"EWR", "JFK", "LGA"}));
  EXPECT_EQ(bundle.golden.features.rows(), 3) << "the row that callers may not send is no golden one";
  EXPECT_EQ(bundle.profile.numbers.at("temp").missing, 1);
  EXPECT_EQ(bundle.profile.predicted_label.count, 3);
  EXPECT_THAT(bundle.card, HasSubstr("training rows: 4"));
  EXPECT_THAT(bundle.card, Not(HasSubstr("drift cannot be measured")));
  const auto back = model::Bundle::FromFiles(bundle.ToFiles()).value();
  const auto executor = model::Executor::Load(runtime_, back.onnx, back.signature).value();
  EXPECT_TRUE(model::CheckGolden(*executor, back.golden));
}

TEST_F(OutsideTest, DataThatDoesNotFitLeavesTheBundleAsItWas) {
  auto bundle = BundleFromOnnx(runtime_, {.onnx = TestFile("pipeline.onnx")}).value();
  const auto before = bundle.ToFiles();
  auto rows = OutsideRows();
  rows.columns[1].name = "humidity";
  EXPECT_THAT(AddReference(runtime_, bundle, rows, OutsideRows(), {}, {}).error().message(),
              HasSubstr("no number column humid"));
  const auto refused =
      AddReference(runtime_, bundle, OutsideRows(), OutsideRows(), {{.feature = "humid", .maximum = 1}}, {});
  EXPECT_THAT(refused.error().message(), HasSubstr("none of the test rows"));
  EXPECT_EQ(bundle.ToFiles(), before);
}

TEST_F(OutsideTest, RegressionsHaveAReferenceToo) {
  auto bundle = BundleFromOnnx(runtime_, {.onnx = TestFile("regression.onnx")}).value();
  model::Frame rows;
  for (const char* name : {"f0", "f1", "f2"}) {
    rows.columns.push_back({.name = name, .type = model::FeatureType::kNumber, .numbers = {1, 5, 7}, .categories = {}});
  }
  ASSERT_TRUE(AddReference(runtime_, bundle, rows, rows, {}, {}));
  EXPECT_EQ(bundle.golden.values.size(), 3);
  const auto back = model::Bundle::FromFiles(bundle.ToFiles()).value();
  EXPECT_TRUE(model::CheckGolden(*model::Executor::Load(runtime_, back.onnx, back.signature).value(), back.golden));
}

TEST_F(OutsideTest, BrokenFilesAreRefused) {
  EXPECT_FALSE(BundleFromOnnx(runtime_, {.onnx = ""}));
  EXPECT_FALSE(BundleFromOnnx(runtime_, {.onnx = "PK\x03\x04 a zip file"}));
  EXPECT_EQ(BundleFromOnnx(runtime_, {.onnx = TestFile("external.onnx")}).error().code(), ErrorCode::kUnsupported);
  const auto whole = TestFile("forest.onnx");
  EXPECT_THAT(BundleFromOnnx(runtime_, {.onnx = whole.substr(0, whole.size() - 40)}).error().message(),
              HasSubstr("cut off"));
}

}  // namespace
}  // namespace gyre::package
