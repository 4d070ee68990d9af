CREATE INDEX audit_log_object ON audit_log(object_type, object_id);
CREATE INDEX canaries_by_endpoint ON canaries(endpoint, number);
CREATE INDEX canaries_by_state ON canaries(state, endpoint);
CREATE INDEX dataset_parents_by_parent ON dataset_parents(parent);
CREATE INDEX dataset_versions_by_pipeline_run ON dataset_versions(pipeline_run);
CREATE INDEX experiments_by_creation ON experiments(deleted_at, created_at DESC, number);
CREATE UNIQUE INDEX logged_datasets_by_name ON logged_datasets(experiment, name, digest);
CREATE INDEX logged_models_by_creation ON logged_models(experiment, deleted_at, created_at DESC, id);
CREATE INDEX loop_cycles_by_end ON loop_cycles(ended_at, number);
CREATE INDEX loop_cycles_by_endpoint ON loop_cycles(endpoint, number);
CREATE INDEX model_aliases_by_version ON model_aliases(version, alias);
CREATE INDEX model_version_tags_by_key ON model_version_tags(key, version);
CREATE INDEX model_versions_by_pipeline_run ON model_versions(model, pipeline_run);
CREATE INDEX model_versions_by_run ON model_versions(run_id);
CREATE INDEX model_versions_by_update ON model_versions(updated_at);
CREATE INDEX monitor_alarms_by_endpoint ON monitor_alarms(endpoint, raised_at);
CREATE INDEX monitor_alarms_by_raising ON monitor_alarms(raised_at);
CREATE INDEX monitor_alarms_by_taken ON monitor_alarms(taken, raised_at);
CREATE INDEX monitor_windows_by_creation ON monitor_windows(created_at);
CREATE INDEX pipeline_runs_created ON pipeline_runs(created_at);
CREATE INDEX pipeline_runs_state ON pipeline_runs(state);
CREATE INDEX prediction_labels_by_event_time ON prediction_labels(endpoint, event_time);
CREATE UNIQUE INDEX prediction_labels_by_id ON prediction_labels(endpoint, prediction_id);
CREATE INDEX registered_model_tags_by_key ON registered_model_tags(key, model);
CREATE INDEX registered_models_by_update ON registered_models(updated_at, name);
CREATE INDEX run_datasets_by_dataset ON run_datasets(dataset, run);
CREATE INDEX run_metrics_by_value ON run_metrics(experiment, key, is_nan, value, run);
CREATE INDEX run_params_by_value ON run_params(key, substr(value, 1, 100), run);
CREATE INDEX run_tags_by_value ON run_tags(key, substr(value, 1, 100), run);
CREATE INDEX runs_by_start ON runs(experiment, deleted_at, started_at DESC, id);
CREATE INDEX traces_by_start ON traces(experiment, started_ms DESC, id);
CREATE INDEX webhook_deliveries_by_due ON webhook_deliveries(state, due_at, number);
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries(webhook, number);
CREATE INDEX webhook_events_by_webhook ON webhook_events(webhook, entity, action);
CREATE TABLE artifact_dooms(
  path TEXT NOT NULL PRIMARY KEY,
  owner TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE artifact_files(
  path TEXT NOT NULL PRIMARY KEY,
  digest TEXT NOT NULL,
  size BIGINT NOT NULL,
  modified_at BIGINT NOT NULL) WITHOUT ROWID;
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
  deleted_at BIGINT, artifact_location TEXT NOT NULL DEFAULT '') WITHOUT ROWID;
CREATE TABLE label_endpoints(
  number BIGINT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  labels BIGINT NOT NULL,
  watermark BIGINT) WITHOUT ROWID;
CREATE TABLE logged_datasets(
  number BIGINT NOT NULL PRIMARY KEY,
  experiment BIGINT NOT NULL REFERENCES experiments(number),
  name TEXT NOT NULL,
  digest TEXT NOT NULL,
  source_type TEXT NOT NULL,
  source TEXT NOT NULL,
  schema TEXT,
  profile TEXT);
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
  deleted_at BIGINT, stage TEXT NOT NULL DEFAULT 'None', source TEXT NOT NULL DEFAULT '', storage_location TEXT NOT NULL DEFAULT '', run_link TEXT NOT NULL DEFAULT '', model_id TEXT NOT NULL DEFAULT '', described BIGINT NOT NULL DEFAULT 1,
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
CREATE TABLE purged_experiments(
  number BIGINT NOT NULL PRIMARY KEY);
