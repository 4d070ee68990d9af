#include "steps/internal/command_step.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steps/testing/steps_home.h"

namespace gyre::steps::internal {
namespace {

using pipeline::State;
using ::testing::HasSubstr;

class CommandStepTest : public ::testing::Test {
 protected:
  /// Runs a shell script as a step "cmd" with these further fields.
  pipeline::RunRecord Run(const std::string& script, const std::string& fields = "outputs: {report: report.json}") {
    auto run = home_.Run(fmt::format("    steps:\n      - {{name: cmd, run: sh x.sh, code: [x.sh], {}}}\n", fields),
                         {{"x.sh", script}});
    EXPECT_TRUE(run) << run.error().ToString();
    return run.value();
  }
  std::string Text(const pipeline::RunRecord& run, const std::string& output, const std::string& file) {
    return home_.blobs().Get(run.Find("cmd")->outputs.at(output).files.at(file).digest, 1 << 20).value();
  }

  testing::StepsHome home_;
};

TEST_F(CommandStepTest, AJsonFileIsAReportWhoseNumbersAreFigures) {
  const auto run = Run(R"(echo '{"loss": 0.25, "rows": 3, "note": "ok", "by": {"x": 1}}' > report.json)");
  ASSERT_EQ(run.state, State::kSucceeded) << run.ToJson();
  EXPECT_EQ(run.steps[0].figures, (base::Json{{"loss", 0.25}, {"rows", 3}}));
  EXPECT_EQ(run.steps[0].outputs.at("report").kind, pipeline::ArtifactKind::kReport);
  EXPECT_EQ(run.steps[0].outputs.at("report").facts["note"], "ok");
  EXPECT_EQ(home_.Tracked(run).metrics.size(), 2u);
}

TEST_F(CommandStepTest, AnOnnxFileIsAModelAndAnythingElseAFile) {
  const auto run = Run("mkdir out; echo graph > out/m.onnx; echo text > 'out/a b.txt'",
                       "outputs: {model: out/m.onnx, text: out/a b.txt}");
  ASSERT_EQ(run.state, State::kSucceeded) << run.ToJson();
  EXPECT_EQ(run.steps[0].outputs.at("model").kind, pipeline::ArtifactKind::kModel);
  EXPECT_EQ(Text(run, "model", "model.onnx"), "graph\n");
  EXPECT_EQ(run.steps[0].outputs.at("text").kind, pipeline::ArtifactKind::kFiles);
  EXPECT_EQ(Text(run, "text", "a b.txt"), "text\n");
}

TEST_F(CommandStepTest, FindsItsInputsAndParameters) {
  const auto run = home_.Run(
      "    params: {depth: 3}\n    steps:\n"
      "      - {name: first, run: sh first.sh, code: [first.sh], outputs: {text: some text.txt}}\n"
      "      - {name: cmd, run: sh x.sh, code: [x.sh, lib/y.sh], inputs: {in: first.text}, with: {d: "
      "\"${params.depth}\"}, "
      "outputs: {all: all.txt}}\n",
      {{"first.sh", "echo hello > 'some text.txt'"},
       {"x.sh", ". lib/y.sh; cat 'inputs/in/some text.txt' params.json > all.txt"},
       {"lib/y.sh", "true"}});
  ASSERT_EQ(run->state, State::kSucceeded) << run->ToJson();
  EXPECT_EQ(Text(*run, "all", "all.txt"), "hello\n{\"d\":3}");
}

TEST_F(CommandStepTest, InputsAreCopiesSoThatAStoredBlobCannotBeDamaged) {
  const auto run = home_.Run(
      "    steps:\n"
      "      - {name: first, run: sh first.sh, code: [first.sh], outputs: {text: t.txt}}\n"
      "      - {name: cmd, run: sh x.sh, code: [x.sh], inputs: {in: first.text}, outputs: {t: t}}\n",
      {{"first.sh", "echo hello > t.txt"},
       {"x.sh", "chmod u+w inputs/in/t.txt; echo damaged > inputs/in/t.txt; echo > t"}});
  ASSERT_EQ(run->state, State::kSucceeded) << run->ToJson();
  EXPECT_EQ(home_.blobs().Get(run->Find("first")->outputs.at("text").files.at("t.txt").digest, 100).value(), "hello\n");
}

TEST_F(CommandStepTest, SeesOnlyTheEnvironmentItNames) {
  ASSERT_EQ(setenv("GYRE_STEPS_TEST_SECRET", "secret", 1), 0);
  ASSERT_EQ(setenv("GYRE_STEPS_TEST_SHOWN", "shown", 1), 0);
  const auto run =
      Run("env > env.txt", "env: [GYRE_STEPS_TEST_SHOWN, GYRE_STEPS_TEST_ABSENT], outputs: {env: env.txt}");
  ASSERT_EQ(run.state, State::kSucceeded) << run.ToJson();
  const auto environment = Text(run, "env", "env.txt");
  EXPECT_THAT(environment, HasSubstr("GYRE_STEPS_TEST_SHOWN=shown\n"));
  EXPECT_EQ(environment.find("secret"), std::string::npos);
  EXPECT_EQ(environment.find("ABSENT"), std::string::npos);
  EXPECT_THAT(environment, HasSubstr("LANG=C.UTF-8\n"));
  // A variable that it sees is part of the key.
  ASSERT_EQ(setenv("GYRE_STEPS_TEST_SHOWN", "changed", 1), 0);
  const auto again =
      Run("env > env.txt", "env: [GYRE_STEPS_TEST_SHOWN, GYRE_STEPS_TEST_ABSENT], outputs: {env: env.txt}");
  EXPECT_THAT(again.steps[0].changed, ::testing::ElementsAre("env.GYRE_STEPS_TEST_SHOWN"));
}

TEST_F(CommandStepTest, FailsWithItsExitCodeAndLastWords) {
  const auto run = Run("echo working; echo 'no module named pandas' >&2; exit 3");
  EXPECT_EQ(run.state, State::kFailed);
  EXPECT_THAT(run.error->message(),
              HasSubstr("the command sh exited with code 3; it last said: no module named pandas"));
  EXPECT_EQ(run.steps[0].log, "working\nno module named pandas\n");
  EXPECT_FALSE(Run("echo working; echo 'no module named pandas' >&2; exit 3").steps[0].cached);
}

TEST_F(CommandStepTest, AProgramThatIsNotThereIsNamed) {
  const auto run = home_.Run("    steps:\n      - {name: cmd, run: no-such-program, outputs: {m: m.onnx}}\n").value();
  EXPECT_THAT(run.error->message(), HasSubstr("no-such-program"));
}

TEST_F(CommandStepTest, WhatItDidNotLeaveIsNamedAndWhatItPrintedKept) {
  const auto run = Run("echo done");
  EXPECT_EQ(run.state, State::kFailed);
  EXPECT_THAT(run.error->message(), HasSubstr("'report.json'"));
  EXPECT_EQ(run.steps[0].log, "done\n");
  EXPECT_TRUE(run.steps[0].outputs.empty());
}

TEST_F(CommandStepTest, ReportsThatAreNoneFailIt) {
  for (const auto* script : {"echo '{' > report.json", "echo '[1]' > report.json", "mkdir report.json",
                             "mkfifo report.json", "ln -s /etc/hostname report.json",
                             "head -c 20000000 /dev/zero > report.json", "ln -s report.json report.json"}) {
    EXPECT_EQ(Run(script).state, State::kFailed) << script;
  }
}

TEST_F(CommandStepTest, MoreMemoryThanItMayHaveIsNotGiven) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers take address space of their own";
#endif
  const auto run =
      Run("head -c 300000000 /dev/zero | tail -n 1 > report.json", "memory_mb: 50, outputs: {r: report.json}");
  EXPECT_EQ(run.state, State::kFailed);
  EXPECT_THAT(run.steps[0].log + run.error->message(), ::testing::ContainsRegex("[Mm]emory|exhausted|report"));
}

}  // namespace
}  // namespace gyre::steps::internal
