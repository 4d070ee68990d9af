CREATE TABLE dataset_parents(
  version TEXT NOT NULL REFERENCES dataset_versions(id),
  position BIGINT NOT NULL,
  parent TEXT NOT NULL REFERENCES dataset_versions(id),
  PRIMARY KEY(version, position));
CREATE INDEX dataset_parents_by_parent ON dataset_parents(parent);
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
CREATE INDEX dataset_versions_by_pipeline_run ON dataset_versions(pipeline_run);
CREATE TABLE datasets(
  name TEXT NOT NULL PRIMARY KEY,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL);
