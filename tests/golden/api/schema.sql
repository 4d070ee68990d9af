CREATE INDEX audit_log_object ON audit_log(object_type, object_id);
CREATE INDEX canaries_by_endpoint ON canaries(endpoint, number);
CREATE INDEX canaries_by_state ON canaries(state, endpoint);
CREATE INDEX dataset_parents_by_parent ON dataset_parents(parent);
CREATE INDEX dataset_versions_by_pipeline_run ON dataset_versions(pipeline_run);
CREATE INDEX loop_cycles_by_end ON loop_cycles(ended_at, number);
CREATE INDEX loop_cycles_by_endpoint ON loop_cycles(endpoint, number);
CREATE INDEX model_aliases_by_version ON model_aliases(version, alias);
CREATE INDEX model_versions_by_pipeline_run ON model_versions(model, pipeline_run);
CREATE INDEX monitor_alarms_by_endpoint ON monitor_alarms(endpoint, raised_at);
CREATE INDEX monitor_alarms_by_raising ON monitor_alarms(raised_at);
CREATE INDEX monitor_alarms_by_taken ON monitor_alarms(taken, raised_at);
CREATE INDEX monitor_windows_by_creation ON monitor_windows(created_at);
CREATE INDEX pipeline_runs_created ON pipeline_runs(created_at);
CREATE INDEX pipeline_runs_state ON pipeline_runs(state);
CREATE INDEX prediction_labels_by_event_time ON prediction_labels(endpoint, event_time);
CREATE UNIQUE INDEX prediction_labels_by_id ON prediction_labels(endpoint, prediction_id);
CREATE INDEX runs_by_start ON runs(experiment, deleted_at, started_at DESC, id);
CREATE TABLE audit_details(
  sequence BIGINT PRIMARY KEY, salt BLOB, details TEXT);
CREATE TABLE audit_log(
  sequence BIGINT PRIMARY KEY, time BIGINT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
  object_type TEXT NOT NULL, object_id TEXT NOT NULL, details_digest BLOB NOT NULL, previous BLOB NOT NULL,
  hash BLOB NOT NULL);
