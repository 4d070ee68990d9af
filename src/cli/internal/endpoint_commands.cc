#include "base/file.h"
#include "cli/api.h"
#include "cli/internal/commands.h"
#include "cli/terminal.h"

namespace gyre::cli::internal {
namespace {

constexpr uint64_t kMaxPlan = 1 << 20;

std::string EndpointPath(const Invocation& invocation, std::string_view name) {
  return "/api/v1/endpoints/" + Encode(invocation.Get(name));
}

base::Result<int> Deploy(const Invocation& invocation) {
  const auto api = TRY(Api::Connect(invocation));
  const auto endpoint = TRY(api->Put(EndpointPath(invocation, "endpoint"), {{"version", invocation.Get("version")}}));
  if (invocation.json()) {
    invocation.terminal().Json(endpoint);
  } else {
    invocation.terminal().Line(fmt::format("{} serves {}", endpoint.value("name", ""), endpoint.value("champion", "")));
  }
  return kDone;
}

base::Result<int> List(const Invocation& invocation) {
  const auto api = TRY(Api::Connect(invocation));
  const auto answer = TRY(api->Get("/api/v1/endpoints"));
  if (invocation.json()) {
    invocation.terminal().Json(answer);
    return kDone;
  }
  std::vector<std::vector<std::string>> table = {{"ENDPOINT", "CHAMPION", "CANDIDATE", "PREDICTIONS", "LABELS"}};
  for (const auto& endpoint : answer.at("endpoints")) {
    const auto canary = endpoint.value("canary", base::Json());
    const auto figures = endpoint.value("figures", base::Json::object());
    table.push_back({endpoint.value("name", ""), endpoint.value("champion", ""),
                     canary.is_object() ? canary.value("candidate", "") : "-",
                     std::to_string(figures.value("predictions", uint64_t{0})),
                     std::to_string(endpoint.value("labels", int64_t{0}))});
  }
  invocation.terminal().Table(table);
  return kDone;
}

base::Result<int> PrintAnswer(const Invocation& invocation, const base::Result<base::Json>& answer) {
  if (!answer) return answer.error();
  invocation.terminal().Json(*answer);
  return kDone;
}

base::Result<int> Show(const Invocation& invocation) {
  const auto api = TRY(Api::Connect(invocation));
  return PrintAnswer(invocation, api->Get(EndpointPath(invocation, "endpoint")));
}

base::Result<int> Delete(const Invocation& invocation) {
  const auto api = TRY(Api::Connect(invocation));
  const auto path = EndpointPath(invocation, "endpoint");
  const auto deleted = TRY(api->Delete(invocation.Has("forget") ? path + "?forget=true" : path));
  if (invocation.json()) invocation.terminal().Json(deleted);
  return kDone;
}

base::Result<int> StartCanary(const Invocation& invocation) {
  base::Json plan = base::Json::object();
  if (invocation.Has("plan")) {
    const auto text = base::ReadFile(invocation.Get("plan"), kMaxPlan);
    if (!text) return base::Error(base::ErrorCode::kIo, text.error().message(), invocation.Get("plan"));
    plan = TRY(base::ParseYaml(*text, invocation.Get("plan")));
  }
  const auto api = TRY(Api::Connect(invocation));
  return PrintAnswer(invocation, api->Post(EndpointPath(invocation, "endpoint") + "/canaries",
                                           {{"version", invocation.Get("version")}, {"plan", plan}}));
}

base::Result<int> ListCanaries(const Invocation& invocation) {
  const auto api = TRY(Api::Connect(invocation));
  const auto answer = TRY(api->Get("/api/v1/canaries?endpoint=" + Encode(invocation.Get("endpoint"))));
  if (invocation.json()) {
    invocation.terminal().Json(answer);
    return kDone;
  }
  std::vector<std::vector<std::string>> table = {{"CANARY", "ENDPOINT", "CHAMPION", "CANDIDATE", "STATE", "WHY"}};
  for (const auto& canary : answer.at("canaries")) {
    const auto verdict = canary.value("verdict", base::Json());
    table.push_back({canary.value("id", ""), canary.value("endpoint", ""), canary.value("champion", ""),
                     canary.value("candidate", ""), canary.value("state", ""),
                     verdict.is_object() ? verdict.value("reason", "") : ""});
  }
  invocation.terminal().Table(table);
  return kDone;
}

base::Result<int> EndCanary(const Invocation& invocation) {
  const auto api = TRY(Api::Connect(invocation));
  return PrintAnswer(invocation,
                     api->Post(fmt::format("/api/v1/canaries/{}/end", Encode(invocation.Get("canary"))),
                               {{"decision", invocation.Get("decision")}, {"reason", invocation.Get("reason")}}));
}

}  // namespace

std::vector<Command> EndpointCommands() {
  return {
      {.path = "deploy",
       .help = "Give a model version all the traffic of an endpoint",
       .arguments = {{"version", "NAME/NUMBER or NAME@ALIAS"}},
       .options = Concat<Option>({{"--endpoint", "NAME", "made if new", "default"}}, ServerOptions()),
       .run = Deploy},
      {.path = "endpoint list", .help = "Endpoints and their live figures", .options = ServerOptions(), .run = List},
      {.path = "endpoint show",
       .help = "One endpoint",
       .arguments = {{"endpoint", "its name"}},
       .options = ServerOptions(),
       .run = Show},
      {.path = "endpoint delete",
       .help = "Stop serving",
       .arguments = {{"endpoint", "its name"}},
       .options = Concat<Option>({{"--forget", "", "delete its logged rows, labels, windows, alarms and cycles too"}},
                                 ServerOptions()),
       .run = Delete},
      {.path = "canary start",
       .help = "Try a version on a share of an endpoint's traffic",
       .arguments = {{"version", "NAME/NUMBER or NAME@ALIAS"}},
       .options = Concat<Option>({{"--endpoint", "NAME", "where", "default"},
                                  {"--plan", "FILE", "share, metric, limits: YAML (docs/formats/release.md)"}},
                                 ServerOptions()),
       .run = StartCanary},
      {.path = "canary list",
       .help = "Canaries and their verdicts",
       .options = Concat<Option>({{"--endpoint", "NAME", "only of this endpoint"}}, ServerOptions()),
       .run = ListCanaries},
      {.path = "canary end",
       .help = "End a canary by hand",
       .arguments = {{"canary", "its id"}},
       .options = Concat<Option>(
           {{"--decision", "WHAT", "promote, rollback or hold", "rollback", false, {"promote", "rollback", "hold"}},
            {"--reason", "TEXT", "kept with the verdict", "decided by hand"}},
           ServerOptions()),
       .run = EndCanary}};
}

}  // namespace gyre::cli::internal
