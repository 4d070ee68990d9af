#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "base/json.h"
#include "base/result.h"

namespace gyre::stats {

/// Outcome of a two-sample comparison. Peers use the same names for different numbers, so the result says which rule it
/// followed. For all tests: NaN and infinite values are left out and not counted; a side left without values is an
/// error.
struct DriftResult {
  std::string test;      ///< "psi", "ks" or "chi_squared"
  double statistic = 0;  ///< chi_squared may be infinite: a category that the reference never had
  std::optional<double> p_value;
  uint64_t reference_count = 0;
  uint64_t current_count = 0;
  size_t bins = 0;         ///< bins or categories compared; 0 for ks
  std::string convention;  ///< binning, zero fill, denominators, method

  /// An infinite statistic becomes null.
  base::Json ToJson() const;
};

using CategoryCounts = std::map<std::string, uint64_t>;

enum class KsMethod {
  kAuto,        ///< exact if both samples have at most `exact_limit` values: scipy's rule, which has 10,000
  kExact,       ///< costs O(n1 n2) for different sizes
  kAsymptotic,  ///< the one-sample law for n1 n2 / (n1 + n2) values, as scipy.stats.ks_2samp
};
struct KsOptions {
  KsMethod method = KsMethod::kAuto;
  uint64_t exact_limit = 10'000;
  /// How many rows the reference sample stands for, if it is a sample of evenly spaced quantiles
  /// (model::NumberProfile). Then the p-value is asymptotic, whatever `method` says.
  std::optional<uint64_t> reference_rows;
};
/// Kolmogorov-Smirnov D = max |F_ref - F_cur| and its two-sided p-value. `sorted_reference` is ascending and finite.
base::Result<DriftResult> KolmogorovSmirnov(std::span<const double> sorted_reference, std::span<const double> current,
                                            const KsOptions& options = {});

/// Population stability index, sum (r - c) ln(r / c) over bins, as Evidently 0.7 computes it: with more than 20
/// distinct reference values, bins of equal width over both samples together, numbered by Sturges' rule (numpy's
/// "sturges" on floating point data); else one bin per distinct value. Fractions that are 0 become 1e-4, or a millionth
/// of the side's smallest fraction if that is at most 1e-4. Neither sample need be sorted.
base::Result<DriftResult> PsiEqualWidth(std::span<const double> reference, std::span<const double> current);

/// PSI over bins of (nearly) equal reference share, which only the reference decides: the edges are its k/bins
/// quantiles, equal ones merged, the outer bins open. For a stored profile, where the values themselves are gone;
/// outliers cannot stretch the bins. With at most 20 distinct reference values: one bin per distinct value. The same
/// zero fill.
base::Result<DriftResult> PsiQuantileBins(std::span<const double> sorted_reference, std::span<const double> current,
                                          size_t bins = 10);

/// PSI with one bin per category of either side.
base::Result<DriftResult> PsiCategories(const CategoryCounts& reference, const CategoryCounts& current);

enum class ChiSquaredForm {
  /// Evidently's: expected = reference count x current total / reference total, k - 1 degrees of freedom: the reference
  /// is
  /// taken as the truth, and a category that it never had gives an infinite statistic and p = 0.
  kGoodnessOfFit,
  /// Both sides are samples (scipy.stats.chi2_contingency without Yates' correction): right when the reference is
  /// small.
  kHomogeneity,
};
base::Result<DriftResult> ChiSquared(const CategoryCounts& reference, const CategoryCounts& current,
                                     ChiSquaredForm form = ChiSquaredForm::kGoodnessOfFit);

}  // namespace gyre::stats
