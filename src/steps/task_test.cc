#include "steps/task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"

namespace gyre::steps {
namespace {

using ::testing::HasSubstr;

base::Json Output(base::Json changes = base::Json::object()) {
  base::Json output = {{"kind", "table"}, {"facts", {{"rows", 3}}}, {"files", {{"data.parquet", "/f/data.parquet"}}}};
  output.update(changes);
  return {{"outputs", {{"data", output}}}, {"figures", {{"rows", 3}}}};
}

TEST(TaskTest, ARequestComesBackAsItWasWritten) {
  Task task{.uses = "train",
            .with = {{"label", "rain"}},
            .inputs = {},
            .project_files = {{"a/b.sql", "/p/a/b.sql"}},
            .folder = "/work/x",
            .memory_bytes = 1ULL << 40,
            .threads = 3};
  task.inputs["train"] = {.kind = pipeline::ArtifactKind::kTable,
                          .facts = {{"rows", 7}},
                          .files = {{"data.parquet", "/work/x/inputs/train/data.parquet"}}};
  const auto read = Task::FromJson(base::ParseJson(base::DumpJson(task.ToJson()), "request").value()).value();
  EXPECT_EQ(read.ToJson(), task.ToJson());
  EXPECT_EQ(read.Table("train").value(), "/work/x/inputs/train/data.parquet");
  EXPECT_EQ(read.ProjectFile("a/b.sql").value(), "/p/a/b.sql");
}

TEST(TaskTest, WhatIsNotThereIsNamed) {
  Task task{.uses = "split", .with = {}, .inputs = {}, .project_files = {}};
  EXPECT_THAT(task.Table("data").error().message(), HasSubstr("the step 'split' needs an input called 'data'"));
  EXPECT_THAT(task.ProjectFile("x.sql").error().message(), HasSubstr("'x.sql'"));
  task.inputs["data"] = {.kind = pipeline::ArtifactKind::kModel, .facts = {}, .files = {{"model.json", "/m"}}};
  EXPECT_THAT(task.Table("data").error().message(), HasSubstr("must be a table, not a model"));
}

TEST(TaskTest, RequestsThatAreNotOnesAreRefused) {
  EXPECT_FALSE(Task::FromJson(base::Json::array()));
  EXPECT_FALSE(Task::FromJson({{"uses", "train"}, {"folder", "/f"}, {"memory_bytes", -1}, {"threads", 1}}));
  EXPECT_FALSE(Task::FromJson({{"uses", "train"},
                               {"folder", "/f"},
                               {"memory_bytes", 1},
                               {"threads", 1},
                               {"inputs", {{"x", {{"kind", "sculpture"}}}}}}));
}

TEST(TaskResultTest, ComesBackAsItWasWritten) {
  TaskResult result;
  result.outputs["report"] = {.kind = pipeline::ArtifactKind::kReport, .facts = {{"passed", false}}, .files = {}};
  result.figures = {{"rows", 3}};
  result.failure = base::Unprocessable("too few rows", "rows");
  const auto read = TaskResult::FromJson(result.ToJson());
  ASSERT_TRUE(read) << read.error().ToString() << result.ToJson();
  EXPECT_EQ(read->ToJson(), result.ToJson());
  EXPECT_EQ(read->failure, result.failure);
  EXPECT_TRUE(TaskResult::FromJson(Output()));
}

TEST(TaskResultTest, TheErrorOfAChildThatBrokeIsTheError) {
  const auto error = base::NotFound("there is no column 'x'", "x");
  const auto read = TaskResult::FromJson(BrokenResult(error));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error(), error);
  EXPECT_EQ(TaskResult::FromJson({{"error", {{"error_code", "NO_SUCH"}, {"message", "m"}}}}).error().code(),
            base::ErrorCode::kInternal);
}

TEST(TaskResultTest, WhatAChildMayNotLeaveIsRefused) {
  const std::vector<base::Json> hostile = {
      "text",
      base::Json::array(),
      {{"outputs", 7}},
      {{"outputs", {{"data", 7}}}},
      {{"outputs", {{"../data", Output()["outputs"]["data"]}}}},
      {{"outputs", {{"", Output()["outputs"]["data"]}}}},
      Output({{"kind", "sculpture"}}),
      Output({{"facts", "none"}}),
      Output({{"files", base::Json::object()}}),
      Output({{"files", {{"a", "/a"}, {"b", "/b"}}}}),
      Output({{"files", {{"../../etc/cron.d/x", "/f/x"}}}}),
      Output({{"files", {{"/etc/passwd", "/f/x"}}}}),
      Output({{"files", {{"..", "/f/x"}}}}),
      Output({{"files", {{"data.parquet", 5}}}}),
      {{"failure", "no"}},
      {{"error", 3}},
      {{"error", {{"error_code", 4}, {"message", "m"}}}},
  };
  for (const auto& json : hostile) EXPECT_FALSE(TaskResult::FromJson(json)) << json;
}

class TaskChildTest : public ::testing::Test {
 protected:
  /// The result of a child on this request; it runs in this process, so steps that tell of progress are not for it.
  base::Result<TaskResult> Child(const base::Json& request) {
    EXPECT_TRUE(base::WriteFileAtomic(folder_.path() / kRequestFile, base::DumpJson(request)));
    EXPECT_EQ(RunTaskInChild(folder_.path()), 0);
    const auto text = base::ReadFile(folder_.path() / kResultFile, 1 << 20).value();
    return TaskResult::FromJson(base::ParseJson(text, "result").value());
  }
  Task Request(const std::string& uses, const base::Json& with) {
    return {.uses = uses, .with = with, .inputs = {}, .project_files = {}, .folder = folder_.path()};
  }
  base::TempFolder folder_ = base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-child-test").value();
};

TEST_F(TaskChildTest, LeavesWhatItsStepLeft) {
  ASSERT_TRUE(base::WriteFileAtomic(folder_.path() / "in.csv", "a,b\n1,x\n2,y\n"));
  auto task = Request("ingest", {{"file", "in.csv"}});
  task.project_files["in.csv"] = folder_.path() / "in.csv";
  const auto result = Child(task.ToJson()).value();
  EXPECT_EQ(result.figures, (base::Json{{"rows", 2}, {"columns", 2}}));
  EXPECT_TRUE(std::filesystem::is_regular_file(result.outputs.at("data").files.at("data.parquet")));
}

TEST_F(TaskChildTest, AlwaysLeavesAnAnswer) {
  EXPECT_EQ(Child(Request("ingest", {{"file", "in.csv"}}).ToJson()).error().code(), base::ErrorCode::kNotFound);
  EXPECT_THAT(Child(Request("register", {{"model", "m"}}).ToJson()).error().message(),
              HasSubstr("no step that runs in a child"));
  EXPECT_THAT(Child(Request("nonsense", {}).ToJson()).error().message(), HasSubstr("'nonsense'"));
  EXPECT_EQ(Child({{"uses", 3}}).error().code(), base::ErrorCode::kInvalidArgument);
}

TEST_F(TaskChildTest, SaysByItsExitCodeThatItCouldNotEvenAnswer) {
  EXPECT_NE(RunTaskInChild(folder_.path() / "not-there"), 0);
}

}  // namespace
}  // namespace gyre::steps
