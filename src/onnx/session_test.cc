#include "onnx/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/json.h"
#include "onnx/runtime.h"

namespace gyre::onnx {
namespace {

using base::ErrorCode;
using ::testing::HasSubstr;
using ::testing::Not;

/// Where this process's descriptors lead.
std::vector<std::string> OpenFiles() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    files.push_back(std::filesystem::read_symlink(entry.path(), gone).string());
  }
  return files;
}

std::string TestFile(const std::string& name) {
  return base::ReadFile(std::filesystem::path(GYRE_TEST_DATA) / name, 1 << 20).value();
}

base::Json Golden(const std::string& name) {
  return base::ParseJson(TestFile(name + ".json"), name).value();
}

/// A tensor of `type` from nested lists, null being NaN.
Tensor ToTensor(const base::Json& rows, ElementType type) {
  Tensor tensor{.shape = {static_cast<int64_t>(rows.size()), static_cast<int64_t>(rows[0].size())}, .values = {}};
  std::vector<float> floats;
  std::vector<int64_t> integers;
  std::vector<std::string> texts;
  for (const auto& row : rows) {
    for (const auto& value : row) {
      if (type == ElementType::kString) texts.push_back(value.get<std::string>());
      if (type == ElementType::kInt64) integers.push_back(value.get<int64_t>());
      if (type == ElementType::kFloat) floats.push_back(value.is_null() ? NAN : value.get<float>());
    }
  }
  if (type == ElementType::kString) tensor.values = texts;
  if (type == ElementType::kInt64) tensor.values = integers;
  if (type == ElementType::kFloat) tensor.values = floats;
  return tensor;
}

Tensor Integers(std::vector<int64_t> shape, std::vector<int64_t> values) {
  return {.shape = std::move(shape), .values = std::move(values)};
}

/// The answer as Python's onnxruntime printed it.
base::Json ToJson(const Value& value) {
  if (const auto* maps = std::get_if<ClassMaps>(&value)) {
    auto rows = base::Json::array();
    for (size_t row = 0; row < maps->rows; ++row) {
      auto object = base::Json::object();
      for (size_t key = 0; key < maps->keys.size(); ++key)
        object[maps->keys[key]] = maps->values[row * maps->keys.size() + key];
      rows.push_back(object);
    }
    return rows;
  }
  const auto& tensor = std::get<Tensor>(value);
  auto flat = std::visit([](const auto& elements) { return base::Json(elements); }, tensor.values);
  if (tensor.shape.size() < 2) return flat;
  auto rows = base::Json::array();
  const auto width = static_cast<size_t>(tensor.shape[1]);
  for (size_t at = 0; at < flat.size(); at += width) {
    auto row = base::Json::array();
    for (size_t i = 0; i < width; ++i) row.push_back(flat[at + i]);
    rows.push_back(row);
  }
  return rows;
}

/// Equal but for the last places of floats, which depend on the machine's instruction set.
void ExpectNear(const base::Json& actual, const base::Json& expected, const std::string& where) {
  if (expected.is_number_float()) {
    EXPECT_NEAR(actual.get<double>(), expected.get<double>(), 2e-6) << where;
  } else if (expected.is_structured()) {
    ASSERT_EQ(actual.size(), expected.size()) << where;
    for (const auto& [key, value] : expected.items()) {
      const auto& found = expected.is_array() ? actual[static_cast<size_t>(std::stoi(key))] : actual.at(key);
      ExpectNear(found, value, where + "/" + key);
    }
  } else {
    EXPECT_EQ(actual, expected) << where;
  }
}

class SessionTest : public ::testing::Test {
 protected:
  std::shared_ptr<Session> Load(const std::string& file, const SessionOptions& options = {}) {
    auto loaded = runtime_.Load(TestFile(file), options);
    EXPECT_TRUE(loaded) << loaded.error().ToString();
    return loaded.value_or(nullptr);
  }

  base::Result<std::vector<Value>> RunGolden(const Session& session, const base::Json& golden) {
    std::vector<Tensor> tensors;
    for (const auto& info : session.inputs()) tensors.push_back(ToTensor(golden.at("inputs").at(info.name), info.type));
    std::vector<NamedTensor> inputs;
    for (size_t i = 0; i < tensors.size(); ++i) inputs.push_back({session.inputs()[i].name, &tensors[i]});
    std::vector<std::string> outputs;
    for (const auto& info : session.outputs()) outputs.push_back(info.name);
    return session.Run(inputs, outputs);
  }

  base::Result<std::vector<Value>> RunCount(const Session& session, int64_t n, const std::string& output,
                                            RunControl* control = nullptr) {
    const auto shape = session.inputs()[0].shape;
    const auto tensor = Integers(shape, {n});
    const NamedTensor input{"n", &tensor};
    return session.Run(std::span(&input, 1), std::span(&output, 1), control);
  }

