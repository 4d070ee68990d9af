CREATE TABLE loop_configs(
  endpoint TEXT NOT NULL PRIMARY KEY,
  config TEXT NOT NULL,
  alarms_seen BIGINT NOT NULL,
  updated_at BIGINT NOT NULL) WITHOUT ROWID;
CREATE TABLE loop_cycles(
  number BIGINT NOT NULL PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  endpoint TEXT NOT NULL,
  config TEXT NOT NULL,
  cause TEXT NOT NULL,
  state TEXT NOT NULL,
  started_at BIGINT NOT NULL,
  event_time BIGINT NOT NULL,
  champion TEXT NOT NULL,
  labels BIGINT NOT NULL,
  pipeline_run TEXT NOT NULL,
  candidate TEXT NOT NULL,
  canary TEXT NOT NULL,
  outcome TEXT NOT NULL,
  ended_at BIGINT) WITHOUT ROWID;
CREATE INDEX loop_cycles_by_end ON loop_cycles(ended_at, number);
CREATE INDEX loop_cycles_by_endpoint ON loop_cycles(endpoint, number);
CREATE TABLE loop_marks(
  endpoint TEXT NOT NULL PRIMARY KEY,
  champion TEXT NOT NULL,
  labels BIGINT NOT NULL,
  event_time BIGINT) WITHOUT ROWID;
