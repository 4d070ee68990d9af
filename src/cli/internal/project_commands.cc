#include "base/text.h"
#include "cli/api.h"
#include "cli/internal/commands.h"
#include "cli/project_sender.h"
#include "cli/run_watcher.h"
#include "cli/terminal.h"
#include "examples/weather.h"

namespace gyre::cli::internal {
namespace {

/// "k=v" pairs; a value that reads as JSON is one, else it is text.
base::Result<base::Json> ParseParams(const std::vector<std::string>& pairs) {
  base::Json params = base::Json::object();
  for (const auto& pair : pairs) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos)
      return base::InvalidArgument(fmt::format("--param takes NAME=VALUE, not '{}'", pair), "param");
    const auto text = pair.substr(equals + 1);
    const auto value = base::ParseJson(text, "value");
    params[pair.substr(0, equals)] = value ? *value : base::Json(text);
  }
  return params;
}

/// The pipeline asked for, or the only one there is.
base::Result<std::string> ChoosePipeline(const base::Json& snapshot, const std::string& asked) {
  if (!asked.empty()) return asked;
  const auto pipelines = snapshot.at("spec").value("pipelines", base::Json::object());
  if (pipelines.size() == 1) return pipelines.begin().key();
  std::vector<std::string> names;
  for (const auto& [name, unused] : pipelines.items()) names.push_back(name);
  return base::InvalidArgument(fmt::format("say which pipeline to run: {}", base::Join(names, ", ")), "pipeline");
}

base::Result<int> Run(const Invocation& invocation) {
  const auto params = TRY(ParseParams(invocation.All("param")));
  const auto api = TRY(Api::Connect(invocation));
  const auto snapshot = TRY(SendProject(*api, invocation.Get("project")));
  const auto pipeline = TRY(ChoosePipeline(snapshot, invocation.Get("pipeline")));
  const auto path =
      fmt::format("/api/v1/projects/{}/pipelines/{}/runs", Encode(snapshot.value("project", "")), Encode(pipeline));
  const auto started = TRY(api->Post(path, {{"snapshot", snapshot.at("id")},
                                            {"params", params},
                                            {"until", invocation.Get("until")},
                                            {"force", invocation.Has("force")}}));
  const auto run = TRY(WatchRun(*api, invocation.terminal(), started.value("id", "")));
  if (invocation.json()) invocation.terminal().Json(run);
  if (!invocation.json() && run.contains("error")) invocation.terminal().Note(run.at("error").value("message", ""));
  return ExitCodeOfRun(run);
}

base::Result<int> ListRuns(const Invocation& invocation) {
  const auto api = TRY(Api::Connect(invocation));
  const auto runs = TRY(api->Get("/api/v1/pipeline-runs?limit=" + Encode(invocation.Get("limit"))));
  if (invocation.json()) {
    invocation.terminal().Json(runs);
    return kDone;
  }
  std::vector<std::vector<std::string>> table = {{"RUN", "PIPELINE", "STATE", "CREATED", "WHY"}};
  for (const auto& run : runs.at("runs")) {
    table.push_back({run.value("id", ""), run.value("pipeline", ""), run.value("state", ""),
                     run.value("created_at", ""), run.at("trigger").value("reason", "")});
  }
  invocation.terminal().Table(table);
  return kDone;
}

base::Result<int> ShowRun(const Invocation& invocation) {
  const auto api = TRY(Api::Connect(invocation));
  const auto run = TRY(api->Get("/api/v1/pipeline-runs/" + Encode(invocation.Get("run"))));
  if (invocation.json()) {
    invocation.terminal().Json(run);
    return kDone;
  }
  TRY(WatchRun(*api, invocation.terminal(), run.value("id", "")));
  return kDone;
}

base::Result<int> CancelRun(const Invocation& invocation) {
  const auto api = TRY(Api::Connect(invocation));
  const auto run = TRY(
      api->Post(fmt::format("/api/v1/pipeline-runs/{}/cancel", Encode(invocation.Get("run"))), base::Json::object()));
  if (invocation.json()) invocation.terminal().Json(run);
  return kDone;
}

base::Result<int> Init(const Invocation& invocation) {
  const std::filesystem::path folder = invocation.Get("folder");
  const auto written = TRY(examples::WriteWeather(folder));
  if (invocation.json()) {
    base::Json files = base::Json::array();
    for (const auto& file : written) files.push_back(file);
    invocation.terminal().Json({{"folder", folder.string()}, {"files", files}});
    return kDone;
  }
  for (const auto& file : written) invocation.terminal().Line(fmt::format("  {}", (folder / file).string()));
  invocation.terminal().Line(fmt::format("Run it with: gyre run --project {}", folder.string()));
  return kDone;
}

}  // namespace

std::vector<Command> ProjectCommands() {
  return {{.path = "init",
           .help = "Make a project that runs: the weather example, to change into your own",
           .arguments = {{"folder", "where; must not have a gyre.yaml yet"}},
           .options = {{"--json", "", "print one JSON document and nothing else"}},
           .run = Init},
          {.path = "run",
           .help = "Run a pipeline of the project in a folder",
           .arguments = {{"pipeline", "which; may be left out if there is one", false}},
           .options = Concat<Option>({{"--project", "DIR", "the folder with gyre.yaml", "."},
                                      {"--param", "NAME=VALUE", "set a parameter of the pipeline", "", true},
                                      {"--until", "STEP", "stop after this step"},
                                      {"--force", "", "run every step even if its result is known"}},
                                     ServerOptions()),
           .run = Run},
          {.path = "runs list",
           .help = "Pipeline runs, newest first",
           .options = Concat<Option>({{"--limit", "N", "at most so many", "20"}}, ServerOptions()),
           .run = ListRuns},
          {.path = "runs show",
           .help = "Follow or show one run",
           .arguments = {{"run", "its id"}},
           .options = ServerOptions(),
           .run = ShowRun},
          {.path = "runs cancel",
           .help = "Stop a run",
           .arguments = {{"run", "its id"}},
           .options = ServerOptions(),
           .run = CancelRun}};
}

}  // namespace gyre::cli::internal
