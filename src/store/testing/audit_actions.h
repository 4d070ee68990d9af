#pragma once

#include <string>
#include <vector>

#include "store/database.h"

namespace gyre::store::testing {

/// The audit trail as "actor action object_id", oldest first: tests say with it which changes were recorded.
inline std::vector<std::string> AuditActions(Database& database) {
  std::vector<std::string> actions;
  const auto read = database.Read([&](Reader& reader) {
    return reader.Query("SELECT actor, action, object_id FROM audit_log ORDER BY sequence",
                        [&](const Row& row) -> base::Result<void> {
                          actions.push_back(row.String(0) + " " + row.String(1) + " " + row.String(2));
                          return base::Ok();
                        });
  });
  if (!read) actions.push_back(read.error().ToString());
  return actions;
}

}  // namespace gyre::store::testing
