#include <gtest/gtest.h>
#include <string_view>

#include "cli/command.h"
#include "cli/terminal.h"

/// The test program is `gyre` for the children that a node of a test starts.
int main(int argc, char** argv) {
  const std::string_view command = argc == 3 ? argv[1] : "";
  if (command == "step" || command == "probe") {
    gyre::cli::Terminal terminal;
    return gyre::cli::RunCommandLine(argc, argv, terminal);
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
