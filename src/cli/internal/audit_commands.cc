#include "cli/api.h"
#include "cli/internal/commands.h"
#include "cli/terminal.h"

namespace gyre::cli::internal {
namespace {

base::Result<int> Verify(const Invocation& invocation) {
  const auto api = TRY(Api::Connect(invocation));
  const auto verdict = TRY(api->Get("/api/v1/audit/verify"));
  const bool intact = verdict.value("intact", false);
  if (invocation.json()) {
    invocation.terminal().Json(verdict);
  } else if (intact) {
    invocation.terminal().Line(
        fmt::format("intact: {} records, head {}", verdict.value("records", int64_t{0}), verdict.value("head", "")));
  } else {
    invocation.terminal().Line(fmt::format("broken at record {}: {}", verdict.value("first_broken", int64_t{0}),
                                           verdict.value("problem", "")));
  }
  return intact ? kDone : kFailed;
}

base::Result<int> List(const Invocation& invocation) {
  const auto api = TRY(Api::Connect(invocation));
  const auto answer = TRY(api->Get(fmt::format("/api/v1/audit?limit={}&after={}", Encode(invocation.Get("limit")),
                                               Encode(invocation.Get("after")))));
  if (invocation.json()) {
    invocation.terminal().Json(answer);
    return kDone;
  }
  std::vector<std::vector<std::string>> table = {{"#", "TIME", "WHO", "WHAT", "OBJECT"}};
  for (const auto& event : answer.at("events")) {
    table.push_back({std::to_string(event.value("sequence", int64_t{0})), event.value("time", ""),
                     event.value("actor", ""), event.value("action", ""),
                     fmt::format("{} {}", event.value("object_type", ""), event.value("object_id", ""))});
  }
  invocation.terminal().Table(table);
  return kDone;
}

}  // namespace

std::vector<Command> AuditCommands() {
  return {{.path = "audit verify",
           .help = "Prove that the audit trail is as it was written",
           .options = ServerOptions(),
           .run = Verify},
          {.path = "audit list",
           .help = "Who changed what",
           .options = Concat<Option>(
               {{"--limit", "N", "at most so many", "100"}, {"--after", "N", "only after this sequence number", "0"}},
               ServerOptions()),
           .run = List}};
}

}  // namespace gyre::cli::internal
