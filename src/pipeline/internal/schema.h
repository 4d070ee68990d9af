#pragma once

#include <array>

#include "store/database.h"

namespace gyre::pipeline::internal {

inline constexpr std::array<store::Migration, 1> kMigrations = {{{"pipeline", 1, R"sql(
CREATE TABLE project_snapshots(
  id TEXT PRIMARY KEY, project TEXT NOT NULL, files TEXT NOT NULL, spec TEXT NOT NULL, created_at BIGINT NOT NULL);
CREATE TABLE projects(
  name TEXT PRIMARY KEY, newest TEXT NOT NULL REFERENCES project_snapshots(id));
CREATE TABLE pipeline_runs(
  id TEXT PRIMARY KEY, pipeline TEXT NOT NULL, project TEXT NOT NULL, snapshot TEXT NOT NULL REFERENCES project_snapshots(id),
  params TEXT NOT NULL, last_step TEXT NOT NULL, run_trigger TEXT NOT NULL, actor TEXT NOT NULL, force BIGINT NOT NULL,
  state TEXT NOT NULL, error TEXT, created_at BIGINT NOT NULL, finished_at BIGINT);
CREATE INDEX pipeline_runs_created ON pipeline_runs(created_at);
CREATE INDEX pipeline_runs_state ON pipeline_runs(state);
CREATE TABLE pipeline_steps(
  run_id TEXT NOT NULL REFERENCES pipeline_runs(id), position BIGINT NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL,
  cached_from TEXT, key_parts TEXT, changed TEXT, outputs TEXT NOT NULL, figures TEXT NOT NULL, error TEXT, log TEXT NOT NULL,
  started_at BIGINT, finished_at BIGINT, PRIMARY KEY(run_id, position));
CREATE TABLE step_cache(
  cache_key TEXT PRIMARY KEY, run_id TEXT NOT NULL, outputs TEXT NOT NULL, figures TEXT NOT NULL, created_at BIGINT NOT NULL);
)sql"}}};

}  // namespace gyre::pipeline::internal
