#include "stats/drift.h"

#include <cmath>
#include <limits>
#include <numeric>

#include "stats/internal/samples.h"
#include "stats/kolmogorov.h"
#include "stats/special.h"

namespace gyre::stats {
namespace {

using internal::FiniteSorted;

/// max |i/n1 - j/n2| over the merged values, each side's distribution function taken after all values up to x.
double LargestGap(std::span<const double> a, std::span<const double> b) {
  const auto n1 = static_cast<double>(a.size());
  const auto n2 = static_cast<double>(b.size());
  double gap = 0;
  size_t i = 0;
  size_t j = 0;
  while (i < a.size() && j < b.size()) {
    const double x = std::min(a[i], b[j]);
    while (i < a.size() && a[i] == x) ++i;
    while (j < b.size() && b[j] == x) ++j;
    gap = std::max(gap, std::abs(static_cast<double>(i) / n1 - static_cast<double>(j) / n2));
  }
  return gap;
}

/// The product overflows lattice arithmetic only far beyond what an exact computation could finish.
bool ExactIsPossible(uint64_t n1, uint64_t n2) {
  return n1 / std::gcd(n1, n2) < std::numeric_limits<int32_t>::max() / n2;
}

bool UseExact(uint64_t n1, uint64_t n2, const KsOptions& options) {
  if (options.reference_rows || options.method == KsMethod::kAsymptotic || !ExactIsPossible(n1, n2)) return false;
  return options.method == KsMethod::kExact || std::max(n1, n2) <= options.exact_limit;
}

double AsymptoticP(uint64_t n1, uint64_t n2, double gap) {
  const auto a = static_cast<double>(n1);
  const auto b = static_cast<double>(n2);
  const double effective = std::nearbyint(a * b / (a + b));
  return KolmogorovSurvival(static_cast<int64_t>(std::max(effective, 1.0)), gap);
}

double TotalOf(const CategoryCounts& counts) {
  double total = 0;
  for (const auto& [name, count] : counts) total += static_cast<double>(count);
  return total;
}

/// Counts of both sides for each category of either, in order.
std::vector<std::pair<double, double>> Paired(const CategoryCounts& reference, const CategoryCounts& current) {
  std::map<std::string_view, std::pair<double, double>> both;
  for (const auto& [name, count] : reference) both[name].first = static_cast<double>(count);
  for (const auto& [name, count] : current) both[name].second = static_cast<double>(count);
  std::vector<std::pair<double, double>> pairs;
  for (const auto& [name, counts] : both) {
    if (counts.first > 0 || counts.second > 0) pairs.push_back(counts);
  }
  return pairs;
}

base::Result<void> CheckTotals(double reference, double current) {
  if (reference == 0) return base::Unprocessable("the reference has no values to compare with");
  if (current == 0) return base::Unprocessable("there are no current values to compare");
  return base::Ok();
}

}  // namespace

base::Json DriftResult::ToJson() const {
  base::Json json = {{"test", test},
                     {"statistic", std::isfinite(statistic) ? base::Json(statistic) : base::Json()},
                     {"reference_count", reference_count},
                     {"current_count", current_count},
                     {"convention", convention}};
  if (p_value) json["p_value"] = *p_value;
  if (bins > 0) json["bins"] = bins;
  return json;
}

base::Result<DriftResult> KolmogorovSmirnov(std::span<const double> sorted_reference, std::span<const double> current,
                                            const KsOptions& options) {
  TRY(internal::CheckSorted(sorted_reference));
  const auto values = TRY(FiniteSorted(current, "current"));
  const uint64_t n1 = options.reference_rows.value_or(sorted_reference.size());
  if (n1 == 0) return base::InvalidArgument("reference_rows is 0", "reference_rows");
  const uint64_t n2 = values.size();
  DriftResult result{.test = "ks", .p_value = {}, .reference_count = n1, .current_count = n2, .convention = {}};
  result.statistic = LargestGap(sorted_reference, values);
  if (UseExact(n1, n2, options)) {
    const auto multiple = static_cast<double>(n1 / std::gcd(n1, n2) * n2);
    const auto h = static_cast<int64_t>(std::nearbyint(result.statistic * multiple));
    result.p_value = TwoSampleKolmogorovSurvival(static_cast<int64_t>(n1), static_cast<int64_t>(n2), h);
    result.convention = "two-sided, exact over orders without ties (scipy ks_2samp exact)";
  } else {
    result.p_value = AsymptoticP(n1, n2, result.statistic);
    result.convention = "two-sided, one-sample law at n1 n2/(n1+n2) (scipy ks_2samp asymp)";
  }
  if (options.reference_rows && n1 != sorted_reference.size()) {
    result.convention += fmt::format("; reference of {} quantiles for {} rows", sorted_reference.size(), n1);
  }
  return result;
}

base::Result<DriftResult> PsiEqualWidth(std::span<const double> reference, std::span<const double> current) {
  const auto sorted_reference = TRY(FiniteSorted(reference, "reference"));
  const auto sorted_current = TRY(FiniteSorted(current, "current"));
  if (!internal::HasManyValues(sorted_reference)) return internal::PsiPerValue(sorted_reference, sorted_current);
  const auto edges = internal::SturgesEdges(sorted_reference, sorted_current);
  const auto r = internal::CountRightOpen(sorted_reference, edges);
  const auto c = internal::CountRightOpen(sorted_current, edges);
  return internal::PsiOfBins(r, c,
                             fmt::format("equal width bins over both samples by Sturges' rule; {}", internal::kFill));
}

base::Result<DriftResult> PsiQuantileBins(std::span<const double> sorted_reference, std::span<const double> current,
                                          size_t bins) {
  if (bins < 2) return base::InvalidArgument(fmt::format("PSI needs 2 bins or more, not {}", bins), "bins");
  TRY(internal::CheckSorted(sorted_reference));
  const auto sorted_current = TRY(FiniteSorted(current, "current"));
  if (!internal::HasManyValues(sorted_reference)) return internal::PsiPerValue(sorted_reference, sorted_current);
  const auto edges = internal::QuantileEdges(sorted_reference, bins);
  const auto r = internal::CountOpenEnded(sorted_reference, edges);
  const auto c = internal::CountOpenEnded(sorted_current, edges);
  return internal::PsiOfBins(r, c, fmt::format("{} quantile bins of the reference; {}", bins, internal::kFill));
}

base::Result<DriftResult> PsiCategories(const CategoryCounts& reference, const CategoryCounts& current) {
  TRY(CheckTotals(TotalOf(reference), TotalOf(current)));
  std::vector<double> r;
  std::vector<double> c;
  for (const auto& [of_reference, of_current] : Paired(reference, current)) {
    r.push_back(of_reference);
    c.push_back(of_current);
  }
  return internal::PsiOfBins(r, c, fmt::format("one bin per category; {}", internal::kFill));
}

base::Result<DriftResult> ChiSquared(const CategoryCounts& reference, const CategoryCounts& current,
                                     ChiSquaredForm form) {
  const double n1 = TotalOf(reference);
  const double n2 = TotalOf(current);
  TRY(CheckTotals(n1, n2));
  const auto pairs = Paired(reference, current);
  double statistic = 0;
  for (const auto& [r, c] : pairs) {
    if (form == ChiSquaredForm::kGoodnessOfFit) {
      const double expected = r * n2 / n1;
      statistic += (c - expected) * (c - expected) / expected;
    } else {
      const double both = r + c;
      const double expected_r = both * n1 / (n1 + n2);
      const double expected_c = both * n2 / (n1 + n2);
      statistic += (r - expected_r) * (r - expected_r) / expected_r + (c - expected_c) * (c - expected_c) / expected_c;
    }
  }
  const auto degrees = static_cast<double>(pairs.size() - 1);
  DriftResult result{.test = "chi_squared",
                     .statistic = statistic,
                     .p_value = degrees == 0 ? 1.0 : ChiSquaredSurvival(degrees, statistic),
                     .reference_count = static_cast<uint64_t>(n1),
                     .current_count = static_cast<uint64_t>(n2),
                     .bins = pairs.size(),
                     .convention = {}};
  result.convention = form == ChiSquaredForm::kGoodnessOfFit
                          ? "expected counts are the reference's, scaled to the current total; k-1 degrees of freedom"
                          : "homogeneity of both samples, no continuity correction; k-1 degrees of freedom";
  return result;
}

}  // namespace gyre::stats
