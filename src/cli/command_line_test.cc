#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/project_sender.h"
#include "cli/terminal.h"

namespace gyre::cli {
namespace {

using ::testing::HasSubstr;

struct Outcome {
  int code = 0;
  std::string out;
  std::string err;

  base::Json json() const { return base::ParseJson(out, "standard output", 256).value(); }
};

class CommandLineTest : public ::testing::Test {
 protected:
  /// "gyre WORDS...", with the home of the test for those commands that take one.
  Outcome Gyre(std::vector<std::string> words) {
    words.insert(words.begin(), "gyre");
    std::vector<const char*> argv;
    for (const auto& word : words) argv.push_back(word.c_str());
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    Terminal terminal;
    Outcome outcome;
    outcome.code = RunCommandLine(static_cast<int>(argv.size()), argv.data(), terminal);
    std::fflush(stdout);
    std::fflush(stderr);
    outcome.out = ::testing::internal::GetCapturedStdout();
    outcome.err = ::testing::internal::GetCapturedStderr();
    return outcome;
  }
  Outcome AtHome(std::vector<std::string> words) {
    words.insert(words.end(), {"--home", home_.string()});
    return Gyre(std::move(words));
  }
  std::string Write(const std::string& name, std::string_view bytes) {
    const auto path = folder_.path() / name;
    EXPECT_TRUE(base::MakeFolders(path.parent_path()));
    EXPECT_TRUE(base::WriteFileAtomic(path, bytes));
    return path.string();
  }

  base::TempFolder folder_ = base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-cli-test").value();
  std::filesystem::path home_ = folder_.path() / "home";
};

TEST_F(CommandLineTest, HelpAndVersionAreAnswers) {
  EXPECT_EQ(Gyre({"--version"}).code, kDone);
  const auto help = Gyre({"--help"});
  EXPECT_EQ(help.code, kDone);
  for (const auto* command : {"demo", "server", "init", "run", "data", "train", "model", "deploy", "canary", "audit"})
    EXPECT_THAT(help.out, HasSubstr(command));
  EXPECT_THAT(help.out, ::testing::Not(HasSubstr("probe")));
  EXPECT_EQ(Gyre({"model", "register", "--help"}).code, kDone);
}

TEST_F(CommandLineTest, EveryVisibleCommandHasHelpAndRunsSomething) {
  for (const auto& command : AllCommands()) {
    EXPECT_FALSE(command.help.empty()) << command.path;
    EXPECT_TRUE(command.run) << command.path;
    if (command.hidden || command.path == "server") continue;
    const bool json =
        std::ranges::any_of(command.options, [](const Option& option) { return option.name == "--json"; });
    EXPECT_TRUE(json) << command.path << " has no --json";
    std::vector<std::string> words;
    for (const auto part : base::Split(command.path, ' ')) words.emplace_back(part);
    words.emplace_back("--help");
    EXPECT_EQ(Gyre(words).code, kDone) << command.path;
  }
}

TEST_F(CommandLineTest, WrongUsageIsTwo) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{},
                                             {"frobnicate"},
                                             {"model"},
                                             {"model", "frobnicate"},
                                             {"model", "register", "rain"},
                                             {"model", "register", "a", "b", "c"},
                                             {"runs", "list", "--limt", "5"},
                                             {"runs", "list", "--limit"},
                                             {"canary", "end", "x", "--decision", "explode"},
                                             {"model", "show", "rain"},
                                             {"run", "--param", "no-equals-sign"}}) {
    const auto outcome = Gyre(words);
    EXPECT_EQ(outcome.code, kUsage) << base::Join(words, " ") << outcome.err;
    EXPECT_FALSE((outcome.err + outcome.out).empty()) << base::Join(words, " ");
  }
  EXPECT_THAT(Gyre({"modl"}).err, HasSubstr("did you mean 'model'?"));
}

TEST_F(CommandLineTest, WhatCannotBeReachedIsThree) {
  EXPECT_EQ(Gyre({"model", "list", "--server", "http://127.0.0.1:1"}).code, kUnreachable);
  EXPECT_EQ(AtHome({"run", "--project", folder_.path() / "nothing"}).code, kUnreachable);
  EXPECT_EQ(AtHome({"data", "ingest", folder_.path() / "nothing.csv"}).code, kUnreachable);
  EXPECT_EQ(AtHome({"model", "register", "rain", folder_.path() / "nothing.onnx"}).code, kUnreachable);
  Write("home2/../file", "");
  EXPECT_EQ(Gyre({"model", "list", "--home", (folder_.path() / "file").string()}).code, kUnreachable);
}

