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
  deleted_at BIGINT, artifact_location TEXT NOT NULL DEFAULT '') WITHOUT ROWID;
CREATE INDEX experiments_by_creation ON experiments(deleted_at, created_at DESC, number);
CREATE TABLE logged_datasets(
  number BIGINT NOT NULL PRIMARY KEY,
  experiment BIGINT NOT NULL REFERENCES experiments(number),
  name TEXT NOT NULL,
  digest TEXT NOT NULL,
  source_type TEXT NOT NULL,
  source TEXT NOT NULL,
  schema TEXT,
  profile TEXT);
CREATE UNIQUE INDEX logged_datasets_by_name ON logged_datasets(experiment, name, digest);
CREATE TABLE logged_model_metrics(
  model BIGINT NOT NULL REFERENCES logged_models(number),
  key TEXT NOT NULL,
  dataset_name TEXT NOT NULL,
  dataset_digest TEXT NOT NULL,
  step BIGINT NOT NULL,
  time BIGINT NOT NULL,
  value DOUBLE PRECISION NOT NULL,
  is_nan BIGINT NOT NULL,
  run TEXT NOT NULL,
  PRIMARY KEY(model, key, dataset_name, dataset_digest, step, time, value, is_nan, run)) WITHOUT ROWID;
CREATE TABLE logged_model_params(
  model BIGINT NOT NULL REFERENCES logged_models(number),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(model, key)) WITHOUT ROWID;
CREATE TABLE logged_model_tags(
  model BIGINT NOT NULL REFERENCES logged_models(number),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(model, key)) WITHOUT ROWID;
CREATE TABLE logged_models(
  number BIGINT NOT NULL PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  experiment BIGINT NOT NULL REFERENCES experiments(number),
  name TEXT NOT NULL,
  model_type TEXT NOT NULL,
  source_run TEXT,
  artifact_uri TEXT NOT NULL,
  status TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT) WITHOUT ROWID;
CREATE INDEX logged_models_by_creation ON logged_models(experiment, deleted_at, created_at DESC, id);
CREATE TABLE purged_experiments(
  number BIGINT NOT NULL PRIMARY KEY);
CREATE TABLE purged_runs(
  run BIGINT NOT NULL PRIMARY KEY);
CREATE TABLE run_dataset_tags(
  run BIGINT NOT NULL,
  dataset BIGINT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(run, dataset, key),
  FOREIGN KEY(run, dataset) REFERENCES run_datasets(run, dataset)) WITHOUT ROWID;
CREATE TABLE run_datasets(
  run BIGINT NOT NULL REFERENCES runs(number),
  dataset BIGINT NOT NULL REFERENCES logged_datasets(number),
  position BIGINT NOT NULL,
  PRIMARY KEY(run, dataset)) WITHOUT ROWID;
CREATE INDEX run_datasets_by_dataset ON run_datasets(dataset, run);
CREATE TABLE run_metric_chunks(
  run BIGINT NOT NULL,
  series BIGINT NOT NULL,
  first BLOB NOT NULL,
  points BIGINT NOT NULL,
  min_step BIGINT NOT NULL,
  max_step BIGINT NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY(run, series, first));
CREATE TABLE run_metric_journal(
  run BIGINT NOT NULL,
  number BIGINT NOT NULL,
  deferred BIGINT NOT NULL,
  points BIGINT NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY(run, number)) WITHOUT ROWID;
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
  is_nan BIGINT NOT NULL, experiment BIGINT NOT NULL DEFAULT 0, min_value DOUBLE PRECISION, max_value DOUBLE PRECISION,
  PRIMARY KEY(run, key)) WITHOUT ROWID;
CREATE INDEX run_metrics_by_value ON run_metrics(experiment, key, is_nan, value, run);
CREATE TABLE run_model_inputs(
  run BIGINT NOT NULL REFERENCES runs(number),
  model TEXT NOT NULL,
  position BIGINT NOT NULL,
  PRIMARY KEY(run, model)) WITHOUT ROWID;
CREATE TABLE run_model_outputs(
  run BIGINT NOT NULL REFERENCES runs(number),
  model TEXT NOT NULL,
  position BIGINT NOT NULL,
  step BIGINT NOT NULL,
  PRIMARY KEY(run, model)) WITHOUT ROWID;
CREATE TABLE run_params(
  run BIGINT NOT NULL REFERENCES runs(number),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(run, key)) WITHOUT ROWID;
CREATE INDEX run_params_by_value ON run_params(key, substr(value, 1, 100), run);
CREATE TABLE run_tags(
  run BIGINT NOT NULL REFERENCES runs(number),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(run, key)) WITHOUT ROWID;
CREATE INDEX run_tags_by_value ON run_tags(key, substr(value, 1, 100), run);
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
  series_count BIGINT NOT NULL, artifact_uri TEXT NOT NULL DEFAULT '') WITHOUT ROWID;
CREATE INDEX runs_by_start ON runs(experiment, deleted_at, started_at DESC, id);
