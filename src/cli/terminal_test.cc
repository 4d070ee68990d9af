#include "cli/terminal.h"

#include <gtest/gtest.h>

namespace gyre::cli {
namespace {

struct Printed {
  std::string out;
  std::string err;
};

/// What `print` prints; neither is a terminal in a test.
template <class Print>
Printed Capture(Print print) {
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  Terminal terminal;
  print(terminal);
  std::fflush(stdout);
  std::fflush(stderr);
  return {::testing::internal::GetCapturedStdout(), ::testing::internal::GetCapturedStderr()};
}

TEST(TerminalTest, FactsGoToOneStreamAndNotesAndErrorsToTheOther) {
  const auto printed = Capture([](Terminal& terminal) {
    terminal.Line("fact");
    terminal.Note("note");
    terminal.Error(base::NotFound("there is no 'x'", "x"), false);
  });
  EXPECT_EQ(printed.out, "fact\n");
  EXPECT_EQ(printed.err, "note\ngyre: there is no 'x'\n");
}

TEST(TerminalTest, WithoutATerminalNothingMovesAndNothingIsColoured) {
  const auto printed = Capture([](Terminal& terminal) {
    EXPECT_FALSE(terminal.is_terminal());
    terminal.Progress("train", 0.5, "trial 4 of 8");
    terminal.Stage(Terminal::Mark::kDone, "train", "8 trials", "1.2 s");
    terminal.Stage(Terminal::Mark::kFailed, "test", "not good enough", "");
    terminal.Line(terminal.Bold("head"));
  });
  EXPECT_EQ(printed.err, "");
  EXPECT_EQ(printed.out.find('\033'), std::string::npos);
  EXPECT_EQ(printed.out.find('\r'), std::string::npos);
  EXPECT_NE(printed.out.find("✓ train"), std::string::npos);
  EXPECT_NE(printed.out.find("✗ test"), std::string::npos);
  EXPECT_NE(printed.out.find("not good enough\n"), std::string::npos);
}

TEST(TerminalTest, AQuietOneSaysOnlyFactsAndErrors) {
  const auto printed = Capture([](Terminal& terminal) {
    terminal.Quiet();
    terminal.Stage(Terminal::Mark::kDone, "train", "8 trials", "1.2 s");
    terminal.Note("note");
    terminal.Json({{"state", "succeeded"}});
  });
  EXPECT_EQ(printed.out, "{\n  \"state\": \"succeeded\"\n}\n");
  EXPECT_EQ(printed.err, "");
}

TEST(TerminalTest, AnErrorAsJsonIsOnStandardOutput) {
  const auto printed =
      Capture([](Terminal& terminal) { terminal.Error(base::Unprocessable("too \"few\" rows", "rows"), true); });
  EXPECT_EQ(
      base::ParseJson(printed.out, "out").value(),
      (base::Json{{"error_code", "UNPROCESSABLE"}, {"message", "too \"few\" rows"}, {"details", {{"name", "rows"}}}}));
  EXPECT_EQ(printed.err, "");
}

TEST(TerminalTest, TablesAreAlignedByCharactersNotBytes) {
  const auto printed =
      Capture([](Terminal& terminal) { terminal.Table({{"NAME", "N"}, {"zürich", "1"}, {"rain", "22"}}); });
  EXPECT_EQ(printed.out, "NAME    N\nzürich  1\nrain    22\n");
}

TEST(TerminalTest, TextsFromElsewhereCannotMoveTheCursor) {
  const auto printed = Capture([](Terminal& terminal) {
    terminal.Line(
        "a\033[2Jb\rc\ad\033]0;title\007e\x7f\xC2\x9B"
        "f\tü");
    terminal.Error(base::NotFound("no \033[1A'x'"), false);
    terminal.Stage(Terminal::Mark::kFailed, "x", "last words: \033[2K\b", "");
  });
  EXPECT_EQ(printed.out.substr(0, printed.out.find('\n')), "a[2Jbcd]0;titleef\tü");
  EXPECT_EQ(printed.err, "gyre: no [1A'x'\n");
  EXPECT_EQ(printed.out.find('\033'), std::string::npos);
}

}  // namespace
}  // namespace gyre::cli
