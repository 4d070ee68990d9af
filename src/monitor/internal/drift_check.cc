#include "monitor/internal/drift_check.h"

#include <cmath>
#include <limits>

#include "engine/sql.h"
#include "stats/drift.h"

namespace gyre::monitor::internal {
namespace {

/// Exact KS p-values of larger samples cost more than they tell (n1 n2 steps per feature).
constexpr uint64_t kExactKsLimit = 1000;
/// Categories of a window that are told apart; the rarer ones count together.
constexpr size_t kCategoryLimit = 1000;
/// Names all categories beyond those of the profile; no category can be called so, because text is never empty and this
/// is not UTF-8.
constexpr std::string_view kOther = "\xff";

class WindowComparison {
 public:
  WindowComparison(LogView& view, const MonitorConfig& config, WindowReport& report)
      : view_(view), config_(config), report_(report), parameters_{report.from, report.until} {}

  base::Result<void> Run(const model::ReferenceProfile& profile) {
    TRY(CountRows());
    for (const auto& feature : view_.features) {
      const auto number = profile.numbers.find(feature.name);
      const auto category = profile.categories.find(feature.name);
      const auto column = engine::QuoteName(feature.column);
      if (number != profile.numbers.end()) TRY(CompareNumbers(feature.name, column, number->second));
      if (category != profile.categories.end()) TRY(CompareCategories(feature.name, column, category->second));
    }
    report_.drifted = report_.drifted_features > 0 && report_.DriftedShare() >= config_.drifted_share;
    of_answers_ = true;
    return ComparePredictions(profile);
  }

 private:
  base::Result<engine::Table> Ask(const std::string& select, const std::string& rest = "") {
    return view_.connection.Query(
        fmt::format("SELECT {} FROM log WHERE event_time >= $1 AND event_time < $2 {}", select, rest), parameters_);
  }

  base::Result<void> CountRows() {
    const auto versions = TRY(Ask("model_version, count(*)", "GROUP BY model_version ORDER BY model_version"));
    report_.answered_by = versions.columns[0].texts;
    for (const int64_t rows : versions.columns[1].integers) report_.rows += rows;
    report_.judged = report_.rows >= config_.min_rows;
    return base::Ok();
  }

  base::Result<void> CompareNumbers(const std::string& name, const std::string& column,
                                    const model::NumberProfile& profile) {
    auto values = TRY(Ask(fmt::format("TRY_CAST({} AS DOUBLE)", column),
                          fmt::format("AND isfinite(TRY_CAST({} AS DOUBLE))", column)));
    auto& current = values.columns[0].numbers;
    std::ranges::sort(current);
    const std::vector<double> reference(profile.sorted_sample.begin(), profile.sorted_sample.end());
    if (current.empty() || reference.empty()) return AddNothing(name, "psi", "ks", profile.count, current.size());
    stats::KsOptions options{.method = stats::KsMethod::kAuto, .exact_limit = kExactKsLimit, .reference_rows = {}};
    if (profile.count > reference.size()) options.reference_rows = profile.count;
    const auto psi = TRY(stats::PsiQuantileBins(reference, current));
    const auto ks = TRY(stats::KolmogorovSmirnov(reference, current, options));
    return AddPair(name, psi, ks);
  }

  base::Result<void> CompareCategories(const std::string& name, const std::string& column,
                                       const model::CategoryProfile& profile) {
    const auto current = TRY(CountCategories(column, profile));
    stats::CategoryCounts reference = profile.counts;
    if (profile.other > 0) reference.emplace(kOther, profile.other);
    if (current.empty() || reference.empty()) return AddNothing(name, "psi", "chi_squared", profile.count, 0);
    const auto psi = TRY(stats::PsiCategories(reference, current));
    const auto chi = TRY(stats::ChiSquared(reference, current, stats::ChiSquaredForm::kHomogeneity));
    return AddPair(name, psi, chi);
  }

