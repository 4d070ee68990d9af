#include <cstdlib>
#include <signal.h>

#include "cli/api.h"
#include "cli/internal/commands.h"
#include "cli/internal/signals.h"
#include "cli/terminal.h"
#include "server/home.h"
#include "server/node.h"
#include "server/settings.h"

extern char** environ;

namespace gyre::cli::internal {
namespace {

std::map<std::string, std::string> Environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

base::Result<int> RunServer(const Invocation& invocation) {
  std::map<std::string, std::string> flags;
  for (const auto& doc : server::SettingDocs()) {
    if (invocation.Has(doc.name)) flags[doc.name] = invocation.Get(doc.name);
  }
  StopSignals signals;
  auto home = server::Home::Acquire(invocation.Get("home"));
  if (!home) return base::Unavailable(home.error().message(), home.error().name());
  const auto settings = TRY(server::LoadSettings(home->settings_file(), Environment(), flags));
  TRY(server::CheckExposure(settings));
  const auto node = TRY(server::Node::Open(std::move(*home), {.settings = settings, .program = ProgramPath()}));
  const auto url = TRY(node->Listen());
  invocation.terminal().Line(fmt::format("gyre: listening on {}", url));
  signals.Wait();
  node->Stop();
  return kDone;
}

}  // namespace

std::vector<Command> ServerCommands() {
  std::vector<Option> options = {{"--home", "DIR", "where everything is kept", ".gyre", false, {}, kHomeVariable}};
  for (const auto& doc : server::SettingDocs()) {
    const bool is_switch = doc.name == "allow-unauthenticated";
    options.push_back({"--" + doc.name, is_switch ? "" : "VALUE", doc.help});
  }
  return {{.path = "server",
           .help = "Run the server: every role in one process, one port",
           .options = options,
           .run = RunServer}};
}

}  // namespace gyre::cli::internal
