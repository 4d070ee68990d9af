#include "onnx/prepared_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/json.h"
#include "onnx/runtime.h"

namespace gyre::onnx {
namespace {

using base::ErrorCode;
using ::testing::HasSubstr;

std::string TestFile(const std::string& name) {
  return base::ReadFile(std::filesystem::path(GYRE_TEST_DATA) / name, 1 << 20).value();
}

class PreparedRunTest : public ::testing::Test {
 protected:
  std::shared_ptr<const Session> Load(const std::string& file) { return runtime_.Load(TestFile(file)).value(); }
  Runtime runtime_;
};

TEST_F(PreparedRunTest, AnswersRowAfterRowLikePlainRuns) {
  const auto session = Load("pipeline.onnx");
  const auto golden = base::ParseJson(TestFile("pipeline.json"), "golden").value();
  const auto& inputs = golden.at("inputs");
  auto run = PreparedRun::Make(session, 1, {{"probabilities", {1, 2}}, {"label", {1}}}).value();
  for (size_t row = 0; row < inputs.at("temp").size(); ++row) {
    const auto& temp = inputs.at("temp")[row][0];
    run->FloatInput(0)[0] = temp.is_null() ? NAN : temp.get<float>();
    run->FloatInput(1)[0] = inputs.at("humid")[row][0].get<float>();
    run->Int64Input(2)[0] = inputs.at("hour")[row][0].get<int64_t>();
    ASSERT_TRUE(run->SetText(3, 0, inputs.at("origin")[row][0].get<std::string>()));
    const auto done = run->Run();
    ASSERT_TRUE(done) << done.error().ToString();
    const auto& expected = golden.at("outputs").at("probabilities")[row];
    EXPECT_NEAR(run->FloatOutput(0)[1], expected[1].get<float>(), 2e-6) << row;
    EXPECT_EQ(run->TextOutput(1, 0).value(), golden.at("outputs").at("label")[row].get<std::string>()) << row;
  }
}

TEST_F(PreparedRunTest, HoldsSeveralRows) {
  const auto session = Load("forest.onnx");
  auto run = PreparedRun::Make(session, 3, {{"probabilities", {3, 3}}, {"label", {3}}}).value();
  const auto golden = base::ParseJson(TestFile("forest.json"), "golden").value();
  for (size_t i = 0; i < 12; ++i) run->FloatInput(0)[i] = golden.at("inputs").at("measures")[i / 4][i % 4].get<float>();
  ASSERT_TRUE(run->Run());
  for (size_t i = 0; i < 9; ++i) {
    EXPECT_NEAR(run->FloatOutput(0)[i], golden.at("outputs").at("probabilities")[i / 3][i % 3].get<float>(), 2e-6);
  }
  EXPECT_EQ(run->TextOutput(1, 2).value(), golden.at("outputs").at("label")[2].get<std::string>());
}

TEST_F(PreparedRunTest, BuffersOfAnotherTypeAreEmpty) {
  auto run = PreparedRun::Make(Load("types.onnx"), 1, {{"double_out", {1, 2}}}).value();
  EXPECT_EQ(run->DoubleInput(1).size(), 2);
  EXPECT_EQ(run->BoolInput(5).size(), 2);
  EXPECT_TRUE(run->FloatInput(1).empty());
  EXPECT_FALSE(run->SetText(1, 0, "x"));
  EXPECT_FALSE(run->SetText(4, 2, "x"));
  EXPECT_TRUE(run->FloatOutput(0).empty());
  EXPECT_FALSE(run->TextOutput(0, 0));
}

TEST_F(PreparedRunTest, RefusesShapesThatCannotBePrepared) {
  EXPECT_EQ(PreparedRun::Make(Load("logistic_text_zipmap.onnx"), 1, {{"output_probability", {1, 3}}}).error().code(),
            ErrorCode::kUnsupported);
  EXPECT_EQ(PreparedRun::Make(Load("allocates.onnx"), 2, {{"sum", {1}}}).error().code(), ErrorCode::kUnsupported);
  EXPECT_FALSE(PreparedRun::Make(Load("forest.onnx"), 1, {}));
  EXPECT_EQ(PreparedRun::Make(Load("forest.onnx"), 0, {{"label", {1}}}).error().code(), ErrorCode::kUnsupported);
}

TEST_F(PreparedRunTest, AnOutputOfAnotherShapeThanPromisedIsAnError) {
  auto run = PreparedRun::Make(Load("forest.onnx"), 1, {{"probabilities", {1, 5}}}).value();
  const auto done = run->Run();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), ErrorCode::kUnprocessable);
}

TEST_F(PreparedRunTest, CanBeEndedAndUsedAgain) {
  auto run = PreparedRun::Make(Load("allocates.onnx"), 1, {{"sum", {}}}).value();
  std::atomic<bool> done = false;
  std::jthread other([&] {
    while (!done) run->Terminate();
  });
  run->Int64Input(0)[0] = 2;
  base::Result<void> ended = base::Ok();
  for (int i = 0; i < 100'000 && ended; ++i) ended = run->Run();
  done = true;
  other.join();
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code(), ErrorCode::kCancelled) << ended.error().ToString();
  EXPECT_EQ(run->Run().error().code(), ErrorCode::kCancelled) << "until it is told to go on";
  run->Rearm();
  const auto again = run->Run();
  EXPECT_TRUE(again) << again.error().ToString();
}

}  // namespace
}  // namespace gyre::onnx
