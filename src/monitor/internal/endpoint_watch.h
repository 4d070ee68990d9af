#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "monitor/internal/findings.h"
#include "monitor/internal/window_store.h"
#include "monitor/monitor.h"

namespace gyre::monitor::internal {

/// The evaluation of one endpoint: which windows are due, what they say, what that raises. One thread at a time.
class EndpointWatch {
 public:
  EndpointWatch(serve::EndpointName endpoint, const Monitor::Options& options, const Monitor::Deps& deps,
                WindowStore& store, Findings& findings)
      : endpoint_(std::move(endpoint)), options_(options), deps_(deps), store_(store), findings_(findings) {}

  /// `configured` changes whenever a configuration has.
  base::Result<void> Evaluate(uint64_t configured);

 private:
  base::Result<void> Load();
  base::Result<void> CloseDueWindows();
  base::Result<void> CloseWindows(base::Timestamp first, base::Timestamp watermark,
                                  const registry::VersionRef& champion);
  base::Result<void> CloseWindow(LogView& view, WindowReport report, const model::ReferenceProfile& profile);
  base::Result<model::ReferenceProfile> LoadProfile(const registry::VersionRef& version);

  base::Result<void> JudgeLabelled();
  base::Result<void> NoteNewLabels();
  base::Result<bool> JudgeWindow(WindowMark& mark);
  bool IsWorthJudging(const WindowMark& mark, int64_t labels) const;

  void ShowDrift(const WindowReport& report);
  void ShowPerformance(const WindowReport& report);
  void Raise(Alarm alarm);

  const serve::EndpointName endpoint_;
  const Monitor::Options& options_;
  const Monitor::Deps& deps_;
  WindowStore& store_;
  Findings& findings_;

  // What the database has, so that a tick with nothing to do does not ask it.
  bool loaded_ = false;
  std::optional<uint64_t> configured_;  ///< which `config_` is
  MonitorConfig config_;
  std::optional<base::Timestamp> closed_until_;
  std::vector<WindowMark> marks_;  ///< closed windows by `from`

  std::set<size_t> waiting_;                                    ///< positions in `marks_` whose labels may have changed
  int64_t seen_labels_ = 0;                                     ///< labels that `waiting_` has taken note of
  base::Timestamp shown_performance_ = base::Timestamp::min();  ///< `from` of the window the gauges show
};

}  // namespace gyre::monitor::internal
