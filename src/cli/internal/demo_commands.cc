#include "base/file.h"
#include "cli/api.h"
#include "cli/internal/commands.h"
#include "cli/internal/demo.h"
#include "cli/internal/signals.h"
#include "cli/terminal.h"
#include "examples/weather.h"
#include "server/home.h"
#include "server/node.h"

namespace gyre::cli::internal {
namespace {

/// The example of this checkout, else one written into the home, to be changed at will.
base::Result<std::filesystem::path> ExampleFolder(const Invocation& invocation, const std::filesystem::path& home) {
  if (invocation.Has("project")) return std::filesystem::path(invocation.Get("project"));
  std::filesystem::path checkout = "examples/weather";
  if (std::filesystem::exists(checkout / "gyre.yaml")) return checkout;
  auto own = home / "weather";
  if (!std::filesystem::exists(own / "gyre.yaml")) TRY(examples::WriteWeather(own));
  return own;
}

base::Result<server::Settings> DemoSettings(const Invocation& invocation) {
  return server::LoadSettings(std::filesystem::path(invocation.Get("home")) / "server.yaml", {},
                              {{"port", invocation.Get("port")}, {"log-level", "error"}, {"log-format", "text"}});
}

base::Result<int> Finish(const Invocation& invocation, Demo& demo, const base::Result<void>& ran,
                         StopSignals& signals) {
  if (invocation.json()) {
    auto report = demo.report();
    if (!ran) report["error"] = {{"code", base::ErrorCodeName(ran.error().code())}, {"message", ran.error().message()}};
    invocation.terminal().Json(report);
  }
  if (!ran) {
    if (ran.error().code() == base::ErrorCode::kCancelled) return kDone;
    if (!invocation.json()) return ran.error();
    return kFailed;
  }
  const auto verdict = demo.report().value("verdict", base::Json());
  const bool slipped_through =
      invocation.Has("bad-candidate") && (!verdict.is_object() || verdict.value("decision", "") != "rollback");
  if (!invocation.json()) demo.PrintFarewell();
  if (!invocation.Has("once")) {
    invocation.terminal().Note("\n  Serving until Ctrl-C.");
    signals.Wait();
  }
  return slipped_through ? kFailed : kDone;
}

base::Result<int> RunDemo(const Invocation& invocation) {
  StopSignals signals;
  auto home = server::Home::Acquire(invocation.Get("home"));
  if (!home) return base::Unavailable(home.error().message(), home.error().name());
  const auto folder = home->folder();
  const auto project = TRY(ExampleFolder(invocation, folder));
  const auto node =
      TRY(server::Node::Open(std::move(*home), {.settings = TRY(DemoSettings(invocation)), .program = ProgramPath()}));
  const auto url = TRY(node->Listen());
  const auto api = TRY(Api::At(url));
  Demo demo({.project = project,
             .memory = folder / "demo.json",
             .url = url,
             .bad_candidate = invocation.Has("bad-candidate")},
            *api, invocation.terminal(), signals);
  invocation.terminal().Note(fmt::format("Gyre: the weather example, from {} ({})", project.string(), url));
  const auto ran = demo.Run();
  const auto code = Finish(invocation, demo, ran, signals);
  node->Stop();
  return code;
}

}  // namespace

std::vector<Command> DemoCommands() {
  return {
      {.path = "demo",
       .help = "Run the weather example through the whole loop, then serve it",
       .options = {{"--home", "DIR", "where everything is kept", ".gyre"},
                   {"--port", "N", "port to listen on; 0 takes a free one", "5000"},
                   {"--project", "DIR", "the example's folder; examples/weather here, or one in the home"},
                   {"--once", "", "end after the loop instead of serving on"},
                   {"--bad-candidate", "", "let the loop train on shuffled labels: the candidate must be rolled back"},
                   {"--json", "", "print one JSON document and nothing else"}},
       .run = RunDemo}};
}

}  // namespace gyre::cli::internal
