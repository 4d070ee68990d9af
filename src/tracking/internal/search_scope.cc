#include "tracking/internal/search_scope.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text.h"

namespace gyre::tracking::internal {
namespace {

using search::Comparator;

constexpr size_t kMostExperiments = 10'000;

/// Milliseconds that are certainly before or after any time of a run, and whose microseconds still fit.
constexpr double kFarMillis = 9e15;

/// The first whole millisecond that is not below the clause's number, and whether it is that number.
std::pair<int64_t, bool> WholeMillis(const search::Literal& value) {
  const auto* whole = std::get_if<int64_t>(&value);
  const double number = whole != nullptr ? static_cast<double>(*whole) : std::get<double>(value);
  const double bounded = std::clamp(std::isnan(number) ? 0.0 : number, -kFarMillis, kFarMillis);
  if (whole != nullptr && bounded == number) return {*whole, true};
  const double ceiling = std::ceil(bounded);
  return {static_cast<int64_t>(ceiling), ceiling == number};
}

}  // namespace

void SearchScope::WriteExperiments(std::string_view column, search::SqlText& sql) const {
  if (all) {
    sql << column << " IN (SELECT number FROM experiments)";
    return;
  }
  if (single()) {
    sql << column << " = ";
    sql.Bind(experiments.front());
    return;
  }
  sql << column << " IN (";
  for (size_t i = 0; i < experiments.size(); ++i) {
    if (i > 0) sql << ",";
    sql.Bind(experiments[i]);
  }
  sql << ")";
}

void SearchScope::WriteView(std::string_view deleted_at, search::SqlText& sql) const {
  if (view == ViewType::kActiveOnly) sql << " AND " << deleted_at << " IS NULL";
  if (view == ViewType::kDeletedOnly) sql << " AND " << deleted_at << " IS NOT NULL";
}

base::Result<int64_t> ReadExperimentId(std::string_view id) {
  const auto number = base::ParseInt(base::Trim(id));
  if (number) return *number;
  return base::InvalidArgument(fmt::format("Invalid experiment ID '{}'. Experiment ID must be a valid integer.", id),
                               "experiment_id");
}

base::Result<SearchScope> ReadScope(std::span<const std::string> experiments, ViewType view) {
  SearchScope scope;
  scope.view = view;
  if (experiments.size() > kMostExperiments) {
    return base::InvalidArgument(
        fmt::format("experiment_ids has {} ids; at most {} are allowed, and \"{}\" stands for all", experiments.size(),
                    kMostExperiments, kAllExperiments),
        "experiment_ids");
  }
  for (const auto& id : experiments) {
    if (id == kAllExperiments) {
      scope.all = true;
    } else {
      scope.experiments.push_back(TRY(ReadExperimentId(id)));
    }
  }
  std::ranges::sort(scope.experiments);
  const auto repeated = std::ranges::unique(scope.experiments);
  scope.experiments.erase(repeated.begin(), repeated.end());
  return scope;
}

base::Result<void> CheckMaxResults(int64_t max_results) {
  if (max_results < 1) {
    return base::InvalidArgument(
        fmt::format("Invalid value {} for parameter 'max_results' supplied. It must be a positive integer",
                    max_results),
        "max_results");
  }
  if (max_results > Limits::kRunsPerPage) {
    return base::InvalidArgument(
        fmt::format("Invalid value {} for parameter 'max_results' supplied. It must be at most {}", max_results,
                    Limits::kRunsPerPage),
        "max_results");
  }
  return base::Ok();
}

std::string SearchIdentity(std::initializer_list<std::string_view> parts, std::span<const std::string> experiments,
                           std::span<const std::string> order_by, ViewType view) {
  std::string text = fmt::format("{} ", static_cast<int>(view));
  const auto add = [&text](std::string_view part) { text += fmt::format("{}:{}", part.size(), part); };
  for (const auto part : parts) add(part);
  text += ';';
  for (const auto& id : experiments) add(id);
  text += ';';
  for (const auto& key : order_by) add(key);
  return text;
}

void WriteTimeComparison(const search::Clause& clause, std::string_view column, search::SqlText& sql) {
  const auto [millis, exact] = WholeMillis(clause.value);
  // A time shows as its millisecond, rounded down: those of `millis` are [millis * 1000, millis * 1000 + 1000).
  const int64_t begin = millis * 1000;
  const int64_t end = exact ? begin + 1000 : begin;
  const bool equality = clause.comparator == Comparator::kEqual || clause.comparator == Comparator::kNotEqual;
  sql << "(" << column << " IS NOT NULL AND ";
  if (equality && !exact) {
    sql << (clause.comparator == Comparator::kEqual ? "1=0" : "1=1");
  } else if (equality) {
    const bool equal = clause.comparator == Comparator::kEqual;
    sql << "(" << column << (equal ? " >= " : " < ");
    sql.Bind(begin);
    sql << (equal ? " AND " : " OR ") << column << (equal ? " < " : " >= ");
    sql.Bind(end);
    sql << ")";
  } else {
    const bool below = clause.comparator == Comparator::kLess || clause.comparator == Comparator::kLessEqual;
    const bool includes = clause.comparator == Comparator::kLessEqual || clause.comparator == Comparator::kGreater;
    sql << column << (below ? " < " : " >= ");
    sql.Bind(includes ? end : begin);
  }
  sql << ")";
}

}  // namespace gyre::tracking::internal
