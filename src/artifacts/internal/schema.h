#pragma once

#include <array>

#include "store/database.h"

namespace gyre::artifacts::internal {

/// Paths are clean and compare byte by byte, so that a folder is one range of them; digests hexadecimal, times
/// microseconds.
inline constexpr std::array<store::Migration, 1> kMigrations = {{{"artifacts", 1, R"sql(
CREATE TABLE artifact_files(
  path TEXT NOT NULL PRIMARY KEY,
  digest TEXT NOT NULL,
  size BIGINT NOT NULL,
  modified_at BIGINT NOT NULL) WITHOUT ROWID;
)sql"}}};

}  // namespace gyre::artifacts::internal
