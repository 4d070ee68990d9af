#pragma once

#include <array>
#include <string_view>

#include "store/database.h"

namespace gyre::tracking::internal {

/// Numbers are keys inside the database only; outside a run is its 32 hexadecimal digits. Times are microseconds.
///
/// A metric of a run is one row of run_metrics: its latest point and its number (`series`) within the run, under which
/// the history lies, ordered as it is read. NaN is kept as value 0 with is_nan 1, because SQLite turns NaN into NULL.
/// The history has no foreign key: it would cost a look-up per point.
inline constexpr std::string_view kFirst = R"sql(
CREATE TABLE experiments(
  number BIGINT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT) WITHOUT ROWID;
CREATE TABLE experiment_tags(
  experiment BIGINT NOT NULL REFERENCES experiments(number),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(experiment, key)) WITHOUT ROWID;
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
CREATE TABLE run_metrics(
  run BIGINT NOT NULL,
  key TEXT NOT NULL,
  series BIGINT NOT NULL,
  step BIGINT NOT NULL,
  time BIGINT NOT NULL,
  value DOUBLE PRECISION NOT NULL,
  is_nan BIGINT NOT NULL,
  PRIMARY KEY(run, key)) WITHOUT ROWID;
CREATE TABLE run_metric_points(
  run BIGINT NOT NULL,
  series BIGINT NOT NULL,
  time BIGINT NOT NULL,
  step BIGINT NOT NULL,
  value DOUBLE PRECISION NOT NULL,
  is_nan BIGINT NOT NULL,
  PRIMARY KEY(run, series, time, step, value, is_nan)) WITHOUT ROWID;
)sql";

/// Version 2. A batch of metric points is one row of run_metric_journal; folding moves it into run_metric_chunks,
/// packed points of a series in order of (time, step, value). `first` is the place of a chunk's first point as bytes
/// that order as it does. A batch of few metrics writes run_metrics at once; `deferred` is 1 where folding has to.
/// min_value and max_value leave NaN out. run_metric_points is history of version 1, folded at the first start.
/// A run in purged_runs is gone, its metric data not yet; purged_experiments keeps ids from being given again.
inline constexpr std::string_view kMetricsPacked = R"sql(
ALTER TABLE experiments ADD COLUMN artifact_location TEXT NOT NULL DEFAULT '';
UPDATE experiments SET artifact_location = 'mlflow-artifacts:/' || number;
ALTER TABLE runs ADD COLUMN artifact_uri TEXT NOT NULL DEFAULT '';
UPDATE runs SET artifact_uri = 'mlflow-artifacts:/' || experiment || '/' || id || '/artifacts';
ALTER TABLE run_metrics ADD COLUMN experiment BIGINT NOT NULL DEFAULT 0;
ALTER TABLE run_metrics ADD COLUMN min_value DOUBLE PRECISION;
ALTER TABLE run_metrics ADD COLUMN max_value DOUBLE PRECISION;
UPDATE run_metrics SET experiment = (SELECT experiment FROM runs WHERE number = run);
UPDATE run_metrics SET min_value = value, max_value = value WHERE is_nan = 0;
CREATE INDEX run_metrics_by_value ON run_metrics(experiment, key, is_nan, value, run);
CREATE INDEX run_params_by_value ON run_params(key, substr(value, 1, 100), run);
CREATE INDEX run_tags_by_value ON run_tags(key, substr(value, 1, 100), run);
CREATE INDEX experiments_by_creation ON experiments(deleted_at, created_at DESC, number);
CREATE TABLE run_metric_journal(
  run BIGINT NOT NULL,
  number BIGINT NOT NULL,
  deferred BIGINT NOT NULL,
  points BIGINT NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY(run, number)) WITHOUT ROWID;
CREATE TABLE run_metric_chunks(
  run BIGINT NOT NULL,
  series BIGINT NOT NULL,
  first BLOB NOT NULL,
  points BIGINT NOT NULL,
  min_step BIGINT NOT NULL,
  max_step BIGINT NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY(run, series, first));
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
CREATE TABLE run_datasets(
  run BIGINT NOT NULL REFERENCES runs(number),
  dataset BIGINT NOT NULL REFERENCES logged_datasets(number),
  position BIGINT NOT NULL,
  PRIMARY KEY(run, dataset)) WITHOUT ROWID;
CREATE INDEX run_datasets_by_dataset ON run_datasets(dataset, run);
CREATE TABLE run_dataset_tags(
  run BIGINT NOT NULL,
  dataset BIGINT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(run, dataset, key),
  FOREIGN KEY(run, dataset) REFERENCES run_datasets(run, dataset)) WITHOUT ROWID;
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
CREATE TABLE purged_runs(
  run BIGINT NOT NULL PRIMARY KEY);
CREATE TABLE purged_experiments(
  number BIGINT NOT NULL PRIMARY KEY);
)sql";

inline constexpr std::array<store::Migration, 2> kMigrations = {{
    {"tracking", 1, kFirst},
    {"tracking", 2, kMetricsPacked},
}};

}  // namespace gyre::tracking::internal
