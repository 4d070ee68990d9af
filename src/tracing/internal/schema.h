#pragma once

#include <array>

#include "store/database.h"

namespace gyre::tracing::internal {

/// Numbers are keys inside the database only. Times are milliseconds but for those of spans, which are nanoseconds.
/// `finished` is 1 once the client has told of the trace itself. Three tags of MLflow's are columns: the name, the
/// place of artifacts, and where the spans are (here, if `has_spans` is 1).
///
/// attributes, events and links of a span are JSON texts as MLflow keeps them, so that its searches by LIKE mean the
/// same here: an attribute's value is a JSON text within a JSON string. `usage` and `cost` are copies of two
/// attributes, for adding them up.
inline constexpr std::array<store::Migration, 1> kMigrations = {{{"tracing", 1, R"sql(
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
CREATE INDEX traces_by_start ON traces(experiment, started_ms DESC, id);
CREATE TABLE trace_tags(
  trace BIGINT NOT NULL REFERENCES traces(number),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(trace, key)) WITHOUT ROWID;
CREATE TABLE trace_metadata(
  trace BIGINT NOT NULL REFERENCES traces(number),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(trace, key)) WITHOUT ROWID;
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
CREATE TABLE trace_runs(
  trace_id TEXT NOT NULL,
  run TEXT NOT NULL,
  PRIMARY KEY(trace_id, run)) WITHOUT ROWID;
CREATE TABLE trace_prompts(
  trace BIGINT NOT NULL REFERENCES traces(number),
  prompt TEXT NOT NULL,
  PRIMARY KEY(trace, prompt)) WITHOUT ROWID;
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
)sql"}}};

}  // namespace gyre::tracing::internal
