#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "stats/drift.h"

namespace gyre::stats::internal {

inline constexpr std::string_view kFill = "empty bins filled with 1e-4 (or a millionth of the smallest share)";

/// The finite values, ascending; an error that names the `side` if there are none.
base::Result<std::vector<double>> FiniteSorted(std::span<const double> values, std::string_view side);
/// That a reference sample is ascending, finite and not empty.
base::Result<void> CheckSorted(std::span<const double> reference);

/// More than 20 distinct values: worth ranges rather than one bin per value.
bool HasManyValues(std::span<const double> sorted);

/// Edges of numpy.histogram_bin_edges(both, bins="sturges").
std::vector<double> SturgesEdges(std::span<const double> a, std::span<const double> b);
/// Counts per bin [edge, next edge), the last one closed.
std::vector<double> CountRightOpen(std::span<const double> sorted, std::span<const double> edges);

/// The distinct values among the k/bins quantiles, 0 < k < bins.
std::vector<double> QuantileEdges(std::span<const double> sorted, size_t bins);
/// Counts per bin (previous edge, edge], the first and last open to infinity: edges.size() + 1 of them.
std::vector<double> CountOpenEnded(std::span<const double> sorted, std::span<const double> edges);

/// PSI of counts per bin.
DriftResult PsiOfBins(const std::vector<double>& reference, const std::vector<double>& current, std::string convention);
DriftResult PsiPerValue(std::span<const double> sorted_reference, std::span<const double> sorted_current);

}  // namespace gyre::stats::internal