TEST_F(CommandLineTest, AnErrorWithJsonIsJsonOnStandardOutput) {
  std::filesystem::create_directories(home_);
  const auto outcome = AtHome({"model", "show", "none/1", "--json"});
  EXPECT_EQ(outcome.code, kFailed);
  EXPECT_EQ(outcome.json()["error_code"], "NOT_FOUND");
  EXPECT_EQ(outcome.json()["details"]["name"], "none");
  EXPECT_EQ(outcome.err, "");
  EXPECT_THAT(AtHome({"model", "show", "none/1"}).err, HasSubstr("gyre: "));
}

TEST_F(CommandLineTest, ListsOfAnEmptyHome) {
  std::filesystem::create_directories(home_);
  const std::vector<std::pair<std::vector<std::string>, std::string>> lists = {
      {{"data", "list"}, "datasets"},   {{"model", "list"}, "models"},       {{"endpoint", "list"}, "endpoints"},
      {{"canary", "list"}, "canaries"}, {{"monitor", "windows"}, "windows"}, {{"monitor", "alarms"}, "alarms"},
      {{"loop", "cycles"}, "cycles"},   {{"runs", "list"}, "runs"},          {{"audit", "list"}, "events"}};
  for (const auto& [words, name] : lists) {
    auto with_json = words;
    with_json.emplace_back("--json");
    const auto outcome = AtHome(with_json);
    EXPECT_EQ(outcome.code, kDone) << name << outcome.out;
    EXPECT_TRUE(outcome.json()[name].is_array()) << name;
    const auto table = AtHome(words);
    EXPECT_EQ(table.code, kDone) << name;
    EXPECT_FALSE(table.out.empty()) << name;
  }
  EXPECT_EQ(AtHome({"audit", "verify"}).code, kDone);
}

TEST_F(CommandLineTest, DataFromAFileToASplit) {
  const auto csv = Write("weather.csv", "temp,rain\n1,no\n2,yes\n-,no\n");
  auto outcome = AtHome({"data", "ingest", csv, "--null", "-", "--null", "NA"});
  ASSERT_EQ(outcome.code, kDone) << outcome.out << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("data: weather/1"));
  outcome = AtHome({"data", "show", "weather/1", "--json"});
  EXPECT_EQ(outcome.json()["rows"], 3);
  EXPECT_EQ(outcome.json()["profile"][0]["nulls"], 1);

  const auto good = Write("good.yaml", "expectations: [{column: temp, between: [0, 5]}]");
  const auto bad = Write("bad.yaml", "expectations: [{column: temp, not_null: true}]");
  EXPECT_EQ(AtHome({"data", "validate", "weather", good}).code, kDone);
  outcome = AtHome({"data", "validate", "weather", bad, "--json"});
  EXPECT_EQ(outcome.code, kFailed);
  EXPECT_EQ(outcome.json()["state"], "failed");
  EXPECT_THAT(AtHome({"data", "validate", "weather", bad}).out, HasSubstr("1 of 1 expectations do not hold"));

  const auto sql = Write("hot.sql", "SELECT * FROM w WHERE temp > 1");
  outcome = AtHome({"data", "transform", sql, "w=weather", "--name", "hot"});
  EXPECT_EQ(outcome.code, kDone) << outcome.out << outcome.err;
  EXPECT_THAT(AtHome({"data", "list"}).out, HasSubstr("hot"));
  EXPECT_EQ(AtHome({"data", "transform", sql, "weather"}).code, kUsage);
}

