#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "search/condition.h"
#include "search/entity.h"

namespace gyre::search {

/// What a filter may be at most, so that no request takes long. MLflow stops at 10,000 tokens.
struct FilterLimits {
  static constexpr size_t kBytes = size_t{1} << 20;
  static constexpr size_t kClauses = 256;
  static constexpr size_t kDepth = 64;             ///< of parentheses and NOTs
  static constexpr size_t kListItems = 10'000;     ///< of all lists together
  static constexpr size_t kPatternBytes = 10'000;  ///< of LIKE and ILIKE
  static constexpr size_t kOrderKeys = 32;
};

/// Reads a filter (docs/formats/search.md has the grammar). kInvalidArgument in MLflow's words, with the position of
/// what is wrong. Time and memory are linear in the length.
base::Result<Condition> ParseFilter(std::string_view filter, const Entity& entity);

/// Reads the items of order_by, each "key [ASC|DESC]". kInvalidArgument; the same key twice is an error too.
base::Result<std::vector<OrderKey>> ParseOrderBy(std::span<const std::string> items, const Entity& entity);

/// Reads one item of order_by.
base::Result<OrderKey> ParseOrderKey(std::string_view text, const Entity& entity);

/// The same without a direction, and the key may have any characters unquoted: "metrics.a-b".
base::Result<OrderKey> ParseOrderName(std::string_view text, const Entity& entity);

}  // namespace gyre::search
