CREATE TABLE label_endpoints(
  number BIGINT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  labels BIGINT NOT NULL,
  watermark BIGINT) WITHOUT ROWID;
CREATE TABLE prediction_labels(
  endpoint BIGINT NOT NULL REFERENCES label_endpoints(number),
  number BIGINT NOT NULL,
  prediction_id BLOB NOT NULL,
  event_time BIGINT NOT NULL,
  label TEXT NOT NULL,
  observed_at BIGINT,
  received_at BIGINT NOT NULL,
  PRIMARY KEY(endpoint, number)) WITHOUT ROWID;
CREATE INDEX prediction_labels_by_event_time ON prediction_labels(endpoint, event_time);
CREATE UNIQUE INDEX prediction_labels_by_id ON prediction_labels(endpoint, prediction_id);
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
CREATE INDEX monitor_alarms_by_endpoint ON monitor_alarms(endpoint, raised_at);
CREATE INDEX monitor_alarms_by_raising ON monitor_alarms(raised_at);
CREATE INDEX monitor_alarms_by_taken ON monitor_alarms(taken, raised_at);
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
CREATE TABLE monitored_endpoints(
  endpoint TEXT NOT NULL PRIMARY KEY,
  config TEXT,
  closed_until BIGINT) WITHOUT ROWID;
