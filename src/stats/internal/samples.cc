#include "stats/internal/samples.h"

#include <cmath>
#include <numeric>

namespace gyre::stats::internal {
namespace {

/// Counts as shares of their sum, with something in place of zeros so that logarithms exist.
std::vector<double> FilledShares(const std::vector<double>& counts) {
  const double total = std::accumulate(counts.begin(), counts.end(), 0.0);
  std::vector<double> shares;
  double smallest = 1;
  for (const double count : counts) {
    shares.push_back(count / total);
    if (count > 0) smallest = std::min(smallest, shares.back());
  }
  const double fill = smallest <= 1e-4 ? smallest / 1e6 : 1e-4;
  std::ranges::replace(shares, 0.0, fill);
  return shares;
}

}  // namespace

base::Result<std::vector<double>> FiniteSorted(std::span<const double> values, std::string_view side) {
  std::vector<double> kept;
  kept.reserve(values.size());
  std::ranges::copy_if(values, std::back_inserter(kept), [](double value) { return std::isfinite(value); });
  if (kept.empty()) return base::Unprocessable(fmt::format("there are no finite {} values to compare", side));
  std::ranges::sort(kept);
  return kept;
}

base::Result<void> CheckSorted(std::span<const double> reference) {
  if (reference.empty()) return base::Unprocessable("there are no finite reference values to compare");
  if (!std::isfinite(reference.front()) || !std::isfinite(reference.back()) || !std::ranges::is_sorted(reference)) {
    return base::InvalidArgument("the reference sample must be finite and ascending");
  }
  return base::Ok();
}

bool HasManyValues(std::span<const double> sorted) {
  size_t distinct = 1;
  for (size_t i = 1; i < sorted.size() && distinct <= 20; ++i) distinct += sorted[i] != sorted[i - 1];
  return distinct > 20;
}

std::vector<double> SturgesEdges(std::span<const double> a, std::span<const double> b) {
  const double first = std::min(a.front(), b.front());
  const double last = std::max(a.back(), b.back());
  const double range = last - first;
  const double width = range / (std::log2(static_cast<double>(a.size() + b.size())) + 1);
  const auto bins = static_cast<size_t>(std::ceil(range / width));
  std::vector<double> edges(bins + 1);
  const double step = range / static_cast<double>(bins);
  for (size_t i = 0; i < bins; ++i) edges[i] = first + static_cast<double>(i) * step;
  edges[bins] = last;
  return edges;
}

std::vector<double> CountRightOpen(std::span<const double> sorted, std::span<const double> edges) {
  std::vector<double> counts(edges.size() - 1);
  auto from = sorted.begin();
  for (size_t bin = 0; bin < counts.size(); ++bin) {
    const bool closed = bin + 1 == counts.size();
    const auto to = closed ? sorted.end() : std::lower_bound(from, sorted.end(), edges[bin + 1]);
    counts[bin] = static_cast<double>(to - from);
    from = to;
  }
  return counts;
}

std::vector<double> QuantileEdges(std::span<const double> sorted, size_t bins) {
  std::vector<double> edges;
  for (size_t k = 1; k < bins; ++k) {
    const double edge = sorted[(k * sorted.size() + bins - 1) / bins - 1];
    if (edge < sorted.back() && (edges.empty() || edge > edges.back())) edges.push_back(edge);
  }
  return edges;
}

std::vector<double> CountOpenEnded(std::span<const double> sorted, std::span<const double> edges) {
  std::vector<double> counts(edges.size() + 1);
  auto from = sorted.begin();
  for (size_t bin = 0; bin < counts.size(); ++bin) {
    const auto to = bin == edges.size() ? sorted.end() : std::upper_bound(from, sorted.end(), edges[bin]);
    counts[bin] = static_cast<double>(to - from);
    from = to;
  }
  return counts;
}

DriftResult PsiOfBins(const std::vector<double>& reference, const std::vector<double>& current,
                      std::string convention) {
  DriftResult result{.test = "psi",
                     .p_value = {},
                     .reference_count = static_cast<uint64_t>(std::accumulate(reference.begin(), reference.end(), 0.0)),
                     .current_count = static_cast<uint64_t>(std::accumulate(current.begin(), current.end(), 0.0)),
                     .bins = reference.size(),
                     .convention = std::move(convention)};
  const auto r = FilledShares(reference);
  const auto c = FilledShares(current);
  for (size_t bin = 0; bin < r.size(); ++bin) result.statistic += (r[bin] - c[bin]) * std::log(r[bin] / c[bin]);
  return result;
}

DriftResult PsiPerValue(std::span<const double> sorted_reference, std::span<const double> sorted_current) {
  std::map<double, std::pair<double, double>> both;
  for (const double value : sorted_reference) ++both[value].first;
  for (const double value : sorted_current) ++both[value].second;
  std::vector<double> r;
  std::vector<double> c;
  for (const auto& [value, counts] : both) {
    r.push_back(counts.first);
    c.push_back(counts.second);
  }
  return PsiOfBins(r, c, fmt::format("one bin per distinct value; {}", kFill));
}

}  // namespace gyre::stats::internal
