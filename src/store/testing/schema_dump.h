#pragma once

#include <string>

#include "store/database.h"

namespace gyre::store::testing {

/// The SQL of every table and index but the store's own, for a module's golden file of its schema: migrated databases
/// must not differ from what is released. SQLite only.
inline base::Result<std::string> DumpSchema(Database& database) {
  std::string dump;
  TRY(database.Read([&](Reader& reader) {
    return reader.Query(
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name NOT IN "
        "('schema_migrations', 'audit_log', 'audit_details') ORDER BY tbl_name, type DESC, name",
        [&](const Row& row) -> base::Result<void> {
          dump += row.String(0) + ";\n";
          return base::Ok();
        });
  }));
  return dump;
}

}  // namespace gyre::store::testing
