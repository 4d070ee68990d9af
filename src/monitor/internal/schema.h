#pragma once

#include <array>

#include "store/database.h"

namespace gyre::monitor::internal {

/// Times are microseconds. `drift`, `performance`, `evidence` and `config` are JSON. An alarm is raised once per
/// window, kind and subject, whatever is evaluated again; `taken` says whether it has been acted on.
inline constexpr std::array<store::Migration, 1> kMonitorMigrations = {{{"monitor", 1, R"sql(
CREATE TABLE monitored_endpoints(
  endpoint TEXT NOT NULL PRIMARY KEY,
  config TEXT,
  closed_until BIGINT) WITHOUT ROWID;
CREATE TABLE monitor_windows(
  id TEXT NOT NULL PRIMARY KEY,
  endpoint TEXT NOT NULL,
  window_from BIGINT NOT NULL,
  window_until BIGINT NOT NULL,
  version TEXT NOT NULL,
  row_count BIGINT NOT NULL,
  answered_by TEXT NOT NULL,
  judged BIGINT NOT NULL,
  drift TEXT NOT NULL,
  features BIGINT NOT NULL,
  drifted_features BIGINT NOT NULL,
  drifted BIGINT NOT NULL,
  labels BIGINT NOT NULL,
  performance TEXT NOT NULL,
  performance_at BIGINT,
  created_at BIGINT NOT NULL,
  UNIQUE(endpoint, window_from)) WITHOUT ROWID;
CREATE INDEX monitor_windows_by_creation ON monitor_windows(created_at);
CREATE TABLE monitor_alarms(
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  version TEXT NOT NULL,
  window_id TEXT NOT NULL REFERENCES monitor_windows(id),
  subject TEXT NOT NULL,
  event_time BIGINT NOT NULL,
  raised_at BIGINT NOT NULL,
  reason TEXT NOT NULL,
  evidence TEXT NOT NULL,
  taken BIGINT NOT NULL,
  UNIQUE(window_id, kind, subject)) WITHOUT ROWID;
CREATE INDEX monitor_alarms_by_raising ON monitor_alarms(raised_at);
CREATE INDEX monitor_alarms_by_endpoint ON monitor_alarms(endpoint, raised_at);
CREATE INDEX monitor_alarms_by_taken ON monitor_alarms(taken, raised_at);
)sql"}}};

}  // namespace gyre::monitor::internal
