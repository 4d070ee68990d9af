#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "engine/value.h"

namespace gyre::data {

enum class ExpectationKind {
  kExists,      ///< the column is there
  kType,        ///< it has this type (an integer column is a number column too)
  kNotNull,     ///< its rows have values
  kBetween,     ///< values lie within bounds, both included
  kInSet,       ///< values are among those listed
  kMatches,     ///< texts contain a match of a regular expression (RE2 syntax)
  kUnique,      ///< no two rows have the same values in the columns
  kIncreasing,  ///< values do not fall from row to row, within each group of `by`
  kRows,        ///< the number of rows lies within bounds
  kSql,         ///< a SELECT over `dataset` returns no rows: those it returns are the offenders
};

/// "column_exists", "type", "not_null", "between", "in_set", "matches", "unique", "increasing", "row_count", "sql".
std::string_view ExpectationKindName(ExpectationKind kind);

/// One thing that is declared to be true of a dataset. Rows without a value are nobody's business but kNotNull's.
struct Expectation {
  ExpectationKind kind = ExpectationKind::kExists;
  std::string name;                  ///< for people: given, or made from the rest ("humid between 0 and 100")
  std::vector<std::string> columns;  ///< one, but for kUnique one or more; empty for kRows and kSql
  double mostly = 1;                 ///< the share of rows that must be as expected, in (0, 1]
  engine::DataType type = engine::DataType::kNumber;
  engine::Value minimum;  ///< kBetween: null for none; a text for text and timestamp columns
  engine::Value maximum;
  std::vector<engine::Value> set;        ///< kInSet
  std::string pattern;                   ///< kMatches
  bool strictly = false;                 ///< kIncreasing: equal values are not enough
  std::vector<std::string> by;           ///< kIncreasing
  std::optional<uint64_t> minimum_rows;  ///< kRows
  std::optional<uint64_t> maximum_rows;
  std::string sql;  ///< kSql

  /// Whether every single value must lie within the bounds or the set: what a model's signature may enforce.
  bool is_hard() const { return mostly >= 1; }
};

/// Reads the list under `expectations:` in gyre.yaml. An item may hold several checks of its column, each becoming an
/// expectation of its own with the item's `mostly`:
///   - {column: humid, type: number, between: [0, 100], mostly: 0.99}
///   - {column: origin, not_null: true, in_set: [EWR, JFK, LGA]}
///   - {columns: [origin, time_hour], unique: true}
///   - {column: time_hour, increasing: strictly, by: [origin]}
///   - {column: wind_dir, between: [0, null]}
///   - {column: flight, matches: "^[A-Z]{2}[0-9]+$"}
///   - {column: gate, exists: true}
///   - {rows: {min: 1000, max: 100000}}
///   - {name: dew point is not above the temperature, sql: "SELECT * FROM dataset WHERE dewp > temp + 0.5"}
base::Result<std::vector<Expectation>> ParseExpectations(const base::Json& list, std::string_view path);

}  // namespace gyre::data
