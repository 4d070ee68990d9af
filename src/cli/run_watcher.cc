#include "cli/run_watcher.h"

#include <set>
#include <thread>

#include "base/time.h"

namespace gyre::cli {
namespace {

constexpr std::chrono::milliseconds kPoll{60};

std::string Shown(const base::Json& value) {
  if (value.is_number_integer()) return Grouped(value.get<int64_t>());
  if (value.is_number()) return fmt::format("{:.4g}", value.get<double>());
  return value.is_string() ? value.get<std::string>() : base::DumpJson(value);
}

void ShowEnded(Terminal& terminal, const base::Json& step) {
  const auto name = step.value("name", "");
  const auto state = step.value("state", "");
  if (state == "succeeded") {
    const bool cached = step.value("cached", false);
    const auto seconds = step.at("seconds").is_number() ? step.at("seconds").get<double>() : 0.0;
    const auto time = cached ? std::string("cached")
                             : base::FormatDuration(std::chrono::microseconds(static_cast<int64_t>(seconds * 1e6)));
    terminal.Stage(cached ? Terminal::Mark::kCached : Terminal::Mark::kDone, name, DescribeFigures(step.at("figures")),
                   time);
  } else if (state == "skipped") {
    terminal.Stage(Terminal::Mark::kWaiting, name, "not run", "");
  } else {
    const auto message = step.contains("error") ? step.at("error").value("message", state) : state;
    terminal.Stage(Terminal::Mark::kFailed, name, message, "");
  }
}

void ShowRunning(Terminal& terminal, const base::Json& run) {
  for (const auto& step : run.at("steps")) {
    if (step.value("state", "") != "running") continue;
    const auto progress = step.value("progress", base::Json::object());
    terminal.Progress(step.value("name", ""), progress.value("fraction", -1.0), progress.value("note", ""));
    return;
  }
}

bool Ended(const std::string& state) {
  return state != "pending" && state != "running";
}

}  // namespace

std::string Grouped(int64_t value) {
  auto digits = std::to_string(std::abs(value));
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) digits.insert(static_cast<size_t>(at), ",");
  return value < 0 ? "-" + digits : digits;
}

std::string DescribeFigures(const base::Json& figures) {
  std::string text;
  for (const auto& [key, value] : figures.items()) {
    if (!text.empty()) text += ", ";
    const bool counts = value.is_number_integer();
    text += counts ? fmt::format("{} {}", Shown(value), key) : fmt::format("{} {}", key, Shown(value));
  }
  return text;
}

base::Result<base::Json> WatchRun(Api& api, Terminal& terminal, const std::string& run_id) {
  std::set<std::string> shown;
  while (true) {
    auto run = TRY(api.Get("/api/v1/pipeline-runs/" + Encode(run_id)));
    const bool ended = Ended(run.value("state", ""));
    for (const auto& step : run.at("steps")) {
      const auto state = step.value("state", "");
      const bool skipped_early = state == "skipped" && !ended;
      if (Ended(state) && !skipped_early && shown.insert(step.value("name", "")).second) ShowEnded(terminal, step);
    }
    if (ended) return run;
    ShowRunning(terminal, run);
    std::this_thread::sleep_for(kPoll);
  }
}

int ExitCodeOfRun(const base::Json& run) {
  return run.value("state", "") == "succeeded" ? kDone : kFailed;
}

}  // namespace gyre::cli
