#include <CLI/CLI.hpp>
#include <cstdlib>

#include "base/text.h"
#include "cli/command.h"
#include "cli/terminal.h"
#include "steps/version.h"

namespace gyre::cli {
namespace {

std::string Upper(std::string text) {
  for (char& c : text) c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

/// "--server" -> "server".
std::string Bare(std::string_view option) {
  return std::string(option.substr(option.find_first_not_of('-')));
}

/// What CLI11 fills in for one command.
struct Bound {
  const Command* command = nullptr;
  CLI::App* app = nullptr;
  std::map<std::string, std::vector<std::string>> values;
  std::map<std::string, bool> switches;
};

/// What the first words of commands stand for.
const std::map<std::string, std::string, std::less<>> kGroups = {
    {"runs", "Runs of pipelines: list, follow, stop"},
    {"data", "Datasets: list, show, ingest, validate, transform, split"},
    {"model", "Models and their versions: register, list, show, alias, delete"},
    {"endpoint", "Where versions answer: list, show, delete"},
    {"canary", "Trials of a version on live traffic: start, list, end"},
    {"monitor", "What live traffic looks like: windows of drift and performance, alarms"},
    {"loop", "Retraining that closes the circle: begin a turn, list turns"},
    {"audit", "Who changed what, and proof of it"}};

CLI::App* Descend(CLI::App* root, const std::string& path) {
  CLI::App* at = root;
  for (const auto part : base::Split(path, ' ')) {
    const std::string name(part);
    const auto found = at->get_subcommands([&](CLI::App* candidate) { return candidate->get_name() == name; });
    if (!found.empty()) {
      at = found.front();
      continue;
    }
    at = at->add_subcommand(name);
    if (const auto group = kGroups.find(name); group != kGroups.end()) at->description(group->second);
  }
  return at;
}

std::vector<std::string> VisibleCommands(CLI::App* app) {
  std::vector<std::string> names;
  for (const auto* command : app->get_subcommands([](CLI::App*) { return true; })) {
    if (!command->get_group().empty()) names.push_back(command->get_name());
  }
  return names;
}

/// CLI11 says only "a subcommand is required" of a word that is no command, and of no word at all.
std::optional<std::string> UnknownCommand(CLI::App* root, std::span<const char* const> words) {
  CLI::App* at = root;
  std::string path = "gyre";
  for (const std::string word : words) {
    const auto all = at->get_subcommands([](CLI::App*) { return true; });
    if (all.empty() || word.starts_with('-')) return {};
    const auto found = std::ranges::find(all, word, [](CLI::App* app) { return app->get_name(); });
    if (found == all.end()) {
      const auto meant = base::ClosestMatch(word, VisibleCommands(at));
      return fmt::format("there is no command '{} {}'{}; see {} --help", path, word,
                         meant ? fmt::format("; did you mean '{}'?", *meant) : "", path);
    }
    at = *found;
    path += " " + word;
  }
  if (const auto all = VisibleCommands(at); !all.empty()) {
    return fmt::format("'{}' needs one of {}; see {} --help", path, base::Join(all, ", "), path);
  }
  return {};
}

void Declare(Bound& bound) {
  const Command& command = *bound.command;
  CLI::App* app = bound.app;
  app->description(command.help);
  if (command.hidden) app->group("");
  for (const auto& argument : command.arguments) {
    auto* option = app->add_option(argument.name, bound.values[argument.name], argument.help)
                       ->type_name("")
                       ->required(argument.required);
    // One at least, be it required or not: CLI11 never fills a positional that may have none.
    option->expected(1, argument.repeated ? 1 << 20 : 1)->allow_extra_args(argument.repeated);
  }
  for (const auto& declared : command.options) {
    const auto key = Bare(declared.name);
    if (declared.value.empty()) {
      app->add_flag(declared.name, bound.switches[key], declared.help);
      continue;
    }
    auto help = declared.help;
    if (!declared.fallback.empty()) help += fmt::format(" (default: {})", declared.fallback);
    auto* option = app->add_option(declared.name, bound.values[key], help)->type_name(Upper(declared.value));
    // One value each time it is written: a list would swallow the arguments after it.
    option->allow_extra_args(false);
    if (!declared.repeated) option->expected(1);
    if (!declared.choices.empty()) option->check(CLI::IsMember(declared.choices));
  }
}

std::map<std::string, std::vector<std::string>> Collect(const Bound& bound) {
  std::map<std::string, std::vector<std::string>> values;
  for (const auto& [name, list] : bound.values) {
    if (!list.empty()) values[name] = list;
  }
  for (const auto& [name, on] : bound.switches) {
    if (on) values[name] = {"true"};
  }
  for (const auto& option : bound.command->options) {
    const auto key = Bare(option.name);
    if (values.contains(key)) continue;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs yet
    const char* set = option.environment.empty() ? nullptr : std::getenv(option.environment.c_str());
    const std::string value = set != nullptr && *set != '\0' ? set : option.fallback;
    if (!value.empty()) values[key] = {value};
  }
  return values;
}

/// Commands read the server's answers as they are documented. JSON of another shape throws; it is no Gyre that sent it.
base::Result<int> RunGuarded(const Command& command, const Invocation& invocation) {
  try {
    return command.run(invocation);
  } catch (const base::Json::exception& thrown) {
    return base::Unavailable(fmt::format(
        "the server answered something unexpected, so it is no Gyre or another version: {}", thrown.what()));
  }
}

int RunBound(const Bound& bound, Terminal& terminal) {
  const Invocation invocation(terminal, Collect(bound));
  if (invocation.json()) terminal.Quiet();
  const auto outcome = RunGuarded(*bound.command, invocation);
  if (outcome) return *outcome;
  terminal.Error(outcome.error(), invocation.json());
  return ExitCodeFor(outcome.error());
}

}  // namespace

int RunCommandLine(int argc, const char* const* argv, Terminal& terminal) {
  CLI::App app("Gyre: the whole MLOps loop in one program. Build, deploy, monitor, and round again.", "gyre");
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string(steps::ProgramVersion()));
  app.failure_message(CLI::FailureMessage::simple);
  const auto commands = AllCommands();
  std::vector<std::unique_ptr<Bound>> bound;
  for (const auto& command : commands) {
    bound.push_back(std::make_unique<Bound>());
    bound.back()->command = &command;
    bound.back()->app = Descend(&app, command.path);
    Declare(*bound.back());
  }
  for (auto* group : app.get_subcommands([](CLI::App*) { return true; })) {
    if (!group->get_subcommands([](CLI::App*) { return true; }).empty()) group->require_subcommand(1);
  }
  const std::span words(argv, static_cast<size_t>(argc));
  if (const auto unknown = UnknownCommand(&app, words.subspan(std::min<size_t>(1, words.size())))) {
    terminal.Error(base::InvalidArgument(*unknown), false);
    return kUsage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? kDone : kUsage;
  }
  for (const auto& one : bound) {
    if (one->app->parsed() && one->app->get_subcommands().empty()) return RunBound(*one, terminal);
  }
  return kUsage;
}

bool Invocation::Has(std::string_view name) const {
  return values_.contains(std::string(name));
}

std::string Invocation::Get(std::string_view name) const {
  const auto found = values_.find(std::string(name));
  return found == values_.end() || found->second.empty() ? std::string() : found->second.back();
}

std::vector<std::string> Invocation::All(std::string_view name) const {
  const auto found = values_.find(std::string(name));
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

int ExitCodeFor(const base::Error& error) {
  switch (error.code()) {
    case base::ErrorCode::kInvalidArgument:
    case base::ErrorCode::kUnimplemented:
    case base::ErrorCode::kUnsupported:
      return kUsage;
    case base::ErrorCode::kUnavailable:
    case base::ErrorCode::kDeadlineExceeded:
    case base::ErrorCode::kIo:
      return kUnreachable;
    default:
      return kFailed;
  }
}

std::vector<Option> ServerOptions() {
  return {{"--server", "URL", "use the server at this address"},
          {"--home", "DIR", "use the server of this home, or open it if none runs", ".gyre", false, {}, kHomeVariable},
          {"--json", "", "print one JSON document and nothing else"}};
}

}  // namespace gyre::cli
