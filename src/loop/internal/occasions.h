#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "loop/internal/cycle_driver.h"
#include "loop/internal/loop_rows.h"
#include "loop/loop.h"

namespace gyre::loop::internal {

/// Sees when a cycle is called for: alarms, schedules, numbers of labels. One thread.
class Occasions {
 public:
  Occasions(const Loop::Deps& deps, CycleDriver& driver) : deps_(deps), driver_(driver) {}

  /// Begins a cycle, or logs why not.
  base::Result<void> Consider(const monitor::Alarm& alarm);
  /// Alarms raised while nobody considered them, oldest first.
  base::Result<std::vector<monitor::Alarm>> Missed();

  /// Begins the cycles that are due by schedule or labels. A refusal is logged once, not at every look.
  base::Result<void> LookAtAll();

 private:
  base::Result<void> LookAt(const StoredConfig& stored);
  base::Result<Mark> MarkOf(const serve::EndpointName& endpoint);
  base::Result<std::optional<Cause>> DueCause(const StoredConfig& stored, const Mark& mark);
  void LogRefusal(const serve::EndpointName& endpoint, std::string_view kind, std::string_view why);

  const Loop::Deps deps_;
  CycleDriver& driver_;
  std::map<std::string, std::string> refused_;  ///< what was last said of an endpoint's schedule or labels
};

}  // namespace gyre::loop::internal
