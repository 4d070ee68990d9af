#pragma once

#include <array>

#include "store/database.h"

namespace gyre::artifacts::internal {

/// Paths are clean and compare byte by byte, so that a folder is one range of them; digests hexadecimal, times
/// microseconds. A doom
/// outlives a crash between the end of a folder's owner and that of the folder.
inline constexpr std::array<store::Migration, 1> kMigrations = {{{"artifacts", 1, R"sql(
CREATE TABLE artifact_files(
  path TEXT NOT NULL PRIMARY KEY,
  digest TEXT NOT NULL,
  size BIGINT NOT NULL,
  modified_at BIGINT NOT NULL) WITHOUT ROWID;
CREATE TABLE artifact_dooms(
  path TEXT NOT NULL PRIMARY KEY,
  owner TEXT NOT NULL) WITHOUT ROWID;
)sql"}}};

}  // namespace gyre::artifacts::internal
