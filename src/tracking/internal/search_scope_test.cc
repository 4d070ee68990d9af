#include "tracking/internal/search_scope.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

#include "tracking/testing/temp_tracker.h"

namespace gyre::tracking::internal {
namespace {

using search::Clause;
using search::Comparator;
using ::testing::HasSubstr;

class TimeComparison : public ::testing::Test {
 protected:
  /// What SQLite says of "micros op value" and of its negation; NULL for nothing.
  std::pair<bool, bool> Ask(std::optional<int64_t> micros, Comparator comparator, const search::Literal& value) {
    search::SqlText sql;
    const std::string column = micros ? std::to_string(*micros) : "NULL";
    const Clause clause{search::Field::kAttribute, "start_time", {}, comparator, value};
    sql << "SELECT ";
    WriteTimeComparison(clause, column, sql);
    sql << ", NOT (";
    WriteTimeComparison(clause, column, sql);
    sql << ")";
    std::pair<bool, bool> answer;
    const auto read = tracker_.database().Read([&](store::Reader& reader) {
      return reader.RunQuery(sql.text(), sql.values(), [&](const store::Row& row) {
        EXPECT_FALSE(row.IsNull(0) || row.IsNull(1));
        answer = {row.Bool(0), row.Bool(1)};
        return base::Ok();
      });
    });
    EXPECT_TRUE(read);
    return answer;
  }

  testing::TempTracker tracker_;
};

bool Holds(double millis, Comparator comparator, double value) {
  switch (comparator) {
    case Comparator::kEqual:
      return millis == value;
    case Comparator::kNotEqual:
      return millis != value;
    case Comparator::kLess:
      return millis < value;
    case Comparator::kLessEqual:
      return millis <= value;
    case Comparator::kGreater:
      return millis > value;
    default:
      return millis >= value;
  }
}

constexpr std::array kComparators = {Comparator::kEqual,     Comparator::kNotEqual, Comparator::kLess,
                                     Comparator::kLessEqual, Comparator::kGreater,  Comparator::kGreaterEqual};

TEST_F(TimeComparison, ComparesWholeMilliseconds) {
  for (const int64_t micros : {4999, 5000, 5001, 5999, 6000}) {
    for (const auto comparator : kComparators) {
      for (const double value : {4.0, 4.5, 5.0, 5.5, 6.0, -1.0, 1e300, -1e300}) {
        const bool expected = Holds(static_cast<double>(micros / 1000), comparator, value);
        EXPECT_EQ(Ask(micros, comparator, value), std::pair(expected, !expected))
            << micros << search::ComparatorName(comparator) << value;
        if (std::abs(value) < 1e9 && std::floor(value) == value) {
          EXPECT_EQ(Ask(micros, comparator, static_cast<int64_t>(value)).first, expected);
        }
      }
    }
  }
}

TEST_F(TimeComparison, IsFalseForNoTime) {
  for (const auto comparator : kComparators) {
    EXPECT_EQ(Ask(std::nullopt, comparator, int64_t{5}), std::pair(false, true));
    EXPECT_EQ(Ask(std::nullopt, comparator, 5.5), std::pair(false, true));
  }
}

TEST_F(TimeComparison, KeepsWithinTheNumbersOfTheDatabase) {
  EXPECT_TRUE(Ask(5000, Comparator::kLess, std::numeric_limits<int64_t>::max()).first);
  EXPECT_TRUE(Ask(5000, Comparator::kGreater, std::numeric_limits<int64_t>::min()).first);
  EXPECT_TRUE(Ask(5000, Comparator::kLess, std::numeric_limits<double>::infinity()).first);
}

TEST(ReadScope, SortsIdsAndDropsRepeatedOnes) {
  const std::vector<std::string> ids = {"7", "1", "7"};
  const auto scope = ReadScope(ids, ViewType::kAll).value();
  EXPECT_EQ(scope.experiments, (std::vector<int64_t>{1, 7}));
  EXPECT_FALSE(scope.all || scope.single() || scope.empty());
  EXPECT_TRUE(ReadScope({}, ViewType::kAll).value().empty());
}

TEST(ReadScope, KnowsAllExperiments) {
  const std::vector<std::string> ids = {"1", kAllExperiments};
  const auto scope = ReadScope(ids, ViewType::kActiveOnly).value();
  EXPECT_TRUE(scope.all);
  EXPECT_FALSE(scope.single());
  search::SqlText sql;
  scope.WriteExperiments("r.experiment", sql);
  scope.WriteView("r.deleted_at", sql);
  EXPECT_EQ(sql.text(), "r.experiment IN (SELECT number FROM experiments) AND r.deleted_at IS NULL");
}

TEST(ReadScope, RefusesWhatIsNoNumberAndTooMany) {
  const std::vector<std::string> wrong = {"all"};
  EXPECT_THAT(ReadScope(wrong, ViewType::kAll).error().message(), HasSubstr("Invalid experiment ID 'all'"));
  const std::vector<std::string> many(10'001, "1");
  EXPECT_THAT(ReadScope(many, ViewType::kAll).error().message(), HasSubstr("at most 10000"));
}

TEST(SearchIdentity, DiffersWhereSearchesDiffer) {
  const std::vector<std::string> a = {"a"};
  const std::vector<std::string> ab = {"a", "b"};
  const std::vector<std::string> joined = {"ab"};
  const auto identity = SearchIdentity({"runs", "f"}, a, ab, ViewType::kAll);
  EXPECT_EQ(identity, SearchIdentity({"runs", "f"}, a, ab, ViewType::kAll));
  EXPECT_NE(identity, SearchIdentity({"runs", "f"}, a, ab, ViewType::kActiveOnly));
  EXPECT_NE(identity, SearchIdentity({"runs", "f"}, a, joined, ViewType::kAll));
  EXPECT_NE(identity, SearchIdentity({"runs", "f"}, ab, a, ViewType::kAll));
  EXPECT_NE(identity, SearchIdentity({"runsf"}, a, ab, ViewType::kAll));
}

}  // namespace
}  // namespace gyre::tracking::internal
