#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "search/condition.h"
#include "search/entity.h"
#include "search/internal/lexer.h"

namespace gyre::search::internal {

/// One comparison as it is written, before anything is known of its meaning.
struct WrittenClause {
  std::string_view name;
  std::string comparator;  ///< upper case
  bool null_check = false;
  Token value;                                   ///< unless null_check or list
  std::optional<std::vector<std::string>> list;  ///< of texts
  std::string_view list_text;                    ///< as written
};

/// The meaning of a name: its field and key. kInvalidArgument for a prefix, attribute or dataset key that `entity` does
/// not have, or not in this place (`order`: in order_by).
base::Result<OrderKey> ResolveName(std::string_view name, const Entity& entity, bool order);

/// Checks comparator and value against what the entity allows for the key.
base::Result<Clause> ResolveClause(const WrittenClause& written, const Entity& entity);

/// Without the quotes around it.
std::string_view Unquoted(std::string_view text);

}  // namespace gyre::search::internal
