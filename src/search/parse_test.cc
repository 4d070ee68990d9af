#include "search/parse.h"

#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "search/testing/demo_entity.h"

namespace gyre::search {
namespace {

using search::testing::kDemoEntity;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Shown(const Literal& value) {
  if (const auto* whole = std::get_if<int64_t>(&value)) return fmt::format(" {}", *whole);
  if (const auto* real = std::get_if<double>(&value)) return fmt::format(" {}f", *real);
  if (const auto* text = std::get_if<std::string>(&value)) return fmt::format(" '{}'", *text);
  if (const auto* list = std::get_if<std::vector<std::string>>(&value))
    return fmt::format(" [{}]", fmt::join(*list, "|"));
  return "";
}

constexpr std::array<const char*, 5> kFields = {"", "m:", "p:", "t:", "d:"};

/// The tree as text: clauses by their field's letter, AND as &, OR as |, NOT as !.
std::string Shown(const Condition& condition) {
  if (condition.kind == Condition::Kind::kClause) {
    const auto& clause = condition.clause;
    const char* aggregate = clause.aggregate == Aggregate::kMax   ? "max "
                            : clause.aggregate == Aggregate::kMin ? "min "
                                                                  : "";
    return fmt::format("{}{}{} {}{}", kFields[static_cast<size_t>(clause.field)], aggregate, clause.key,
                       ComparatorName(clause.comparator), Shown(clause.value));
  }
  if (condition.kind == Condition::Kind::kNot) return fmt::format("!({})", Shown(condition.parts.front()));
  std::vector<std::string> parts;
  for (const auto& part : condition.parts) parts.push_back(Shown(part));
  return fmt::format("({})", fmt::join(parts, condition.kind == Condition::Kind::kAll ? " & " : " | "));
}

std::string Parsed(std::string_view filter) {
  const auto condition = ParseFilter(filter, kDemoEntity);
  return condition ? Shown(*condition) : "error: " + condition.error().message();
}

TEST(ParseFilter, ReadsEveryKindOfClause) {
  EXPECT_EQ(Parsed(""), "()");
  EXPECT_EQ(Parsed("metrics.a > 1"), "m:a > 1f");
  EXPECT_EQ(Parsed("metric.`a b`<=-.5e-1"), "m:a b <= -0.05f");
  EXPECT_EQ(Parsed("params.\"x.y\" != \"it's\""), "p:x.y != 'it's'");
  EXPECT_EQ(Parsed("tags.mlflow.user like '%a_'"), "t:mlflow.user LIKE '%a_'");
  EXPECT_EQ(Parsed("tags.t iLike 'x'"), "t:t ILIKE 'x'");
  EXPECT_EQ(Parsed("tags.t is  Not null"), "t:t IS NOT NULL");
  EXPECT_EQ(Parsed("params.t IS NULL"), "p:t IS NULL");
  EXPECT_EQ(Parsed("id NOT IN ('a', \"b\", 'c' 'd')"), "id NOT IN [a|b|cd]");
  EXPECT_EQ(Parsed("id in ('a\\n\\'b',)"), "id IN [a\n'b]");
  EXPECT_EQ(Parsed("attribute.status = 'x'"), "status = 'x'");
  EXPECT_EQ(Parsed("Time > 5"), "time > 5");
  EXPECT_EQ(Parsed("time > 5.5"), "time > 5.5f");
  EXPECT_EQ(Parsed("dataset.name = 'd'"), "d:name = 'd'");
  EXPECT_EQ(Parsed("tags.größe = 'ß'"), "t:größe = 'ß'");
}

TEST(ParseFilter, ReadsMinimaAndMaxima) {
  EXPECT_EQ(Parsed("metrics.max(acc) > 1"), "m:max acc > 1f");
  EXPECT_EQ(Parsed("metrics.min(`a b`) > 1"), "m:min a b > 1f");
  EXPECT_EQ(Parsed("metrics.max(\"a b\") > 1"), "m:max a b > 1f");
  EXPECT_EQ(Parsed("metrics.max(a.b) > 1"), "m:max a.b > 1f");
  EXPECT_EQ(Parsed("metrics.max > 1"), "m:max > 1f") << "a metric of that name";
  EXPECT_EQ(Parsed("metrics.max.acc > 1"), "m:max.acc > 1f") << "a metric of that name";
  EXPECT_THAT(Parsed("metrics.max(acc > 1"), StartsWith("error: Invalid clause(s)"));
  EXPECT_THAT(Parsed("metrics.sum(acc) > 1"), StartsWith("error: Invalid clause(s)"));
}

TEST(ParseFilter, CombinesClauses) {
  EXPECT_EQ(Parsed("metrics.a > 1 AND time > 2 and tags.t = 'x'"), "(m:a > 1f & time > 2 & t:t = 'x')");
  EXPECT_EQ(Parsed("metrics.a > 1 OR time > 2 AND time < 3"), "(m:a > 1f | (time > 2 & time < 3))");
  EXPECT_EQ(Parsed("(metrics.a > 1 or time > 2) AND time < 3"), "((m:a > 1f | time > 2) & time < 3)");
  EXPECT_EQ(Parsed("NOT time > 2 AND time < 3"), "(!(time > 2) & time < 3)");
  EXPECT_EQ(Parsed("not (time > 2 AND NOT time < 3)"), "!((time > 2 & !(time < 3)))");
  EXPECT_EQ(Parsed("((time > 2))"), "time > 2");
}

TEST(ParseFilter, TakesAndAsMlflowDoes) {
  EXPECT_EQ(Parsed("AND time > 2"), "time > 2");
  EXPECT_EQ(Parsed("time > 2 AND"), "time > 2");
  EXPECT_EQ(Parsed("time > 2 AND AND time < 3"), "(time > 2 & time < 3)");
  EXPECT_EQ(Parsed("time > 2 time < 3"), "(time > 2 & time < 3)");
  EXPECT_EQ(Parsed("tags.t='x'AND time>2"), "(t:t = 'x' & time > 2)");
}

TEST(ParseFilter, KeepsQuotesAndBackslashesInTexts) {
  EXPECT_EQ(Parsed("tags.t = 'it''s'"), "t:t = 'it''s'");
  EXPECT_EQ(Parsed("tags.t = 'it\\'s'"), "t:t = 'it\\'s'");
  EXPECT_EQ(Parsed("tags.t = 'c:\\'"), "t:t = 'c:\\'");
  EXPECT_EQ(Parsed("tags.t = 'say \"hi\"'"), "t:t = 'say \"hi\"'");
  EXPECT_EQ(Parsed("tags.`a``b` = ''"), "t:a``b = ''");
}

TEST(ParseFilter, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(Parsed("time > 2 OR"), HasSubstr("ends where a comparison should be"));
  EXPECT_THAT(Parsed("time > 2 ; time > 3"), HasSubstr("';' at position 10"));
  EXPECT_THAT(Parsed("(time > 2"), HasSubstr("ends where ')' should be"));
  EXPECT_THAT(Parsed("time > 2)"), HasSubstr("')' at position 9"));
  EXPECT_THAT(Parsed("()"), HasSubstr("')' at position 2"));
  EXPECT_THAT(Parsed("NOT"), HasSubstr("ends where"));
  EXPECT_THAT(Parsed("status"), HasSubstr("a comparator should be"));
  EXPECT_THAT(Parsed("status ="), HasSubstr("a value should be"));
  EXPECT_THAT(Parsed("tags.t NOT = 'x'"), HasSubstr("'=' at position 12"));
  EXPECT_THAT(Parsed("status = 'x"), HasSubstr("''x' at position 10"));
  EXPECT_THAT(Parsed("metrics.a-b > 1"), HasSubstr("needs backticks"));
  EXPECT_THAT(Parsed("metrics.`a > 1"), StartsWith("error: Invalid"));
  EXPECT_THAT(Parsed("id IN ('a', b)"), HasSubstr("ill-formed list"));
  EXPECT_THAT(Parsed("  \n"), HasSubstr("Could not be parsed"));
  EXPECT_THAT(Parsed("tags.t = '\xff'"), HasSubstr("not UTF-8"));
}

TEST(ParseFilter, ChecksWhatTheEntityAllows) {
  EXPECT_THAT(Parsed("foo.a = 'x'"), HasSubstr("Invalid entity type 'foo'. Valid values are ['metric', 'tag']"));
  EXPECT_THAT(Parsed("foo = 'x'"), HasSubstr("Invalid attribute key 'foo' specified. Valid keys are '{'id', 'status'"));
  EXPECT_THAT(Parsed("dataset.foo = 'x'"), HasSubstr("Invalid dataset key 'foo' specified"));
  EXPECT_THAT(Parsed("never.foo = 'x'"), StartsWith("error: "));
  EXPECT_THAT(Parsed("metrics.a > 'x'"), HasSubstr("Expected numeric value type for metric. Found 'x'"));
  EXPECT_THAT(Parsed("metrics.a LIKE 5"), HasSubstr("Invalid comparator 'LIKE' not one of"));
  EXPECT_THAT(Parsed("tags.t = 5"), HasSubstr("Expected a quoted string value for tag"));
  EXPECT_THAT(Parsed("tags.t = x"), HasSubstr("not quoted"));
  EXPECT_THAT(Parsed("tags.t > 'x'"), HasSubstr("Invalid comparator '>'"));
  EXPECT_THAT(Parsed("tags.t RLIKE 'x'"), HasSubstr("Invalid comparator 'RLIKE'"));
  EXPECT_THAT(Parsed("tags.t NOT LIKE 'x'"), HasSubstr("Invalid comparator 'NOT LIKE'"));
  EXPECT_THAT(Parsed("status IN ('a')"), HasSubstr("Only ['id'] attributes support comparison with a list"));
  EXPECT_THAT(Parsed("id = ('a')"), HasSubstr("Invalid comparator '='"));
  EXPECT_THAT(Parsed("id LIKE ('a')"), HasSubstr("Invalid comparator 'LIKE'"));
  EXPECT_THAT(Parsed("version = 1.5"), HasSubstr("Invalid value for numeric attribute 'version'"));
  EXPECT_THAT(Parsed("status IS NULL"), HasSubstr("only supported for tags and params"));
}

TEST(ParseFilter, BoundsWhatItReads) {
  EXPECT_THAT(Parsed(std::string(FilterLimits::kDepth + 1, '(') + "time > 1"), HasSubstr("nested deeper than 64"));
  EXPECT_THAT(Parsed(std::string(400'000, '(')), HasSubstr("nested deeper than 64"));
  std::string nots;
  for (int i = 0; i < 100'000; ++i) nots += "NOT ";
  EXPECT_THAT(Parsed(nots + "time > 1"), HasSubstr("nested deeper than 64"));
  std::string many = "time > 1";
  for (size_t i = 1; i < FilterLimits::kClauses; ++i) many += " AND time > 1";
  EXPECT_THAT(Parsed(many), StartsWith("(time > 1 & "));
  EXPECT_THAT(Parsed(many + " OR time > 1"), HasSubstr("more than 256 comparisons"));
  EXPECT_THAT(Parsed("tags.t LIKE '" + std::string(FilterLimits::kPatternBytes + 1, '%') + "'"), HasSubstr("pattern"));
  EXPECT_THAT(Parsed(std::string(FilterLimits::kBytes + 1, ' ')), HasSubstr("at most 1048576"));
  std::string list = "id IN ('a'";
  for (size_t i = 0; i < FilterLimits::kListItems; ++i) list += ",'a'";
  EXPECT_THAT(Parsed(list + ")"), HasSubstr("more than 10000 values"));
}

/// Each of these would be read over and over by a parser that tries again from every quote.
TEST(ParseFilter, IsLinearInItsInput) {
  const auto start = std::chrono::steady_clock::now();
  for (const char* piece : {"'\\", "`", "\"", "'\\'", "tags.t='\\' ", ".", "a.", "metrics.max(", "-", "=", "'a' "}) {
    std::string text;
    while (text.size() < 1'000'000) text += piece;
    EXPECT_FALSE(ParseFilter(text, kDemoEntity)) << piece;
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(ParseOrderBy, ReadsKeysAndDirections) {
  const std::vector<std::string> items = {"metrics.`a b` DESC", "time", "params.x asc", "metrics.max(a)"};
  const auto keys = ParseOrderBy(items, kDemoEntity).value();
  ASSERT_EQ(keys.size(), 4U);
  EXPECT_EQ(keys[0], (OrderKey{Field::kMetric, "a b", Aggregate::kLatest, true}));
  EXPECT_EQ(keys[1], (OrderKey{Field::kAttribute, "time", Aggregate::kLatest, false}));
  EXPECT_EQ(keys[2], (OrderKey{Field::kParam, "x", Aggregate::kLatest, false}));
  EXPECT_EQ(keys[3], (OrderKey{Field::kMetric, "a", Aggregate::kMax, false}));
}

TEST(ParseOrderBy, SaysWhatIsWrong) {
  const auto error = [](std::vector<std::string> items) {
    const auto keys = ParseOrderBy(items, kDemoEntity);
    return keys ? "" : keys.error().message();
  };
  EXPECT_THAT(error({"metrics.a foo"}), HasSubstr("Invalid ordering key"));
  EXPECT_THAT(error({"metrics.a DESC x"}), HasSubstr("Could not be parsed"));
  EXPECT_THAT(error({""}), HasSubstr("Could not be parsed"));
  EXPECT_THAT(error({"Time"}), HasSubstr("Invalid attribute key 'Time'"));
  EXPECT_THAT(error({"dataset.name"}), HasSubstr("Invalid order_by entity"));
  EXPECT_THAT(error({"time", "attribute.time DESC"}), HasSubstr("duplicate fields: ['time', 'attribute.time DESC']"));
  EXPECT_THAT(error(std::vector<std::string>(FilterLimits::kOrderKeys + 1, "time")), HasSubstr("at most 32"));
}

TEST(ParseOrderName, TakesAnyCharacters) {
  EXPECT_EQ(ParseOrderName("metrics.a-b c", kDemoEntity).value().key, "a-b c");
  EXPECT_FALSE(ParseOrderName("foo", kDemoEntity));
}

}  // namespace
}  // namespace gyre::search
