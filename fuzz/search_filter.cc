// Takes the input for a filter and for an item of order_by, on an entity that has everything. What is accepted must
// become SQL whose parameters all have values, and be bounded in size; page tokens are never accepted.
#include <cstdlib>

#include "search/keyset.h"
#include "search/parse.h"
#include "search/sql.h"
#include "search/testing/demo_entity.h"
#include "target.h"

namespace gyre::fuzz {
namespace {

void Expect(bool holds, const char* what) {
  if (holds) return;
  fmt::print(stderr, "does not hold: {}\n", what);
  std::abort();
}

size_t CountClauses(const search::Condition& condition) {
  size_t clauses = condition.kind == search::Condition::Kind::kClause ? 1 : 0;
  for (const auto& part : condition.parts) clauses += CountClauses(part);
  return clauses;
}

void CheckSql(const search::Condition& condition) {
  search::SqlText sql;
  const auto written = search::WriteCondition(
      condition,
      [](const search::Clause& clause, search::SqlText& text) -> base::Result<void> {
        search::WriteComparison(clause, "x", text);
        return base::Ok();
      },
      sql);
  Expect(written.has_value(), "a condition that was read can be written");
  const auto marks = static_cast<size_t>(std::ranges::count(sql.text(), '?'));
  Expect(marks == sql.values().size(), "every parameter has a value and nothing of the filter is in the SQL");
}

}  // namespace

int FuzzOne(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto& entity = search::testing::kDemoEntity;
  const auto condition = search::ParseFilter(text, entity);
  if (condition) {
    Expect(CountClauses(*condition) <= search::FilterLimits::kClauses, "the number of comparisons is bounded");
    Expect(search::ParseFilter("(" + std::string(text) + ")", entity) || text.empty() ||
               CountClauses(*condition) == 0 || text.size() > 64,
           "parentheses around a short filter change nothing");
    CheckSql(*condition);
  } else {
    Expect(!condition.error().message().empty(), "a refusal has a reason");
  }
  const auto key = search::ParseOrderKey(text, entity);
  Expect(key || !key.error().message().empty(), "a refusal has a reason");
  const search::Keyset keyset({{"x", search::SortColumn::Type::kText, false, "r"}, {"id"}});
  Expect(!keyset.Decode(text, "query"), "nobody guesses a token");
  return 0;
}

}  // namespace gyre::fuzz