CREATE TABLE purged_runs(
  run BIGINT NOT NULL PRIMARY KEY);
CREATE TABLE registered_model_tags(
  model BIGINT NOT NULL REFERENCES registered_models(number),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(model, key)) WITHOUT ROWID;
CREATE TABLE registered_models(
  number BIGINT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL) WITHOUT ROWID;
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
  series_count BIGINT NOT NULL, artifact_uri TEXT NOT NULL DEFAULT '') WITHOUT ROWID;
CREATE TABLE schema_migrations(
  module TEXT NOT NULL, version BIGINT NOT NULL, applied_at BIGINT NOT NULL, PRIMARY KEY(module, version));
CREATE TABLE step_cache(
  cache_key TEXT PRIMARY KEY, run_id TEXT NOT NULL, outputs TEXT NOT NULL, figures TEXT NOT NULL, created_at BIGINT NOT NULL);
CREATE TABLE trace_assessments(
  trace BIGINT NOT NULL REFERENCES traces(number),
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  number DOUBLE PRECISION,
  error TEXT NOT NULL,
  source_type TEXT NOT NULL,
  source_id TEXT NOT NULL,
  span TEXT NOT NULL,
  rationale TEXT NOT NULL,
  metadata TEXT NOT NULL,
  overrides TEXT NOT NULL,
  valid BIGINT NOT NULL,
  created_ms BIGINT NOT NULL,
  updated_ms BIGINT NOT NULL,
  PRIMARY KEY(trace, id)) WITHOUT ROWID;
CREATE TABLE trace_metadata(
  trace BIGINT NOT NULL REFERENCES traces(number),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(trace, key)) WITHOUT ROWID;
CREATE TABLE trace_prompts(
  trace BIGINT NOT NULL REFERENCES traces(number),
  prompt TEXT NOT NULL,
  PRIMARY KEY(trace, prompt)) WITHOUT ROWID;
CREATE TABLE trace_runs(
  trace_id TEXT NOT NULL,
  run TEXT NOT NULL,
  PRIMARY KEY(trace_id, run)) WITHOUT ROWID;
CREATE TABLE trace_spans(
  trace BIGINT NOT NULL,
  id TEXT NOT NULL,
  parent TEXT NOT NULL,
  name TEXT NOT NULL,
  type TEXT,
  status TEXT NOT NULL,
  message TEXT NOT NULL,
  kind BIGINT NOT NULL,
  started_ns BIGINT NOT NULL,
  ended_ns BIGINT NOT NULL,
  usage TEXT,
  cost TEXT,
  attributes TEXT NOT NULL,
  events TEXT NOT NULL,
  links TEXT NOT NULL,
  PRIMARY KEY(trace, id));
CREATE TABLE trace_tags(
  trace BIGINT NOT NULL REFERENCES traces(number),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(trace, key)) WITHOUT ROWID;
CREATE TABLE traces(
  number BIGINT NOT NULL PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  experiment TEXT NOT NULL,
  name TEXT,
  state TEXT NOT NULL,
  started_ms BIGINT NOT NULL,
  duration_ms BIGINT,
  client_request TEXT,
  request_preview TEXT,
  response_preview TEXT,
  artifact_uri TEXT NOT NULL,
  finished BIGINT NOT NULL,
  has_spans BIGINT NOT NULL) WITHOUT ROWID;
CREATE TABLE transfer_marks (kind TEXT NOT NULL, id TEXT NOT NULL, fingerprint TEXT NOT NULL, counts TEXT NOT NULL, PRIMARY KEY (kind, id));
CREATE TABLE webhook_deliveries(
  number BIGINT NOT NULL PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  webhook BIGINT NOT NULL REFERENCES webhooks(number),
  entity TEXT NOT NULL,
  action TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  status BIGINT,
  error TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL) WITHOUT ROWID;
CREATE TABLE webhook_events(
  entity TEXT NOT NULL,
  action TEXT NOT NULL,
  webhook BIGINT NOT NULL REFERENCES webhooks(number),
  PRIMARY KEY(entity, action, webhook)) WITHOUT ROWID;
CREATE TABLE webhooks(
  number BIGINT NOT NULL PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  description TEXT NOT NULL,
  secret TEXT NOT NULL,
  active BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT) WITHOUT ROWID;
