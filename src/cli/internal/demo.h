#pragma once

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "cli/api.h"
#include "cli/internal/live_traffic.h"
#include "cli/internal/signals.h"
#include "cli/terminal.h"

namespace gyre::cli::internal {

/// The weather example through the whole loop against a running server, as its client: sends the project, runs the
/// pipeline, lives the later months against the endpoint and watches what the loop makes of it. Whatever it prints it
/// has read from the API. One thread.
class Demo {
 public:
  struct Options {
    std::filesystem::path project;
    std::filesystem::path memory;  ///< file that remembers the last replay, so that the same one is not lived twice
    std::string url;
    bool bad_candidate = false;  ///< the loop trains on shuffled labels, without gates: it must be rolled back
  };
  Demo(const Options& options, Api& api, Terminal& terminal, StopSignals& signals)
      : options_(options), api_(api), terminal_(terminal), signals_(signals) {}

  /// Runs everything; an error also for a gate that said no. kCancelled if a signal came.
  base::Result<void> Run();

  /// What `gyre demo --once --json` prints.
  const base::Json& report() const { return report_; }
  /// Address, curl line and card, for people.
  void PrintFarewell();

 private:
  base::Result<void> RunPipeline();
  base::Result<void> PrepareEndpoint();
  base::Result<std::string> ReplayKey();
  base::Result<bool> RecallReplay();
  base::Result<void> RememberReplay();
  base::Result<void> ResetEndpoint();
  base::Result<void> ConfigureLoop();
  base::Result<void> Live(LiveTraffic& traffic);
  base::Result<void> EndDay();
  base::Result<void> AwaitTraining();
  base::Result<void> EndOfTraffic();
  base::Result<base::Json> NewestCycle();
  base::Result<void> CollectFindings();
  base::Result<void> CollectVerdict(const base::Json& cycle);
  base::Result<void> CheckSignals();
  /// `took` is nothing for what was remembered.
  void AddStage(const std::string& name, std::optional<std::chrono::steady_clock::duration> took,
                const std::string& figure);

  Options options_;
  Api& api_;
  Terminal& terminal_;
  StopSignals& signals_;
  base::Json report_ = {{"stages", base::Json::array()}};
  base::Json snapshot_;
  base::Json run_;  ///< of the pipeline
  std::string endpoint_;
  std::string registered_;  ///< the version this run of the pipeline stands for
  std::string replay_key_;
  std::chrono::steady_clock::duration trained_{};  ///< time that the loop's training took
  std::string watched_run_;                        ///< the loop's training run, once it was shown
};

}  // namespace gyre::cli::internal
