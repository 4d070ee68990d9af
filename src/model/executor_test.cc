#include "model/executor.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "model/bundle.h"
#include "model/graph_signature.h"

namespace gyre::model {
namespace {

using base::ErrorCode;
using base::Json;
using ::testing::HasSubstr;

std::string TestFile(const std::string& name) {
  return base::ReadFile(std::filesystem::path(GYRE_SOURCE_DIR) / "src/onnx/testdata" / name, 1 << 20).value();
}

Json Golden(const std::string& name) {
  return base::ParseJson(TestFile(name + ".json"), name).value();
}

/// The inputs of a golden file as the signature's columns.
Frame FrameOf(const Signature& signature, const Json& inputs) {
  Frame frame;
  size_t matrix_column = 0;
  for (const auto& feature : signature.inputs) {
    const bool named = inputs.contains(feature.name);
    const auto& rows = named ? inputs.at(feature.name) : inputs.front();
    const size_t at = named ? 0 : matrix_column++;
    FeatureColumn column{.name = feature.name, .type = feature.type, .numbers = {}, .categories = {}};
    for (const auto& row : rows) {
      if (feature.type == FeatureType::kCategory) column.categories.push_back(row[at].get<std::string>());
      if (feature.type == FeatureType::kNumber)
        column.numbers.push_back(row[at].is_null() ? NAN : row[at].get<float>());
    }
    frame.columns.push_back(std::move(column));
  }
  return frame;
}

class ExecutorTest : public ::testing::Test {
 protected:
  std::unique_ptr<Executor> Load(const std::string& name) {
    const auto bytes = TestFile(name + ".onnx");
    const auto signature = SignatureFromGraph(onnx::Graph::Parse(bytes).value()).value();
    auto loaded = Executor::Load(runtime_, bytes, signature);
    EXPECT_TRUE(loaded) << loaded.error().ToString();
    return *std::move(loaded);
  }

