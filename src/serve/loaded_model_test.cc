#include "serve/loaded_model.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "model/graph_signature.h"

namespace gyre::serve {
namespace {

using base::ErrorCode;

/// A scikit-learn pipeline of three numbers and a category (tests/golden/onnx.py), with its own answers as golden rows.
class LoadedModelTest : public ::testing::Test {
 protected:
  LoadedModelTest() {
    const auto path = std::filesystem::path(GYRE_SOURCE_DIR) / "src/onnx/testdata/pipeline.onnx";
    bundle_.onnx = base::ReadFile(path, 1 << 20).value();
    bundle_.signature = model::SignatureFromGraph(onnx::Graph::Parse(bundle_.onnx).value()).value();
    for (const auto& feature : bundle_.signature.inputs) {
      model::FeatureColumn column{.name = feature.name, .type = feature.type};
      if (feature.type == model::FeatureType::kNumber) column.numbers = {1, 2, 3};
      if (feature.type == model::FeatureType::kCategory) column.categories = {"a", "b", "c"};
      bundle_.golden.features.columns.push_back(column);
    }
    const auto executor = model::Executor::Load(runtime_, bundle_.onnx, bundle_.signature).value();
    const auto answers = executor->Predict(bundle_.golden.features).value();
    for (const auto label : answers.labels) {
      bundle_.golden.labels.push_back(bundle_.signature.classes[static_cast<size_t>(label)]);
    }
    bundle_.golden.probabilities = answers.probabilities;
  }
  base::Result<std::shared_ptr<const LoadedModel>> Load() { return LoadedModel::Load(runtime_, version_, bundle_); }

  onnx::Runtime runtime_;
  model::Bundle bundle_;
  const registry::VersionRef version_ = registry::VersionRef::Parse("rain/7").value();
};

TEST_F(LoadedModelTest, AnswersAndKnowsWhatARowCosts) {
  const auto loaded = Load();
  ASSERT_TRUE(loaded) << loaded.error().ToString();
  EXPECT_EQ((*loaded)->version(), version_);
  EXPECT_GT((*loaded)->row_cost().count(), 100);
  EXPECT_LT((*loaded)->row_cost(), std::chrono::milliseconds(10));
  EXPECT_EQ((*loaded)->CostOf(1), (*loaded)->row_cost());
  EXPECT_GT((*loaded)->CostOf(1000), (*loaded)->row_cost());
  // Most of a call is what every call costs, however many rows it has.
  EXPECT_LT((*loaded)->CostOf(1000), 500 * (*loaded)->row_cost());
  const auto runner = (*loaded)->Borrow().value();
  const auto answers = runner->Run(1, std::vector<float>{1, 1, 1}, std::vector<std::string_view>{"a"}, {}).value();
  EXPECT_FLOAT_EQ(answers.probabilities[0], bundle_.golden.probabilities.At(0, 0));
}

TEST_F(LoadedModelTest, WhatWasNotToldOfFurtherRowsIsWhatTheFirstCosts) {
  using std::chrono::microseconds;
  const auto same = LoadedModel::Make(version_, bundle_.signature, microseconds(5), {});
  EXPECT_EQ(same->CostOf(0), microseconds(0));
  EXPECT_EQ(same->CostOf(32), microseconds(160));
  const auto less = LoadedModel::Make(version_, bundle_.signature, microseconds(5), {}, microseconds(1));
  EXPECT_EQ(less->CostOf(32), microseconds(36));
}

TEST_F(LoadedModelTest, GoldenRowsThatAreAnsweredDifferentlyRefuseIt) {
  bundle_.golden.probabilities.values[3] += 0.01F;
  const auto error = Load().error();
  EXPECT_EQ(error.code(), ErrorCode::kUnprocessable);
  EXPECT_TRUE(error.message().starts_with("golden row 1: ")) << error.message();
}

TEST_F(LoadedModelTest, AGraphThatIsNoneIsRefused) {
  bundle_.onnx = "not a graph";
  EXPECT_EQ(Load().error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(LoadedModelTest, LoadsWithoutGoldenRows) {
  bundle_.golden = {};
  const auto loaded = Load();
  ASSERT_TRUE(loaded) << loaded.error().ToString();
  EXPECT_GT((*loaded)->row_cost().count(), 0);
}

TEST_F(LoadedModelTest, RunnersAreExclusiveAndUsedAgain) {
  const auto loaded = Load().value();
  const ModelRunner* first = nullptr;
  {
    const auto lease = loaded->Borrow().value();
    first = lease.get();
    EXPECT_NE(loaded->Borrow().value().get(), first);
  }
  std::vector<LoadedModel::Lease> leases;
  std::set<const ModelRunner*> distinct;
  for (int i = 0; i < 200; ++i) {
    leases.push_back(loaded->Borrow().value());
    distinct.insert(leases.back().get());
  }
  EXPECT_EQ(distinct.size(), 200u);
  EXPECT_TRUE(distinct.contains(first));
}

}  // namespace
}  // namespace gyre::serve
