#include "cli/api.h"
#include "cli/internal/commands.h"
#include "cli/terminal.h"

namespace gyre::cli::internal {
namespace {

base::Result<int> List(const Invocation& invocation) {
  const auto api = TRY(Api::Connect(invocation));
  const auto answer = TRY(api->Get("/api/v1/datasets"));
  if (invocation.json()) {
    invocation.terminal().Json(answer);
    return kDone;
  }
  std::vector<std::vector<std::string>> table = {{"DATASET", "VERSIONS", "ROWS", "UPDATED"}};
  for (const auto& dataset : answer.at("datasets")) {
    const auto& latest = dataset.at("latest");
    table.push_back({dataset.value("name", ""), std::to_string(latest.value("number", int64_t{0})),
                     std::to_string(latest.value("rows", uint64_t{0})), dataset.value("updated_at", "")});
  }
  invocation.terminal().Table(table);
  return kDone;
}

base::Result<int> Show(const Invocation& invocation) {
  const auto api = TRY(Api::Connect(invocation));
  const auto version = TRY(api->Get("/api/v1/datasets/" + Encode(invocation.Get("dataset"))));
  if (invocation.json()) {
    invocation.terminal().Json(version);
    return kDone;
  }
  auto& terminal = invocation.terminal();
  terminal.Line(fmt::format("{}  {} rows  {}", version.value("ref", ""), version.value("rows", uint64_t{0}),
                            version.value("id", "")));
  std::vector<std::vector<std::string>> table = {{"COLUMN", "TYPE", "NULLS", "DISTINCT", "MIN", "MAX"}};
  for (const auto& column : version.at("profile")) {
    table.push_back({column.value("name", ""), column.value("type", ""),
                     std::to_string(column.value("nulls", uint64_t{0})),
                     std::to_string(column.value("distinct", uint64_t{0})), base::DumpJson(column.at("min")),
                     base::DumpJson(column.at("max"))});
  }
  terminal.Table(table);
  return kDone;
}

}  // namespace

std::vector<Command> DataCommands() {
  return {{.path = "data list", .help = "Datasets", .options = ServerOptions(), .run = List},
          {.path = "data show",
           .help = "One version of a dataset and its profile",
           .arguments = {{"dataset", "NAME, NAME/NUMBER or an id"}},
           .options = ServerOptions(),
           .run = Show}};
}

}  // namespace gyre::cli::internal
