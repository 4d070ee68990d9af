#include "cli/internal/stage_call.h"

#include "cli/run_watcher.h"
#include "cli/terminal.h"

namespace gyre::cli::internal {

base::Json ParseSource(const std::string& text) {
  const auto colon = text.find(':');
  if (colon == std::string::npos) return {{"dataset", text}};
  base::Json source = {{"run", text.substr(0, colon)}};
  const auto rest = text.substr(colon + 1);
  const auto dot = rest.find('.');
  if (dot != std::string::npos) source["step"] = rest.substr(0, dot);
  source["output"] = dot == std::string::npos ? rest : rest.substr(dot + 1);
  return source;
}

base::Result<int> CallStage(const Invocation& invocation, Api& api, const StageCall& call) {
  const auto started = TRY(api.Post(
      fmt::format("/api/v1/steps/{}/runs", call.uses),
      {{"with", call.with}, {"inputs", call.inputs}, {"files", call.files}, {"force", invocation.Has("force")}}));
  const auto run = TRY(WatchRun(api, invocation.terminal(), started.value("id", "")));
  if (invocation.json()) {
    invocation.terminal().Json(run);
  } else {
    for (const auto& [name, output] : run.at("steps").back()["outputs"].items()) {
      const auto facts = output.value("facts", base::Json::object());
      const auto shown = facts.value("dataset", facts.value("ref", fmt::format("{}:{}", run.value("id", ""), name)));
      invocation.terminal().Line(fmt::format("{}: {}", name, shown));
    }
  }
  return ExitCodeOfRun(run);
}

}  // namespace gyre::cli::internal