  Runtime runtime_;
};

TEST_F(SessionTest, AnswersAsPythonsOnnxRuntimeDoes) {
  for (const std::string name : {"logistic_int_plain", "logistic_int_zipmap", "logistic_text_plain",
                                 "logistic_text_zipmap", "forest", "svc", "pipeline", "regression"}) {
    const auto session = Load(name + ".onnx");
    const auto golden = Golden(name);
    const auto answers = RunGolden(*session, golden);
    ASSERT_TRUE(answers) << name << ": " << answers.error().ToString();
    for (size_t i = 0; i < answers->size(); ++i) {
      const auto& output = session->outputs()[i].name;
      ExpectNear(ToJson((*answers)[i]), golden.at("outputs").at(output), name + "/" + output);
    }
  }
}

TEST_F(SessionTest, OnnxRuntimeKeepsNoRecordsOfItsOwn) {
  ASSERT_TRUE(Load("forest.onnx"));
  for (const auto& file : OpenFiles()) EXPECT_THAT(file, Not(HasSubstr("onnxruntime.db")));
}

TEST_F(SessionTest, DescribesWhatGraphsTakeAndGive) {
  const auto session = Load("pipeline.onnx");
  EXPECT_EQ(DescribeType(*session->FindInput("temp")), "float[?,1]");
  EXPECT_EQ(DescribeType(*session->FindInput("hour")), "int64[?,1]");
  EXPECT_EQ(DescribeType(*session->FindInput("origin")), "string[?,1]");
  EXPECT_EQ(session->FindInput("nothing"), nullptr);
  const auto zipmap = Load("logistic_int_zipmap.onnx");
  EXPECT_EQ(DescribeType(*zipmap->FindOutput("output_probability")), "sequence of maps from int64 to float");
}

TEST_F(SessionTest, CarriesEveryElementTypeThroughUnchanged) {
  const auto session = Load("types.onnx");
  const std::vector<Tensor> tensors = {
      {.shape = {1, 2}, .values = std::vector<float>{0.1F, -0.0F}},
      {.shape = {1, 2}, .values = std::vector<double>{0.1, 1e300}},
      {.shape = {1, 2}, .values = std::vector<int32_t>{INT32_MIN, 7}},
      {.shape = {1, 2}, .values = std::vector<int64_t>{INT64_MIN, 7}},
      {.shape = {1, 2}, .values = std::vector<std::string>{std::string("a\0b", 3), ""}},
      {.shape = {1, 2}, .values = std::vector<uint8_t>{0, 1}},
  };
  std::vector<NamedTensor> inputs;
  std::vector<std::string> outputs;
  for (size_t i = 0; i < tensors.size(); ++i) {
    inputs.push_back({session->inputs()[i].name, &tensors[i]});
    outputs.push_back(session->outputs()[i].name);
  }
  const auto answers = session->Run(inputs, outputs);
  ASSERT_TRUE(answers) << answers.error().ToString();
  for (size_t i = 0; i < tensors.size(); ++i) EXPECT_EQ(std::get<Tensor>((*answers)[i]), tensors[i]) << outputs[i];
}

TEST_F(SessionTest, NoRowsAreAnEmptyAnswer) {
  const auto session = Load("forest.onnx");
  const Tensor nothing{.shape = {0, 4}, .values = std::vector<float>()};
  const NamedTensor input{"measures", &nothing};
  const std::vector<std::string> outputs = {"label", "probabilities"};
  const auto answers = session->Run(std::span(&input, 1), outputs);
  ASSERT_TRUE(answers) << answers.error().ToString();
  EXPECT_EQ(std::get<Tensor>((*answers)[1]).size(), 0);
}

TEST_F(SessionTest, NamesTheInputThatIsWrong) {
  const auto session = Load("forest.onnx");
  const std::vector<std::string> outputs = {"label"};
  const auto run = [&](std::string_view name, const Tensor& tensor) {
    const NamedTensor input{name, &tensor};
    return session->Run(std::span(&input, 1), outputs).error().message();
  };
  const Tensor good{.shape = {1, 4}, .values = std::vector<float>(4)};
  EXPECT_EQ(run("measure", good), "the graph has no input 'measure'; did you mean 'measures'?");
  EXPECT_EQ(run("measures", {.shape = {1, 4}, .values = std::vector<double>(4)}),
            "input measures must be float[?,4], not double[1,4]");
  EXPECT_EQ(run("measures", {.shape = {4}, .values = std::vector<float>(4)}),
            "input measures must be float[?,4], not float[4]");
  EXPECT_EQ(run("measures", {.shape = {2, 4}, .values = std::vector<float>(4)}),
            "input measures has 4 values, but its shape is of 8");
  EXPECT_THAT(run("measures", {.shape = {INT64_MAX, INT64_MAX}, .values = std::vector<float>(4)}),
              HasSubstr("too many"));
  EXPECT_THAT(run("measures", {.shape = {-1, 4}, .values = std::vector<float>(4)}), HasSubstr("negative"));
  EXPECT_EQ(session->Run({}, outputs).error().message(), "input measures is missing");
  const NamedTensor input{"measures", &good};
  const std::vector<std::string> unknown = {"labels"};
  EXPECT_EQ(session->Run(std::span(&input, 1), unknown).error().message(),
            "the graph has no output 'labels'; did you mean 'label'?");
}

