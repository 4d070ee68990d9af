CREATE TABLE model_aliases(
  model BIGINT NOT NULL REFERENCES registered_models(number),
  alias TEXT NOT NULL,
  version BIGINT NOT NULL REFERENCES model_versions(number),
  PRIMARY KEY(model, alias)) WITHOUT ROWID;
CREATE INDEX model_aliases_by_version ON model_aliases(version, alias);
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
CREATE INDEX model_version_tags_by_key ON model_version_tags(key, version);
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
CREATE INDEX model_versions_by_pipeline_run ON model_versions(model, pipeline_run);
CREATE INDEX model_versions_by_run ON model_versions(run_id);
CREATE INDEX model_versions_by_update ON model_versions(updated_at);
CREATE TABLE registered_model_tags(
  model BIGINT NOT NULL REFERENCES registered_models(number),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(model, key)) WITHOUT ROWID;
CREATE INDEX registered_model_tags_by_key ON registered_model_tags(key, model);
CREATE TABLE registered_models(
  number BIGINT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL) WITHOUT ROWID;
CREATE INDEX registered_models_by_update ON registered_models(updated_at, name);