  onnx::Runtime runtime_;
};

TEST_F(ExecutorTest, AnswersOutsideModelsAsPythonsOnnxRuntimeDoes) {
  for (const std::string name : {"logistic_int_plain", "logistic_int_zipmap", "logistic_text_plain",
                                 "logistic_text_zipmap", "forest", "svc", "pipeline"}) {
    const auto executor = Load(name);
    const auto& signature = executor->signature();
    const auto golden = Golden(name);
    const auto answers = executor->Predict(FrameOf(signature, golden.at("inputs")));
    ASSERT_TRUE(answers) << name << ": " << answers.error().ToString();
    const auto& labels = golden.at("outputs").at(signature.label_output);
    const auto& probabilities = golden.at("outputs").at(signature.probability_output);
    ASSERT_EQ(answers->labels.size(), labels.size());
    for (size_t row = 0; row < labels.size(); ++row) {
      const auto expected = labels[row].is_string() ? labels[row].get<std::string>() : labels[row].dump();
      EXPECT_EQ(signature.classes[static_cast<size_t>(answers->labels[row])], expected) << name << row;
      for (size_t label = 0; label < signature.classes.size(); ++label) {
        const auto& of_row = probabilities[row];
        const auto& expected_score = of_row.is_object() ? of_row.at(signature.classes[label]) : of_row[label];
        EXPECT_NEAR(answers->probabilities.At(row, label), expected_score.get<float>(), 2e-6) << name << row;
      }
    }
  }
}

TEST_F(ExecutorTest, AnswersRegressions) {
  const auto executor = Load("regression");
  const auto golden = Golden("regression");
  const auto answers = executor->Predict(FrameOf(executor->signature(), golden.at("inputs"))).value();
  EXPECT_TRUE(answers.labels.empty());
  const auto& expected = golden.at("outputs").at("variable");
  ASSERT_EQ(answers.values.size(), expected.size());
  for (size_t row = 0; row < expected.size(); ++row)
    EXPECT_NEAR(answers.values[row], expected[row][0].get<float>(), 2e-6);
}

TEST_F(ExecutorTest, ManyRowsAreTheSameRowsOneByOne) {
  const auto executor = Load("pipeline");
  const auto some = FrameOf(executor->signature(), Golden("pipeline").at("inputs"));
  std::vector<size_t> indices;
  for (size_t i = 0; i < 100; ++i) indices.push_back(i % some.rows());
  const auto frame = some.Take(indices);
  const auto together = executor->Predict(frame).value();
  const auto runner = executor->MakeRunner().value();
  for (size_t row = 0; row < frame.rows(); ++row) {
    const std::array numbers = {frame.columns[0].numbers[row], frame.columns[1].numbers[row],
                                frame.columns[2].numbers[row]};
    const std::array<std::string_view, 1> categories = {frame.columns[3].categories[row]};
    const auto alone = runner->Run(1, numbers, categories);
    ASSERT_TRUE(alone) << alone.error().ToString();
    EXPECT_EQ(alone->labels[0], together.labels[row]);
    EXPECT_NEAR(alone->probabilities[1], together.probabilities.At(row, 1), 1e-6);
  }
}

TEST_F(ExecutorTest, ColumnsMayComeInAnyOrderAndNullableOnesMayBeLeftOut) {
  const auto executor = Load("pipeline");
  auto frame = FrameOf(executor->signature(), Golden("pipeline").at("inputs"));
  const auto before = executor->Predict(frame).value();
  std::ranges::reverse(frame.columns);
  EXPECT_EQ(executor->Predict(frame).value().probabilities.values, before.probabilities.values);
  std::ranges::fill(frame.columns[3].numbers, NAN);
  const auto missing = executor->Predict(frame).value();
  frame.columns.pop_back();
  EXPECT_EQ(executor->Predict(frame).value().probabilities.values, missing.probabilities.values);
}

TEST_F(ExecutorTest, RefusesValuesByRowAndFeature) {
  const auto executor = Load("pipeline");
  const auto runner = executor->MakeRunner().value();
  const auto refusal = [&](std::vector<float> numbers, std::string_view category) {
    const std::array<std::string_view, 2> categories = {"JFK", category};
    std::vector<float> rows = {15, 50, 3};
    rows.insert(rows.end(), numbers.begin(), numbers.end());
    const auto answers = runner->Run(2, rows, categories);
    if (answers) return std::string("accepted");
    EXPECT_EQ(answers.error().code(), ErrorCode::kUnprocessable);
    return answers.error().message();
  };
  EXPECT_EQ(refusal({NAN, 50, 3}, "JFK"), "accepted");
  EXPECT_THAT(refusal({15, NAN, NAN}, "JFK"), HasSubstr("row 1: hour is missing"));
  EXPECT_THAT(refusal({15, INFINITY, 3}, "JFK"), HasSubstr("row 1: humid is inf"));
  EXPECT_THAT(refusal({15, 50, 3}, ""), HasSubstr("row 1: origin is missing"));
  EXPECT_EQ(refusal({15, 50, 3.5F}, "JFK"),
            "row 1: hour is 3.5, but the graph takes a whole number of at most 16777216");
  EXPECT_THAT(refusal({15, 50, 1e30F}, "JFK"), HasSubstr("row 1: hour is 1e+30"));
}

TEST_F(ExecutorTest, RefusesNoRowsAndSpansOfAnotherSize) {
  const auto executor = Load("forest");
  EXPECT_EQ(executor->Predict({}).error().code(), ErrorCode::kInvalidArgument);
  const auto runner = executor->MakeRunner().value();
  EXPECT_EQ(runner->Run(0, {}, {}).error().message(), "there are no rows to answer");
  EXPECT_THAT(runner->Run(2, std::vector<float>(7), {}).error().message(), HasSubstr("2 rows of 4 numbers"));
}

TEST_F(ExecutorTest, StopsWhenCancelled) {
  const auto executor = Load("forest");
  const auto frame = FrameOf(executor->signature(), Golden("forest").at("inputs"));
  const auto cancel = base::Cancellation::Make();
  EXPECT_TRUE(executor->Predict(frame, cancel));
  cancel.Cancel();
  EXPECT_EQ(executor->Predict(frame, cancel).error().code(), ErrorCode::kCancelled);
}

TEST_F(ExecutorTest, ARunnerIsEndedFromAnotherThreadAndGoesOnAfterwards) {
  for (const std::string name : {"forest", "logistic_text_zipmap"}) {
    const auto executor = Load(name);
    const auto runner = executor->MakeRunner().value();
    const std::vector<float> rows(4 * 20'000, 1.0F);
    std::atomic<bool> done = false;
    std::jthread other([&] {
      while (!done) runner->Terminate();
    });
    const auto ended = runner->Run(20'000, rows, {});
    done = true;
    other.join();
    ASSERT_FALSE(ended) << name;
    EXPECT_EQ(ended.error().code(), ErrorCode::kCancelled) << ended.error().ToString();
    EXPECT_TRUE(runner->Run(1, std::span(rows).first(4), {})) << name;
  }
}

TEST_F(ExecutorTest, OneExecutorServesManyThreads) {
  const auto executor = Load("pipeline");
  const auto frame = FrameOf(executor->signature(), Golden("pipeline").at("inputs"));
  const auto expected = executor->Predict(frame).value().probabilities.values;
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 25; ++i) right += executor->Predict(frame).value().probabilities.values == expected ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(right, 100);
}

TEST_F(ExecutorTest, ARunnerOutlivesItsExecutor) {
  auto executor = Load("forest");
  const auto runner = executor->MakeRunner().value();
  executor.reset();
  EXPECT_TRUE(runner->Run(1, std::vector<float>(4), {}));
}

TEST_F(ExecutorTest, ASignatureThatDoesNotFitTheGraphIsRefused) {
  const auto bytes = TestFile("pipeline.onnx");
  const auto good = SignatureFromGraph(onnx::Graph::Parse(bytes).value()).value();
  const auto refusal = [&](const std::function<void(Signature&)>& spoil) {
    auto signature = good;
    spoil(signature);
    const auto loaded = Executor::Load(runtime_, bytes, signature);
    return loaded ? "accepted" : loaded.error().message();
  };
  EXPECT_EQ(refusal([](Signature&) {}), "accepted");
  EXPECT_THAT(refusal([](Signature& s) { s.inputs[0].name = "tmp"; }),
              HasSubstr("input temp is no feature of the signature"));
  EXPECT_THAT(refusal([](Signature& s) { s.inputs.pop_back(); }),
              HasSubstr("input origin is no feature of the signature"));
  EXPECT_THAT(refusal([](Signature& s) { s.inputs[3].type = FeatureType::kNumber; }),
              HasSubstr("feature origin is a number, but the graph's input origin is string[?,1]"));
  EXPECT_THAT(refusal([](Signature& s) { s.inputs[2].nullable = true; }), HasSubstr("feature hour may be missing"));
  EXPECT_THAT(refusal([](Signature& s) { s.classes.push_back("snow"); }),
              HasSubstr("output probabilities is float[?,2]; 3 per row"));
  EXPECT_THAT(refusal([](Signature& s) { s.label_output = "labels"; }),
              HasSubstr("no output labels; it has label, probabilities"));
  EXPECT_THAT(refusal([](Signature& s) { s.label_output = "probabilities"; }), HasSubstr("output probabilities"));
  EXPECT_THAT(refusal([](Signature& s) { s.classes = {"rain"}; }), HasSubstr("two or more"));
  EXPECT_EQ(refusal([](Signature& s) { s.label_output.clear(); }), "accepted");
}

TEST_F(ExecutorTest, AnAnswerOutsideTheClassesIsAnErrorNotACrash) {
  const auto bytes = TestFile("forest.onnx");
  auto signature = SignatureFromGraph(onnx::Graph::Parse(bytes).value()).value();
  signature.classes = {"a", "b", "c"};
  signature.positive_class = "a";
  const auto executor = Executor::Load(runtime_, bytes, signature).value();
  const auto answers = executor->Predict(FrameOf(signature, Golden("forest").at("inputs")));
  ASSERT_FALSE(answers);
  EXPECT_THAT(answers.error().message(), HasSubstr("row 0: the graph answers 'setosa'"));
}

TEST_F(ExecutorTest, WithoutALabelTheLargestProbabilityDecides) {
  const auto bytes = TestFile("forest.onnx");
  auto signature = SignatureFromGraph(onnx::Graph::Parse(bytes).value()).value();
  const auto frame = FrameOf(signature, Golden("forest").at("inputs"));
  const auto with = Executor::Load(runtime_, bytes, signature).value()->Predict(frame).value();
  signature.label_output.clear();
  EXPECT_EQ(Executor::Load(runtime_, bytes, signature).value()->Predict(frame).value().labels, with.labels);
}

TEST_F(ExecutorTest, GoldenRowsTellWhichRowIsAnsweredDifferently) {
  const auto executor = Load("forest");
  GoldenRows golden;
  golden.features = FrameOf(executor->signature(), Golden("forest").at("inputs"));
  const auto answers = executor->Predict(golden.features).value();
  golden.probabilities = answers.probabilities;
  for (const auto label : answers.labels)
    golden.labels.push_back(executor->signature().classes[static_cast<size_t>(label)]);
  EXPECT_TRUE(CheckGolden(*executor, golden));
  EXPECT_TRUE(CheckGolden(*executor, {}));
  golden.probabilities.values[3 * 5 + 1] += 1e-3F;
  EXPECT_THAT(CheckGolden(*executor, golden).error().message(), HasSubstr("golden row 5: probability of versicolor"));
  golden.labels[2] = "virginica";
  EXPECT_THAT(CheckGolden(*executor, golden).error().message(),
              HasSubstr("golden row 2: label 'setosa' instead of 'virginica'"));
  golden.values = {1};
  EXPECT_EQ(CheckGolden(*executor, golden).error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace gyre::model