TEST_F(SessionTest, AMemoryLimitStopsWhatWouldExceedItAndGivesItBack) {
  const auto session = Load("allocates.onnx", {.memory_limit_bytes = 1 << 20});
  EXPECT_TRUE(RunCount(*session, 10, "sum"));
  const auto before = session->memory_bytes();
  const auto refused = RunCount(*session, 1000, "sum");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_THAT(refused.error().message(), HasSubstr("1048576 bytes"));
  EXPECT_EQ(session->memory_bytes(), before);
  EXPECT_TRUE(RunCount(*session, 10, "sum"));
}

TEST_F(SessionTest, WhatOnnxRuntimeReportsGoesToTheLogger) {
  ::testing::internal::CaptureStderr();
  {
    base::Logger logger({});
    Runtime runtime(&logger);
    const auto session = runtime.Load(TestFile("allocates.onnx")).value();
    EXPECT_FALSE(RunCount(*session, 1'000'000, "sum"));
  }
  const auto log = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("\"event\":\"onnxruntime_reported\""));
  EXPECT_THAT(log, HasSubstr("ConstantOfShape"));
}

TEST_F(SessionTest, WithoutALimitAHopelessAllocationIsAnError) {
  const auto refused = RunCount(*Load("allocates.onnx"), 1'000'000, "sum");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnprocessable);
}

TEST_F(SessionTest, AModelThatDoesNotFitItsLimitIsNotLoaded) {
  const auto refused = runtime_.Load(TestFile("external.onnx"));
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(runtime_.Load(TestFile("forest.onnx"), {.intra_op_threads = 2, .memory_limit_bytes = 1}).error().code(),
            ErrorCode::kInvalidArgument);
}

TEST_F(SessionTest, AnotherThreadCanEndARun) {
  const auto session = Load("loops.onnx");
  EXPECT_EQ(ToJson(RunCount(*session, 5, "count").value()[0]), base::Json({5}));
  RunControl control;
  std::jthread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    control.Terminate();
  });
  const auto ended = RunCount(*session, INT64_MAX, "count", &control);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code(), ErrorCode::kCancelled) << ended.error().ToString();
  EXPECT_EQ(RunCount(*session, 5, "count", &control).error().code(), ErrorCode::kCancelled);
  EXPECT_TRUE(RunCount(*session, 5, "count"));
}

TEST_F(SessionTest, RunsFromManyThreadsAtOnce) {
  const auto session = Load("pipeline.onnx");
  const auto golden = Golden("pipeline");
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 20; ++i) {
          const auto answers = RunGolden(*session, golden);
          if (answers && ToJson((*answers)[0]) == golden.at("outputs").at("label")) ++right;
        }
      });
    }
  }
  EXPECT_EQ(right, 80);
}

TEST_F(SessionTest, OutlivesItsRuntime) {
  auto runtime = std::make_unique<Runtime>();
  const auto session = runtime->Load(TestFile("forest.onnx")).value();
  runtime.reset();
  EXPECT_TRUE(RunGolden(*session, Golden("forest")));
}

TEST_F(SessionTest, BrokenFilesAreRefusedWhereverTheyAreCut) {
  const auto whole = TestFile("forest.onnx");
  for (size_t bytes = 0; bytes < whole.size(); bytes += bytes < 64 ? 1 : 97) {
    const auto loaded = runtime_.Load(std::string_view(whole).substr(0, bytes));
    ASSERT_FALSE(loaded.has_value()) << bytes;
    EXPECT_EQ(loaded.error().code(), ErrorCode::kInvalidArgument) << bytes << loaded.error().ToString();
  }
}

TEST_F(SessionTest, AGraphOnnxRuntimeCannotBuildIsRefusedInItsWords) {
  auto renamed = TestFile("forest.onnx");
  for (size_t at = 0; (at = renamed.find("TreeEnsembleClassifier", at)) != std::string::npos;)
    renamed.replace(at, 4, "Bush");
  const auto refused = runtime_.Load(renamed);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("BushEnsembleClassifier"));
}

}  // namespace
}  // namespace gyre::onnx