TEST_F(CommandLineTest, RunsAProjectAndSaysWhatBecameOfIt) {
  const auto project = folder_.path() / "project";
  Write("project/gyre.yaml",
        "project: p\npipelines:\n  main:\n    params: {n: 3}\n    steps:\n"
        "      - {name: make, run: sh make.sh, code: [make.sh], with: {n: \"${params.n}\"}, outputs: {report: "
        "r.json}}\n");
  Write("project/make.sh", "cat params.json > r.json\n");
  Write("project/secret.txt", "stays here");
  auto outcome = AtHome({"run", "--project", project, "--param", "n=7", "--json"});
  ASSERT_EQ(outcome.code, kDone) << outcome.out << outcome.err;
  EXPECT_EQ(outcome.json()["state"], "succeeded");
  EXPECT_EQ(outcome.json()["steps"][0]["figures"]["n"], 7);
  outcome = AtHome({"run", "main", "--project", project});
  EXPECT_EQ(outcome.code, kDone);
  EXPECT_THAT(outcome.out, HasSubstr("make"));
  EXPECT_EQ(AtHome({"run", "other", "--project", project}).code, kFailed);
  EXPECT_NE(AtHome({"run", "--project", project, "--param", "m=7"}).code, kDone);
  Write("project/make.sh", "echo it broke; exit 1\n");
  outcome = AtHome({"run", "--project", project});
  EXPECT_EQ(outcome.code, kFailed);
  EXPECT_THAT(outcome.out, HasSubstr("it broke"));
}

TEST_F(CommandLineTest, AProjectMayNotHaveFilesFromElsewhereSent) {
  const auto project = folder_.path() / "project";
  Write("secret.csv", "a\n1\n");
  Write("project/gyre.yaml",
        "project: p\npipelines: {main: {steps: [{name: i, uses: ingest, with: {file: ../secret.csv}}]}}\n");
  const auto outcome = AtHome({"run", "--project", project});
  EXPECT_EQ(outcome.code, kUsage) << outcome.out << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("../secret.csv"));
}

TEST_F(CommandLineTest, InitMakesAProjectOnce) {
  const auto folder = folder_.path() / "weather";
  const auto outcome = Gyre({"init", folder, "--json"});
  EXPECT_EQ(outcome.code, kDone);
  EXPECT_TRUE(std::filesystem::exists(folder / "gyre.yaml"));
  EXPECT_EQ(outcome.json()["folder"], folder.string());
  EXPECT_NE(Gyre({"init", folder}).code, kDone);
}

TEST_F(CommandLineTest, TheHomeIsTheVariablesIfNoneIsGiven) {
  const auto other = folder_.path() / "other";
  ASSERT_EQ(setenv("GYRE_HOME", other.c_str(), 1), 0);
  const auto table = Write("a.csv", "a\n1\n");
  EXPECT_EQ(Gyre({"data", "ingest", table}).code, kDone);
  EXPECT_TRUE(std::filesystem::exists(other / "meta.db"));
  EXPECT_EQ(AtHome({"data", "ingest", table}).code, kDone);
  EXPECT_TRUE(std::filesystem::exists(home_ / "meta.db"));
  EXPECT_EQ(Gyre({"model", "list"}).code, kDone);
  unsetenv("GYRE_HOME");
}

TEST_F(CommandLineTest, WhoeverLooksMakesNoHome) {
  const auto outcome = AtHome({"model", "list"});
  EXPECT_EQ(outcome.code, kUnreachable);
  EXPECT_THAT(outcome.err, HasSubstr(home_.string()));
  EXPECT_FALSE(std::filesystem::exists(home_));
}

TEST_F(CommandLineTest, AServerThatIsNotMeantForStrangersDoesNotStart) {
  const auto outcome = AtHome({"server", "--host", "0.0.0.0"});
  EXPECT_EQ(outcome.code, kUsage) << outcome.err;
  EXPECT_EQ(AtHome({"server", "--port", "99999"}).code, kUsage);
}

TEST(ExitCodeTest, SaysWhatToDoAboutIt) {
  EXPECT_EQ(ExitCodeFor(base::InvalidArgument("x")), kUsage);
  EXPECT_EQ(ExitCodeFor(base::Unimplemented("x")), kUsage);
  EXPECT_EQ(ExitCodeFor(base::NotFound("x")), kFailed);
  EXPECT_EQ(ExitCodeFor(base::Unprocessable("x")), kFailed);
  EXPECT_EQ(ExitCodeFor(base::Internal("x")), kFailed);
  EXPECT_EQ(ExitCodeFor(base::Unavailable("x")), kUnreachable);
  EXPECT_EQ(ExitCodeFor(base::Error(base::ErrorCode::kIo, "x")), kUnreachable);
}

}  // namespace
}  // namespace gyre::cli
