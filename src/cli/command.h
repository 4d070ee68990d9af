#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gyre::cli {

/// Exit codes every command keeps to.
enum ExitCode : int {
  kDone = 0,
  kFailed = 1,      ///< the thing asked for failed: a gate, a test, an alarm
  kUsage = 2,       ///< wrong usage, or not built yet
  kUnreachable = 3  ///< could not reach or open what it needs
};
int ExitCodeFor(const base::Error& error);

class Terminal;

/// What the user typed, checked against the command's declaration.
class Invocation {
 public:
  Invocation(Terminal& terminal, std::map<std::string, std::vector<std::string>> values)
      : terminal_(terminal), values_(std::move(values)) {}

  Terminal& terminal() const { return terminal_; }
  bool Has(std::string_view name) const;
  /// The value, or the declared default; empty if there is neither.
  std::string Get(std::string_view name) const;
  std::vector<std::string> All(std::string_view name) const;
  bool json() const { return Has("json"); }

 private:
  Terminal& terminal_;
  std::map<std::string, std::vector<std::string>> values_;
};

struct Argument {
  std::string name;  ///< "dataset"; shown as DATASET
  std::string help;
  bool required = true;
  bool repeated = false;
};

struct Option {
  std::string name;   ///< "--server"
  std::string value;  ///< "URL"; empty for a switch
  std::string help;
  std::string fallback;
  bool repeated = false;
  std::vector<std::string> choices;
  std::string environment = {};  ///< variable that goes before `fallback`
};

/// One command. `run` prints what it found and returns an exit code, or an error that is printed for it.
struct Command {
  std::string path;  ///< "model register"
  std::string help;
  std::vector<Argument> arguments;
  std::vector<Option> options;
  std::function<base::Result<int>(const Invocation&)> run;
  bool hidden = false;
};

/// Every command of the program, in the order of `--help`.
std::vector<Command> AllCommands();

/// Parses and runs. Prints usage errors itself.
int RunCommandLine(int argc, const char* const* argv, Terminal& terminal);

/// Where the home is, if --home does not say.
inline constexpr const char* kHomeVariable = "GYRE_HOME";

/// Options many commands share.
std::vector<Option> ServerOptions();
template <class T>
std::vector<T> Concat(std::vector<T> first, std::vector<T> second) {
  for (auto& item : second) first.push_back(std::move(item));
  return first;
}

}  // namespace gyre::cli
