#include "model/trained.h"

#include <cmath>
#include <gtest/gtest.h>

namespace gyre::model {
namespace {

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

Frame TwoColumns() {
  return {.columns = {
              {.name = "temp", .type = FeatureType::kNumber, .numbers = {1.0F, kMissing, 5.0F}, .categories = {}},
              {.name = "sky", .type = FeatureType::kCategory, .numbers = {}, .categories = {"clear", "", "hail"}},
          }};
}

std::vector<ColumnEncoding> TwoEncodings() {
  return {{.column = "temp", .encoding = NumberEncoding{.fill = 3, .shift = 1, .scale = 0.5F}},
          {.column = "sky", .encoding = CategoryEncoding{.categories = {"clear", "cloudy"}}}};
}

TrainedModel Stump() {
  TreeEnsemble trees;
  trees.trees = {{{.feature = 0, .threshold = 0.5F, .left = 1, .right = 2, .leaf = -1, .cover = 3},
                  {.feature = -1, .threshold = 0, .left = -1, .right = -1, .leaf = 0, .cover = 1},
                  {.feature = -1, .threshold = 0, .left = -1, .right = -1, .leaf = 1, .cover = 2}}};
  trees.leaf_values = {0.75F, 0.25F, 0.5F, 0.5F};
  return {.encodings = TwoEncodings(), .classes = {"dry", "rain"}, .classifier = trees};
}

TrainedModel LinearOf(size_t classes) {
  LinearClassifier linear{.features = 3, .weights = {}, .intercepts = {}};
  const size_t lines = classes == 2 ? 1 : classes;
  for (size_t i = 0; i < lines * 3; ++i) linear.weights.push_back(0.25F * static_cast<float>(i + 1));
  for (size_t i = 0; i < lines; ++i) linear.intercepts.push_back(-0.5F * static_cast<float>(i));
  TrainedModel model{.encodings = TwoEncodings(), .classes = {}, .classifier = linear};
  for (size_t i = 0; i < classes; ++i) model.classes.push_back("c" + std::to_string(i));
  return model;
}

TrainedModel SvmOf(SvmKernel kernel) {
  SvmClassifier svm{.kernel = kernel, .gamma = 0.5F, .coef0 = 0.25F, .degree = 2, .features = 3};
  svm.support_vectors = {0, 1, 0, 1, 0, 0, 2, 0, 1, 0.5F, 0, 0};
  svm.vectors_per_class = {1, 1, 2};
  svm.dual_coefficients = {1, -1, -0.5F, -0.25F, 0.75F, 0.5F, -0.5F, -1};
  svm.rho = {0.125F, -0.25F, 0.5F};
  svm.sigmoid_a = {-1.5F, -2, -1};
  svm.sigmoid_b = {0.25F, 0, -0.125F};
  return {.encodings = TwoEncodings(), .classes = {"a", "b", "c"}, .classifier = svm};
}

/// The kernel expansion and the coupling, written out from their definitions.
std::vector<double> SvmByHand(const SvmClassifier& svm, const std::vector<float>& x) {
  const auto kernel = [&](size_t v) {
    double dot = 0;
    double distance = 0;
    for (size_t j = 0; j < 3; ++j) {
      const double s = svm.support_vectors[v * 3 + j];
      dot += s * x[j];
      distance += (s - x[j]) * (s - x[j]);
    }
    switch (svm.kernel) {
      case SvmKernel::kLinear:
        return dot;
      case SvmKernel::kPoly:
        return (0.5 * dot + 0.25) * (0.5 * dot + 0.25);
      case SvmKernel::kRbf:
        return std::exp(-0.5 * distance);
      case SvmKernel::kSigmoid:
        return std::tanh(0.5 * dot + 0.25);
    }
    return 0.0;
  };
  const double d01 = 1 * kernel(0) + -1 * kernel(1) - 0.125;
  const double d02 = 0.75 * 0 + -0.5 * kernel(2) - 0.25 * kernel(3) + 0.75 * kernel(0) + 0.25;
  const double d12 = 0.5 * kernel(1) - 0.5 * kernel(2) - 1 * kernel(3) - 0.5;
  const double t01 = -1.5 * d01 + 0.25;
  const double t02 = -2 * d02;
  const double t12 = -1 * d12 - 0.125;
  const double p0 = 1 / (1 + std::exp(t01) + std::exp(t02));
  const double p1 = 1 / (1 + std::exp(-t01) + std::exp(t12));
  const double p2 = 1 / (1 + std::exp(-t02) + std::exp(-t12));
  return {p0 / (p0 + p1 + p2), p1 / (p0 + p1 + p2), p2 / (p0 + p1 + p2)};
}

TEST(Encode, FillsMissingNumbersThenShiftsAndScalesAndUnseenCategoriesAreAllZero) {
  EXPECT_EQ(Encode(TwoEncodings(), TwoColumns()).value(), (std::vector<float>{0, 1, 0, 1, 0, 0, 2, 0, 0}));
}

TEST(Encode, NamesTheColumnThatIsMissingOrOfTheWrongType) {
  auto frame = TwoColumns();
  frame.columns[1].type = FeatureType::kNumber;
  frame.columns[1].numbers = {1, 2, 3};
  EXPECT_EQ(Encode(TwoEncodings(), frame).error().name(), "sky");
  frame.columns.pop_back();
  EXPECT_EQ(Encode(TwoEncodings(), frame).error().name(), "sky");
  EXPECT_TRUE(Encode(TwoEncodings(), {.columns = {{.name = "temp", .numbers = {}, .categories = {}},
                                                  {.name = "sky", .type = FeatureType::kCategory}}})
                  ->empty());
}

TEST(Predict, ATreeSendsEqualValuesLeftAndTiesGoToTheLowerClass) {
  const auto predictions = Predict(Stump(), TwoColumns()).value();
  EXPECT_EQ(predictions.probabilities.values, (std::vector<float>{0.75F, 0.25F, 0.5F, 0.5F, 0.5F, 0.5F}));
  EXPECT_EQ(predictions.labels, (std::vector<int32_t>{0, 0, 0}));
  auto model = Stump();
  std::get<TreeEnsemble>(model.classifier).trees[0][0].threshold = 1;
  EXPECT_EQ(PredictProbability(model, TwoColumns())->At(1, 0), 0.75F);
}

TEST(Predict, ALinearModelIsASoftmaxAndWithTwoClassesASigmoid) {
  const auto binary = PredictProbability(LinearOf(2), TwoColumns()).value();
  EXPECT_NEAR(binary.At(0, 1), 1 / (1 + std::exp(-0.5)), 1e-7);
  EXPECT_NEAR(binary.At(2, 1), 1 / (1 + std::exp(-0.5)), 1e-7);
  const auto three = PredictProbability(LinearOf(3), TwoColumns()).value();
  const std::vector<double> z = {0.5, 1.25 - 0.5, 2.0 - 1};
  const double sum = std::exp(z[0]) + std::exp(z[1]) + std::exp(z[2]);
  for (size_t label = 0; label < 3; ++label) EXPECT_NEAR(three.At(0, label), std::exp(z[label]) / sum, 1e-7);
  EXPECT_EQ(PredictLabel(LinearOf(3), TwoColumns()).value(), (std::vector<int32_t>{2, 2, 2}));
}

TEST(Predict, AnSvmFollowsItsDefinitionForEveryKernel) {
  for (const auto kernel : {SvmKernel::kLinear, SvmKernel::kPoly, SvmKernel::kRbf, SvmKernel::kSigmoid}) {
    const auto model = SvmOf(kernel);
    const auto encoded = Encode(model.encodings, TwoColumns()).value();
    const auto scores = PredictProbability(model, TwoColumns()).value();
    for (size_t row = 0; row < 3; ++row) {
      const auto expected = SvmByHand(std::get<SvmClassifier>(model.classifier),
                                      {encoded[row * 3], encoded[row * 3 + 1], encoded[row * 3 + 2]});
      for (size_t label = 0; label < 3; ++label) {
        EXPECT_NEAR(scores.At(row, label), expected[label], 1e-6) << static_cast<int>(kernel) << " row " << row;
      }
    }
  }
}

TEST(Predict, AnSvmWithoutSigmoidsGivesTheSameLabelsAndNoProbabilities) {
  auto model = SvmOf(SvmKernel::kRbf);
  const auto with = Predict(model, TwoColumns()).value();
  std::get<SvmClassifier>(model.classifier).sigmoid_a.clear();
  std::get<SvmClassifier>(model.classifier).sigmoid_b.clear();
  const auto without = Predict(model, TwoColumns()).value();
  EXPECT_EQ(with.labels, without.labels);
  EXPECT_TRUE(without.probabilities.values.empty());
}

TEST(TrainedModelJson, ComesBackExactly) {
  for (const auto& model : {Stump(), LinearOf(2), LinearOf(4), SvmOf(SvmKernel::kPoly)}) {
    const auto text = base::DumpJson(ToJson(model));
    const auto back = TrainedModelFromJson(base::ParseJson(text, "model").value());
    ASSERT_TRUE(back) << back.error().ToString();
    EXPECT_EQ(base::DumpJson(ToJson(*back)), text);
    EXPECT_EQ(PredictProbability(*back, TwoColumns())->values, PredictProbability(model, TwoColumns())->values);
  }
}

TEST(TrainedModelJson, RefusesWhatEvaluationCouldNotTrust) {
  const auto refused = [](const TrainedModel& model, const std::string& pointer, const base::Json& value) {
    auto json = ToJson(model);
    json[base::Json::json_pointer(pointer)] = value;
    return !TrainedModelFromJson(json).has_value();
  };
  EXPECT_TRUE(refused(Stump(), "/classifier/trees/0/left/0", 0)) << "a cycle";
  EXPECT_TRUE(refused(Stump(), "/classifier/trees/0/right/0", 3));
  EXPECT_TRUE(refused(Stump(), "/classifier/trees/0/leaf/1", 2));
  EXPECT_TRUE(refused(Stump(), "/classifier/trees/0/feature/0", 3));
  EXPECT_TRUE(refused(Stump(), "/classifier/trees/0/threshold/0", nullptr));
  EXPECT_TRUE(refused(Stump(), "/classifier/leaf_values", base::Json::array({1, 2, 3})));
  EXPECT_TRUE(refused(Stump(), "/classes", base::Json::array({"one"})));
  EXPECT_TRUE(refused(Stump(), "/classifier/kind", "forest"));
  EXPECT_TRUE(refused(LinearOf(3), "/classifier/weights", base::Json::array({1})));
  EXPECT_TRUE(refused(SvmOf(SvmKernel::kRbf), "/classifier/vectors_per_class/0", 2));
  EXPECT_TRUE(refused(SvmOf(SvmKernel::kRbf), "/classifier/sigmoid_a", base::Json::array({1})));
  EXPECT_TRUE(refused(SvmOf(SvmKernel::kRbf), "/classifier/gamma", 1e300));
}

}  // namespace
}  // namespace gyre::model
