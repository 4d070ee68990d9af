#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "search/sql.h"
#include "store/value.h"

namespace gyre::search {

/// One key of an order. Ranks come first and ascend, whatever the direction of the values: 0 for a value, more for what
/// is none (a NaN, then NULL), so that these are last both ways. Rows of one rank above 0 are equal in this key.
struct SortColumn {
  enum class Type { kInteger, kReal, kText };
  std::string value;  ///< an SQL expression without parameters
  Type type = Type::kInteger;
  bool descending = false;
  std::string rank = {};  ///< an SQL expression; empty if the value is never NULL
};

/// "CASE WHEN value IS NULL THEN 1 ELSE 0 END".
std::string NullRank(std::string_view value);

/// A total order of rows (the last keys must make every row unique) and paging through it by the values of the last row
/// seen, so that a deep page costs what the first one costs.
class Keyset {
 public:
  explicit Keyset(std::vector<SortColumn> columns) : columns_(std::move(columns)) {}

  using Cell = std::variant<std::monostate, int64_t, double, std::string>;
  /// The keys of one row: rank (where there is one) and value of each column.
  using Position = std::vector<Cell>;

  const std::vector<SortColumn>& columns() const { return columns_; }

  /// ", rank, value, ..." to be read back with Read.
  void WriteSelect(SqlText& sql) const;
  /// "rank, value DESC, ..." without ORDER BY.
  void WriteOrder(SqlText& sql) const;
  /// A condition: the row comes after `position`, which must fit (Decode checks).
  void WriteAfter(const Position& position, SqlText& sql) const;
  /// From the columns of a row, starting at `first`.
  Position Read(const store::Row& row, int first) const;

  /// A page token: the position, bound to the query it belongs to. `query` is any text that two queries share only if
  /// they are the same (filter, order, scope).
  std::string Encode(const Position& position, std::string_view query) const;
  /// kInvalidArgument, beginning "Invalid page token", for anything else than what Encode made for the same query.
  base::Result<Position> Decode(std::string_view token, std::string_view query) const;

 private:
  std::vector<SortColumn> columns_;
};

}  // namespace gyre::search
