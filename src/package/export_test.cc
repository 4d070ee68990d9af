#include "package/export.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "model/graph_signature.h"
#include "onnx/graph.h"
#include "package/parity.h"
#include "package/testing/golden_model.h"

namespace gyre::package {
namespace {

using testing::GoldenModel;
using ::testing::HasSubstr;
using testing::LoadGolden;
using testing::SignatureOf;

class ExportTest : public ::testing::Test {
 protected:
  std::unique_ptr<model::Executor> Load(const model::TrainedModel& trained) {
    const auto signature = SignatureOf(trained);
    const auto graph = ExportOnnx(trained, signature, "1.0");
    EXPECT_TRUE(graph) << graph.error().ToString();
    auto executor = model::Executor::Load(runtime_, graph.value(), signature);
    EXPECT_TRUE(executor) << executor.error().ToString();
    return *std::move(executor);
  }

  onnx::Runtime runtime_;
};

TEST_F(ExportTest, GraphsAnswerAsScikitLearnDoes) {
  for (const auto& name : testing::kGoldenNames) {
    const auto golden = LoadGolden(name);
    const auto answers = Load(golden.trained)->Predict(golden.features);
    ASSERT_TRUE(answers) << name << ": " << answers.error().ToString();
    for (size_t row = 0; row < golden.labels.size(); ++row) {
      EXPECT_EQ(golden.trained.classes[static_cast<size_t>(answers->labels[row])], golden.labels[row])
          << name << " " << row;
      for (size_t label = 0; label < golden.trained.classes.size(); ++label) {
        EXPECT_NEAR(answers->probabilities.At(row, label), golden.probabilities[row][label].get<double>(), 1e-5)
            << name << " " << row;
      }
    }
  }
}

TEST_F(ExportTest, GraphsAgreeWithTheModelFarBelowTheTolerance) {
  for (const auto& name : testing::kGoldenNames) {
    const auto golden = LoadGolden(name);
    const auto report = CheckParity(*Load(golden.trained), golden.trained, golden.features);
    ASSERT_TRUE(report) << name << ": " << report.error().ToString();
    EXPECT_LT(report->largest_difference, 1e-6) << name;
    EXPECT_EQ(report->rows, golden.labels.size());
  }
}

TEST_F(ExportTest, TheSameModelGivesTheSameBytesAndCarriesItsSignature) {
  const auto golden = LoadGolden("forest2");
  const auto signature = SignatureOf(golden.trained);
  const auto graph = ExportOnnx(golden.trained, signature, "1.0").value();
  EXPECT_EQ(ExportOnnx(golden.trained, signature, "1.0").value(), graph);
  EXPECT_EQ(model::SignatureFromGraph(onnx::Graph::Parse(graph).value()).value(), signature);
}

/// One number and one category, whose names are as awkward as names can be.
model::TrainedModel Awkward() {
  model::TrainedModel trained;
  trained.encodings = {{.column = "category0", .encoding = model::CategoryEncoding{.categories = {"a|b", "é"}}},
                       {.column = "features", .encoding = model::NumberEncoding{.fill = 3}}};
  trained.classes = {"no", "yes"};
  trained.classifier = model::LinearClassifier{.features = 3, .weights = {1, -1, 0.5F}, .intercepts = {-1}};
  return trained;
}

TEST_F(ExportTest, NamesOfFeaturesDoNotClashWithTheGraphsOwn) {
  const auto executor = Load(Awkward());
  const model::Frame rows = {
      .columns = {
          {.name = "category0",
           .type = model::FeatureType::kCategory,
           .numbers = {},
           .categories = {"a|b", "é", "", "z"}},
          {.name = "features", .type = model::FeatureType::kNumber, .numbers = {0, 2, NAN, 4}, .categories = {}}}};
  const auto answers = executor->Predict(rows).value();
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  EXPECT_NEAR(answers.probabilities.At(0, 1), sigmoid(0), 1e-6);
  EXPECT_NEAR(answers.probabilities.At(1, 1), sigmoid(-1), 1e-6);
  EXPECT_NEAR(answers.probabilities.At(2, 1), sigmoid(0.5), 1e-6)
      << "a missing number is filled, a missing category is none";
  EXPECT_NEAR(answers.probabilities.At(3, 1), sigmoid(1), 1e-6);
  EXPECT_EQ(answers.labels, (std::vector<int32_t>{0, 0, 1, 1})) << "the lower class on a tie";
}

TEST_F(ExportTest, ForestsOfSingleLeavesAndColumnsWithoutValuesWork) {
  auto trained = Awkward();
  trained.encodings[0].encoding = model::CategoryEncoding{};
  for (const size_t classes : {2, 3}) {
    trained.classes = {"a", "b"};
    if (classes == 3) trained.classes.push_back("c");
    model::TreeEnsemble forest;
    forest.trees = {{{.leaf = 0, .cover = 5}}, {{.leaf = 0, .cover = 5}}};
    forest.leaf_values = classes == 2 ? std::vector<float>{0.2F, 0.3F} : std::vector<float>{0.1F, 0.3F, 0.1F};
    trained.classifier = forest;
    const model::Frame rows = {
        .columns = {{.name = "features", .type = model::FeatureType::kNumber, .numbers = {1}, .categories = {}}}};
    const auto answers = Load(trained)->Predict(rows).value();
    EXPECT_EQ(answers.labels[0], 1);
    EXPECT_NEAR(answers.probabilities.At(0, 1), 0.6, 1e-6);
  }
}

TEST_F(ExportTest, ARowOnAThresholdGoesLeft) {
  auto trained = Awkward();
  trained.classifier = model::TreeEnsemble{
      .trees = {{{.feature = 2, .threshold = 0.1F, .left = 1, .right = 2}, {.leaf = 0}, {.leaf = 1}}},
      .leaf_values = {1, 0, 0, 1}};
  const model::Frame rows = {.columns = {{.name = "features",
                                          .type = model::FeatureType::kNumber,
                                          .numbers = {0.1F, std::nextafter(0.1F, 1.0F)},
                                          .categories = {}}}};
  EXPECT_EQ(Load(trained)->Predict(rows).value().labels, (std::vector<int32_t>{0, 1}));
}

TEST_F(ExportTest, ExtremeScoresSaturateInsteadOfOverflowing) {
  for (const auto& name : testing::kGoldenNames) {
    auto golden = LoadGolden(name);
    if (auto* linear = std::get_if<model::LinearClassifier>(&golden.trained.classifier)) {
      for (auto& weight : linear->weights) weight *= 1e4F;
    } else if (auto* svm = std::get_if<model::SvmClassifier>(&golden.trained.classifier)) {
      for (auto& slope : svm->sigmoid_a) slope *= 1e5F;
    }
    const auto report = CheckParity(*Load(golden.trained), golden.trained, golden.features);
    EXPECT_TRUE(report) << name << ": " << report.error().ToString();
  }
}

TEST_F(ExportTest, RefusesWhatDoesNotFitTogether) {
  const auto good = LoadGolden("svm_rbf2").trained;
  const auto refusal = [&](const std::function<void(model::TrainedModel&, model::Signature&)>& spoil) {
    auto trained = good;
    auto signature = SignatureOf(trained);
    spoil(trained, signature);
    const auto graph = ExportOnnx(trained, signature, "1.0");
    return graph ? "accepted" : graph.error().message();
  };
  using Trained = model::TrainedModel;
  using Signature = model::Signature;
  const auto svm = [](Trained& t) -> model::SvmClassifier& { return std::get<model::SvmClassifier>(t.classifier); };
  EXPECT_EQ(refusal([](Trained&, Signature&) {}), "accepted");
  EXPECT_THAT(refusal([](Trained&, Signature& s) { s.inputs.pop_back(); }),
              HasSubstr("pressure is not in the signature"));
  EXPECT_THAT(refusal([](Trained&, Signature& s) { s.inputs.push_back({.name = "more"}); }),
              HasSubstr("more is not used by the model"));
  EXPECT_THAT(refusal([](Trained&, Signature& s) { s.inputs[0].type = model::FeatureType::kCategory; }),
              HasSubstr("temp is of another type"));
  EXPECT_THAT(refusal([](Trained& t, Signature&) { t.encodings[0].column = "humid"; }),
              HasSubstr("encodes column humid twice"));
  EXPECT_THAT(refusal([](Trained& t, Signature&) { std::swap(t.classes[0], t.classes[1]); }),
              HasSubstr("classes are not the model's"));
  EXPECT_THAT(refusal([](Trained&, Signature& s) { s.label_output = "temp"; }), HasSubstr("feature temp has a name"));
  EXPECT_THAT(refusal([](Trained&, Signature& s) { s.label_output.clear(); }),
              HasSubstr("both a label and a probability"));
  EXPECT_THAT(refusal([&](Trained& t, Signature&) { svm(t).sigmoid_a.clear(); }), HasSubstr("gives no probabilities"));
  EXPECT_THAT(refusal([&](Trained& t, Signature&) { svm(t).rho.clear(); }), HasSubstr("does not have the sizes"));
  EXPECT_THAT(refusal([&](Trained& t, Signature&) { svm(t).vectors_per_class[0] = -3; }),
              HasSubstr("does not have the sizes"));
  const auto leaf = [](int32_t index) {
    return model::TreeEnsemble{.trees = {{{.leaf = index}}}, .leaf_values = {1, 0}};
  };
  EXPECT_THAT(refusal([&](Trained& t, Signature&) { t.classifier = leaf(1); }), HasSubstr("tree 0, node 0"));
  EXPECT_THAT(refusal([&](Trained& t, Signature&) { t.classifier = leaf(-1); }), HasSubstr("tree 0, node 0"));
  EXPECT_THAT(refusal([&](Trained& t, Signature&) { t.classifier = model::TreeEnsemble(); }), HasSubstr("no leaves"));
  EXPECT_THAT(refusal([&](Trained& t, Signature&) { t.classifier = model::LinearClassifier(); }),
              HasSubstr("linear model"));
}

TEST(CheckParity, NamesTheRowThatDiffersMost) {
  onnx::Runtime runtime;
  const auto golden = LoadGolden("linear2");
  const auto signature = SignatureOf(golden.trained);
  auto other = golden.trained;
  std::get<model::LinearClassifier>(other.classifier).intercepts[0] += 0.01F;
  const auto executor = model::Executor::Load(runtime, ExportOnnx(other, signature, "1").value(), signature).value();
  const auto report = CheckParity(*executor, golden.trained, golden.features);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code(), base::ErrorCode::kUnprocessable);
  EXPECT_THAT(report.error().message(), HasSubstr("on row"));
  const auto tolerant = CheckParity(*executor, golden.trained, golden.features, 0.01);
  ASSERT_TRUE(tolerant) << tolerant.error().ToString();
  EXPECT_EQ(report.error().name(), fmt::format("row {}", tolerant->worst_row));
}

TEST(CheckParity, ALabelMayDifferOnATieButAnSvmsVoteMayNot) {
  onnx::Runtime runtime;
  auto golden = LoadGolden("svm_rbf2");
  auto& svm = std::get<model::SvmClassifier>(golden.trained.classifier);
  const auto signature = SignatureOf(golden.trained);
  auto other = golden.trained;
  // Another threshold under the same probabilities: only the votes tell the two apart.
  auto& other_svm = std::get<model::SvmClassifier>(other.classifier);
  other_svm.rho[0] += 0.25F;
  other_svm.sigmoid_b[0] += other_svm.sigmoid_a[0] * 0.25F;
  ASSERT_NE(other_svm.rho[0], svm.rho[0]);
  const auto executor = model::Executor::Load(runtime, ExportOnnx(other, signature, "1").value(), signature).value();
  const auto report = CheckParity(*executor, golden.trained, golden.features);
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message(), HasSubstr("in the graph and"));
}

}  // namespace
}  // namespace gyre::package
