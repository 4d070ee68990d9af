#pragma once

#include <optional>
#include <string_view>

#include "base/object_reader.h"
#include "base/time.h"

namespace gyre::data::internal {

/// The time under `key`, or nothing if it is absent.
inline base::Result<std::optional<base::Timestamp>> OptionalTime(const base::ObjectReader& fields,
                                                                 std::string_view key) {
  if (!fields.Has(key)) return std::optional<base::Timestamp>();
  const auto time = base::ParseTimestamp(TRY(fields.String(key)));
  if (!time) return time.error().Within(fields.PathOf(key));
  return std::optional(*time);
}

}  // namespace gyre::data::internal
