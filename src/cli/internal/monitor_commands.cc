#include "cli/api.h"
#include "cli/internal/commands.h"
#include "cli/terminal.h"

namespace gyre::cli::internal {
namespace {

base::Result<int> Windows(const Invocation& invocation) {
  const auto api = TRY(Api::Connect(invocation));
  const auto answer = TRY(api->Get("/api/v1/windows?endpoint=" + Encode(invocation.Get("endpoint"))));
  if (invocation.json()) {
    invocation.terminal().Json(answer);
    return kDone;
  }
  std::vector<std::vector<std::string>> table = {{"FROM", "UNTIL", "ROWS", "DRIFTED", "LABELS", "PERFORMANCE"}};
  for (const auto& window : answer.at("windows")) {
    std::string performance;
    for (const auto& [metric, value] : window.at("performance").items()) {
      if (value.is_number())
        performance += fmt::format("{}{} {:.4g}", performance.empty() ? "" : ", ", metric, value.get<double>());
    }
    table.push_back({window.value("from", ""), window.value("until", ""),
                     std::to_string(window.value("rows", int64_t{0})), window.value("drifted", false) ? "yes" : "no",
                     std::to_string(window.value("labels", int64_t{0})), performance});
  }
  invocation.terminal().Table(table);
  return kDone;
}

/// Exit code 1 if there are alarms, so that scripts can ask.
base::Result<int> Alarms(const Invocation& invocation) {
  const auto api = TRY(Api::Connect(invocation));
  const auto answer = TRY(api->Get("/api/v1/alarms?endpoint=" + Encode(invocation.Get("endpoint"))));
  const int code = answer.at("alarms").empty() ? kDone : kFailed;
  if (invocation.json()) {
    invocation.terminal().Json(answer);
    return code;
  }
  std::vector<std::vector<std::string>> table = {{"ALARM", "KIND", "ENDPOINT", "EVENT TIME", "REASON"}};
  for (const auto& alarm : answer.at("alarms")) {
    table.push_back({alarm.value("id", ""), alarm.value("kind", ""), alarm.value("endpoint", ""),
                     alarm.value("event_time", ""), alarm.value("reason", "")});
  }
  invocation.terminal().Table(table);
  return code;
}

base::Result<int> Trigger(const Invocation& invocation) {
  const auto api = TRY(Api::Connect(invocation));
  const auto cycle = TRY(api->Post(fmt::format("/api/v1/endpoints/{}/loop/cycles", Encode(invocation.Get("endpoint"))),
                                   {{"reason", invocation.Get("reason")}}));
  invocation.terminal().Json(cycle);
  return kDone;
}

base::Result<int> Cycles(const Invocation& invocation) {
  const auto api = TRY(Api::Connect(invocation));
  const auto answer = TRY(api->Get("/api/v1/cycles?endpoint=" + Encode(invocation.Get("endpoint"))));
  if (invocation.json()) {
    invocation.terminal().Json(answer);
    return kDone;
  }
  std::vector<std::vector<std::string>> table = {{"CYCLE", "ENDPOINT", "WHY", "STATE", "OUTCOME"}};
  for (const auto& cycle : answer.at("cycles")) {
    table.push_back({cycle.value("id", ""), cycle.value("endpoint", ""), cycle.at("trigger").value("reason", ""),
                     cycle.value("state", ""), cycle.value("outcome", "")});
  }
  invocation.terminal().Table(table);
  return kDone;
}

}  // namespace

std::vector<Command> MonitorCommands() {
  const Option endpoint = {"--endpoint", "NAME", "only of this endpoint"};
  return {{.path = "monitor windows",
           .help = "Closed windows: drift and performance",
           .options = Concat<Option>({endpoint}, ServerOptions()),
           .run = Windows},
          {.path = "monitor alarms",
           .help = "Alarms; exit code 1 if there are any",
           .options = Concat<Option>({endpoint}, ServerOptions()),
           .run = Alarms},
          {.path = "loop trigger",
           .help = "Train an endpoint's model again now",
           .arguments = {{"endpoint", "its name"}},
           .options = Concat<Option>({{"--reason", "TEXT", "kept with the cycle", "started by hand"}}, ServerOptions()),
           .run = Trigger},
          {.path = "loop cycles",
           .help = "Turns of the loop and how they ended",
           .options = Concat<Option>({endpoint}, ServerOptions()),
           .run = Cycles}};
}

}  // namespace gyre::cli::internal
