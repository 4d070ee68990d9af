#include "cli/command.h"
#include "cli/terminal.h"

int main(int argc, char** argv) {
  gyre::cli::Terminal terminal;
  return gyre::cli::RunCommandLine(argc, argv, terminal);
}