CREATE TABLE canaries(
  number BIGINT NOT NULL PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  endpoint TEXT NOT NULL,
  champion TEXT NOT NULL,
  candidate TEXT NOT NULL,
  plan TEXT NOT NULL,
  state TEXT NOT NULL,
  started_at BIGINT NOT NULL,
  started_event_time BIGINT,
  ended_at BIGINT,
  verdict TEXT,
  reason TEXT NOT NULL,
  actor TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE dataset_parents(
  version TEXT NOT NULL REFERENCES dataset_versions(id),
  position BIGINT NOT NULL,
  parent TEXT NOT NULL REFERENCES dataset_versions(id),
  PRIMARY KEY(version, position));
CREATE TABLE dataset_profiles(
  version TEXT NOT NULL PRIMARY KEY REFERENCES dataset_versions(id),
  profile TEXT NOT NULL);
CREATE TABLE dataset_versions(
  id TEXT NOT NULL PRIMARY KEY,
  dataset TEXT NOT NULL REFERENCES datasets(name),
  number BIGINT NOT NULL,
  row_count BIGINT NOT NULL,
  content TEXT NOT NULL,
  columns TEXT NOT NULL,
  file_name TEXT NOT NULL,
  file_bytes BIGINT NOT NULL,
  file_sha256 TEXT NOT NULL,
  source_name TEXT,
  source_bytes BIGINT,
  source_sha256 TEXT,
  source_kept BIGINT NOT NULL,
  options TEXT NOT NULL,
  notes TEXT NOT NULL,
  pipeline_run TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE(dataset, number));
CREATE TABLE datasets(
  name TEXT NOT NULL PRIMARY KEY,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL);
CREATE TABLE endpoints(
  name TEXT NOT NULL PRIMARY KEY,
  champion TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL, deployed TEXT NOT NULL DEFAULT '') WITHOUT ROWID;
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
CREATE TABLE label_endpoints(
  number BIGINT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  labels BIGINT NOT NULL,
  watermark BIGINT) WITHOUT ROWID;
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
CREATE TABLE loop_marks(
  endpoint TEXT NOT NULL PRIMARY KEY,
  champion TEXT NOT NULL,
  labels BIGINT NOT NULL,
  event_time BIGINT) WITHOUT ROWID;
CREATE TABLE model_aliases(
  model BIGINT NOT NULL REFERENCES registered_models(number),
  alias TEXT NOT NULL,
  version BIGINT NOT NULL REFERENCES model_versions(number),
  PRIMARY KEY(model, alias)) WITHOUT ROWID;
CREATE TABLE model_version_datasets(
  version BIGINT NOT NULL REFERENCES model_versions(number),
  position BIGINT NOT NULL,
  dataset TEXT NOT NULL,
  PRIMARY KEY(version, position)) WITHOUT ROWID;
CREATE TABLE model_version_files(
  version BIGINT NOT NULL REFERENCES model_versions(number),
  name TEXT NOT NULL,
  digest TEXT NOT NULL,
  size BIGINT NOT NULL,
  PRIMARY KEY(version, name)) WITHOUT ROWID;
CREATE TABLE model_version_tags(
  version BIGINT NOT NULL REFERENCES model_versions(number),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(version, key)) WITHOUT ROWID;
CREATE TABLE model_versions(
  number BIGINT NOT NULL PRIMARY KEY,
  model BIGINT NOT NULL REFERENCES registered_models(number),
  version BIGINT NOT NULL,
  bundle_digest TEXT NOT NULL,
  run_id TEXT NOT NULL,
  pipeline_run TEXT NOT NULL,
  description TEXT NOT NULL,
  metrics TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT,
  UNIQUE(model, version)) WITHOUT ROWID;
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
CREATE TABLE monitored_endpoints(
  endpoint TEXT NOT NULL PRIMARY KEY,
  config TEXT,
  closed_until BIGINT) WITHOUT ROWID;
CREATE TABLE pipeline_runs(
  id TEXT PRIMARY KEY, pipeline TEXT NOT NULL, project TEXT NOT NULL, snapshot TEXT NOT NULL REFERENCES project_snapshots(id),
  params TEXT NOT NULL, last_step TEXT NOT NULL, run_trigger TEXT NOT NULL, actor TEXT NOT NULL, force BIGINT NOT NULL,
  state TEXT NOT NULL, error TEXT, created_at BIGINT NOT NULL, finished_at BIGINT);
CREATE TABLE pipeline_steps(
  run_id TEXT NOT NULL REFERENCES pipeline_runs(id), position BIGINT NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL,
  cached_from TEXT, key_parts TEXT, changed TEXT, outputs TEXT NOT NULL, figures TEXT NOT NULL, error TEXT, log TEXT NOT NULL,
  started_at BIGINT, finished_at BIGINT, PRIMARY KEY(run_id, position));
CREATE TABLE prediction_labels(
  endpoint BIGINT NOT NULL REFERENCES label_endpoints(number),
  number BIGINT NOT NULL,
  prediction_id BLOB NOT NULL,
  event_time BIGINT NOT NULL,
  label TEXT NOT NULL,
  observed_at BIGINT,
  received_at BIGINT NOT NULL,
  PRIMARY KEY(endpoint, number)) WITHOUT ROWID;
CREATE TABLE project_snapshots(
  id TEXT PRIMARY KEY, project TEXT NOT NULL, files TEXT NOT NULL, spec TEXT NOT NULL, created_at BIGINT NOT NULL);
CREATE TABLE projects(
  name TEXT PRIMARY KEY, newest TEXT NOT NULL REFERENCES project_snapshots(id));
CREATE TABLE registered_models(
  number BIGINT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL) WITHOUT ROWID;
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
CREATE TABLE schema_migrations(
  module TEXT NOT NULL, version BIGINT NOT NULL, applied_at BIGINT NOT NULL, PRIMARY KEY(module, version));
CREATE TABLE step_cache(
  cache_key TEXT PRIMARY KEY, run_id TEXT NOT NULL, outputs TEXT NOT NULL, figures TEXT NOT NULL, created_at BIGINT NOT NULL);