  base::Result<stats::CategoryCounts> CountCategories(const std::string& column,
                                                      const model::CategoryProfile& profile) {
    const auto text = fmt::format("CAST({} AS VARCHAR)", column);
    const auto present = fmt::format("AND {} IS NOT NULL", column);
    const auto total = TRY(Ask("count(*)", present)).columns[0].integers[0];
    const auto groups =
        TRY(Ask(fmt::format("{} AS value, count(*) AS n", text),
                fmt::format("{} GROUP BY value ORDER BY n DESC, value LIMIT {}", present, kCategoryLimit)));
    stats::CategoryCounts counts;
    int64_t rest = total;
    for (size_t i = 0; i < groups.rows(); ++i) {
      const auto& value = groups.columns[0].texts[i];
      const int64_t rows = groups.columns[1].integers[i];
      rest -= rows;
      // Where the profile did not keep every category, one that it does not name may be among those it left out.
      const bool among_others = profile.other > 0 && !profile.counts.contains(value);
      counts[among_others ? std::string(kOther) : value] += static_cast<uint64_t>(rows);
    }
    if (rest > 0) counts[std::string(kOther)] += static_cast<uint64_t>(rest);
    return counts;
  }

  base::Result<void> ComparePredictions(const model::ReferenceProfile& profile) {
    if (view_.task != model::Task::kClassification) return base::Ok();
    if (!profile.predicted_label.counts.empty()) {
      TRY(CompareCategories("prediction", "predicted_label", profile.predicted_label));
    }
    for (const auto& entry : view_.classes) {
      // The profile calls them as the log does.
      const auto known = profile.predicted_probability.find("probability." + entry.name);
      if (known == profile.predicted_probability.end()) continue;
      TRY(CompareNumbers(known->first, engine::QuoteName(entry.probability), known->second));
    }
    return base::Ok();
  }

  base::Result<void> AddNothing(const std::string& name, const char* size, const char* test, uint64_t reference,
                                uint64_t current) {
    for (const char* which : {size, test}) {
      report_.drift.push_back(
          {.feature = name,
           .of_answer = of_answers_,
           .test = which,
           .score = std::numeric_limits<double>::quiet_NaN(),
           .p_value = {},
           .threshold = which == size ? config_.psi : config_.p_value,
           .drifted = false,
           .convention = reference == 0 ? "the reference has no values" : "the window has no values",
           .reference_count = reference,
           .current_count = current});
    }
    return base::Ok();
  }

  /// The verdict takes both: how large the shift is, and that it is no accident.
  base::Result<void> AddPair(const std::string& name, const stats::DriftResult& psi, const stats::DriftResult& test) {
    const bool enough = report_.judged && psi.current_count >= static_cast<uint64_t>(config_.min_rows);
    const bool drifted = enough && psi.statistic >= config_.psi && test.p_value.value_or(1) < config_.p_value;
    if (!of_answers_) {
      ++report_.features;
      report_.drifted_features += drifted ? 1 : 0;
    }
    for (const auto* result : {&psi, &test}) {
      report_.drift.push_back({.feature = name,
                               .of_answer = of_answers_,
                               .test = result->test,
                               .score = result->statistic,
                               .p_value = result->p_value,
                               .threshold = result == &psi ? config_.psi : config_.p_value,
                               .drifted = drifted,
                               .convention = result->convention,
                               .reference_count = result->reference_count,
                               .current_count = result->current_count});
    }
    return base::Ok();
  }

  LogView& view_;
  const MonitorConfig& config_;
  WindowReport& report_;
  const std::array<engine::Value, 2> parameters_;
  bool of_answers_ = false;  ///< features first, answers then
};

}  // namespace

base::Result<void> CompareWindow(LogView& view, const model::ReferenceProfile& profile, const MonitorConfig& config,
                                 WindowReport& report) {
  return WindowComparison(view, config, report).Run(profile);
}

}  // namespace gyre::monitor::internal
