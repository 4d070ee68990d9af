#pragma once

#include <array>

#include "store/database.h"

namespace gyre::release::internal {

/// Versions are "rain/3", plans and verdicts JSON, times microseconds. `deployed` is what was last deployed, `champion`
/// what serves: they differ after a promotion. Canaries outlive their endpoint.
inline constexpr std::array<store::Migration, 2> kMigrations = {{{"release", 1, R"sql(
CREATE TABLE endpoints(
  name TEXT NOT NULL PRIMARY KEY,
  champion TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL) WITHOUT ROWID;
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
CREATE INDEX canaries_by_endpoint ON canaries(endpoint, number);
CREATE INDEX canaries_by_state ON canaries(state, endpoint);
)sql"},
                                                                 {"release", 2, R"sql(
ALTER TABLE endpoints ADD COLUMN deployed TEXT NOT NULL DEFAULT '';
UPDATE endpoints SET deployed = champion;
)sql"}}};

}  // namespace gyre::release::internal
