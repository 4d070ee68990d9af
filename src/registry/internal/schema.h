#pragma once

#include <array>

#include "store/database.h"

namespace gyre::registry::internal {

/// Numbers are keys inside the database only, so that a model can be renamed in one row. Deleted versions keep their
/// rows: the next version is one above the highest that ever was. Times are microseconds, digests hexadecimal; the
/// digest of a version without a bundle is empty.
inline constexpr std::array<store::Migration, 2> kMigrations = {{{"registry", 1, R"sql(
CREATE TABLE registered_models(
  number BIGINT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL) WITHOUT ROWID;
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
CREATE INDEX model_versions_by_pipeline_run ON model_versions(model, pipeline_run);
CREATE TABLE model_version_files(
  version BIGINT NOT NULL REFERENCES model_versions(number),
  name TEXT NOT NULL,
  digest TEXT NOT NULL,
  size BIGINT NOT NULL,
  PRIMARY KEY(version, name)) WITHOUT ROWID;
CREATE TABLE model_version_datasets(
  version BIGINT NOT NULL REFERENCES model_versions(number),
  position BIGINT NOT NULL,
  dataset TEXT NOT NULL,
  PRIMARY KEY(version, position)) WITHOUT ROWID;
CREATE TABLE model_version_tags(
  version BIGINT NOT NULL REFERENCES model_versions(number),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(version, key)) WITHOUT ROWID;
CREATE TABLE model_aliases(
  model BIGINT NOT NULL REFERENCES registered_models(number),
  alias TEXT NOT NULL,
  version BIGINT NOT NULL REFERENCES model_versions(number),
  PRIMARY KEY(model, alias)) WITHOUT ROWID;
CREATE INDEX model_aliases_by_version ON model_aliases(version, alias);
)sql"},
                                                                 {"registry", 2, R"sql(
CREATE TABLE registered_model_tags(
  model BIGINT NOT NULL REFERENCES registered_models(number),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(model, key)) WITHOUT ROWID;
CREATE INDEX registered_model_tags_by_key ON registered_model_tags(key, model);
CREATE INDEX registered_models_by_update ON registered_models(updated_at, name);
ALTER TABLE model_versions ADD COLUMN stage TEXT NOT NULL DEFAULT 'None';
ALTER TABLE model_versions ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE model_versions ADD COLUMN storage_location TEXT NOT NULL DEFAULT '';
ALTER TABLE model_versions ADD COLUMN run_link TEXT NOT NULL DEFAULT '';
ALTER TABLE model_versions ADD COLUMN model_id TEXT NOT NULL DEFAULT '';
ALTER TABLE model_versions ADD COLUMN described BIGINT NOT NULL DEFAULT 1;
UPDATE model_versions SET source = 'mlflow-artifacts:/bundles/' || bundle_digest,
  storage_location = 'mlflow-artifacts:/bundles/' || bundle_digest;
CREATE INDEX model_versions_by_update ON model_versions(updated_at);
CREATE INDEX model_versions_by_run ON model_versions(run_id);
CREATE INDEX model_version_tags_by_key ON model_version_tags(key, version);
)sql"}}};

}  // namespace gyre::registry::internal
