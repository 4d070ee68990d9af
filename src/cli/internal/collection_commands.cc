#include "base/text.h"
#include "cli/api.h"
#include "cli/internal/commands.h"
#include "cli/run_watcher.h"
#include "cli/terminal.h"

namespace gyre::cli::internal {
namespace {

std::string Count(const base::Json& report, const char* field, std::string_view one, std::string_view many) {
  const auto number = report.value(field, int64_t{0});
  return fmt::format("{} {}", Grouped(number), number == 1 ? one : many);
}

std::string Amount(const base::Json& amount) {
  return fmt::format("{} ({})", Grouped(amount.value("count", int64_t{0})),
                     base::FormatBytes(amount.value("bytes", uint64_t{0})));
}

/// Asks until the collection has ended.
base::Result<base::Json> Follow(Terminal& terminal, Api& api, base::Json report) {
  while (report.value("state", "") == "running") {
    terminal.Progress("gc", report.value("progress", 0.0), report.value("stage", ""));
    report = TRY(api.Get("/api/v1/gc?wait_seconds=1"));
  }
  terminal.ClearProgress();
  return report;
}

void Show(Terminal& terminal, const base::Json& report) {
  const bool dry_run = report.value("dry_run", false);
  terminal.Line(
      fmt::format("{}: {}, {}, {}, artifacts {}", dry_run ? "would delete" : "deleted",
                  Count(report, "runs", "run", "runs"), Count(report, "experiments", "experiment", "experiments"),
                  Count(report, "logged_models", "logged model", "logged models"), Amount(report.at("artifacts"))));
  const auto& blobs = report.at("blobs");
  terminal.Line(fmt::format("blobs: {} of {} {}", Amount(blobs.at("removed")), Amount(blobs.at("stored")),
                            dry_run ? "would be removed" : "removed"));
  if (blobs.at("spared").value("count", int64_t{0}) > 0) {
    terminal.Line(fmt::format("spared, in use within the last hour: {}", Amount(blobs.at("spared"))));
  }
  for (const auto& kept : report.at("kept")) {
    terminal.Line(
        fmt::format("kept: {} {}: {}", kept.value("kind", ""), kept.value("id", ""), kept.value("reason", "")));
  }
}

base::Result<int> Collect(const Invocation& invocation) {
  const auto api = TRY(Api::Connect(invocation));
  const base::Json request = {{"older_than", invocation.Get("older-than")},
                              {"runs", invocation.All("run")},
                              {"dry_run", invocation.Has("dry-run")}};
  auto report = TRY(api->Post("/api/v1/gc?wait_seconds=1", request));
  report = TRY(Follow(invocation.terminal(), *api, std::move(report)));
  const bool done = report.value("state", "") == "done";
  if (invocation.json()) {
    invocation.terminal().Json(report);
    return done ? kDone : kFailed;
  }
  if (!done) {
    const auto error = report.value("error", base::Json::object());
    return base::Error(base::ParseErrorCode(error.value("error_code", "")), error.value("message", "it failed"),
                       error.value("name", ""));
  }
  Show(invocation.terminal(), report);
  return kDone;
}

}  // namespace

std::vector<Command> CollectionCommands() {
  return {
      {.path = "gc",
       .help = "Remove deleted runs, experiments and logged models for good, and the blobs that nothing needs",
       .options = Concat<Option>({{"--older-than", "TIME", "only what was deleted so long ago, as 30d or 12h", "0s"},
                                  {"--run", "ID", "only this deleted run; may be repeated", "", true},
                                  {"--dry-run", "", "change nothing, tell the same figures"}},
                                 ServerOptions()),
       .run = Collect}};
}

}  // namespace gyre::cli::internal
