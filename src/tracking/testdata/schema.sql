CREATE TABLE experiment_tags(
  experiment BIGINT NOT NULL REFERENCES experiments(number),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(experiment, key)) WITHOUT ROWID;
CREATE TABLE experiments(
  number BIGINT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT) WITHOUT ROWID;
CREATE TABLE run_metric_points(
  run BIGINT NOT NULL,
  series BIGINT NOT NULL,
  time BIGINT NOT NULL,
  step BIGINT NOT NULL,
  value DOUBLE PRECISION NOT NULL,
  is_nan BIGINT NOT NULL,
  PRIMARY KEY(run, series, time, step, value, is_nan)) WITHOUT ROWID;
CREATE TABLE run_metrics(
  run BIGINT NOT NULL,
  key TEXT NOT NULL,
  series BIGINT NOT NULL,
  step BIGINT NOT NULL,
  time BIGINT NOT NULL,
  value DOUBLE PRECISION NOT NULL,
  is_nan BIGINT NOT NULL,
  PRIMARY KEY(run, key)) WITHOUT ROWID;
CREATE TABLE run_params(
  run BIGINT NOT NULL REFERENCES runs(number),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(run, key)) WITHOUT ROWID;
CREATE TABLE run_tags(
  run BIGINT NOT NULL REFERENCES runs(number),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(run, key)) WITHOUT ROWID;
CREATE TABLE runs(
  number BIGINT NOT NULL PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  experiment BIGINT NOT NULL REFERENCES experiments(number),
  name TEXT NOT NULL,
  user_id TEXT NOT NULL,
  status TEXT NOT NULL,
  started_at BIGINT NOT NULL,
  ended_at BIGINT,
  deleted_at BIGINT,
  series_count BIGINT NOT NULL) WITHOUT ROWID;
CREATE INDEX runs_by_start ON runs(experiment, deleted_at, started_at DESC, id);
