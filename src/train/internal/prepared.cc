#include "train/internal/prepared.h"

#include <cmath>
#include <numeric>

#include "train/internal/encoding.h"
#include "train/internal/forest.h"
#include "train/internal/logistic.h"
#include "train/internal/svm.h"

namespace gyre::train::internal {
namespace {

bool Standardizes(const AlgorithmParams& params) {
  if (const auto* svm = std::get_if<SvmParams>(&params)) return svm->standardize;
  if (const auto* logistic = std::get_if<LogisticParams>(&params)) return logistic->standardize;
  return false;
}

base::Result<void> CheckClasses(const Rows& rows, const std::vector<std::string>& classes) {
  const auto counts = CountClasses(rows);
  for (size_t label = 0; label < counts.size(); ++label) {
    if (counts[label] > 0) continue;
    return base::Unprocessable(fmt::format("class '{}' has no row to train on", classes[label]), classes[label]);
  }
  return base::Ok();
}

/// Differences of huge numbers can overflow float32 although each of them fits.
base::Result<void> CheckEncoded(const Prepared& prepared) {
  const auto bad = std::ranges::find_if(prepared.rows.values, [](float value) { return !std::isfinite(value); });
  if (bad == prepared.rows.values.end()) return base::Ok();
  auto place = static_cast<size_t>(bad - prepared.rows.values.begin()) % prepared.rows.features;
  for (const auto& encoding : prepared.encodings) {
    const auto* category = std::get_if<model::CategoryEncoding>(&encoding.encoding);
    const size_t width = category == nullptr ? 1 : category->categories.size();
    if (place < width) {
      return base::Unprocessable(
          fmt::format("column '{}' spans too wide a range for float32; rescale it", encoding.column), encoding.column);
    }
    place -= width;
  }
  return base::Internal("an encoded value without a column");
}

Rows GroupedByClass(const Rows& rows) {
  std::vector<size_t> order(rows.count());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, {}, [&](size_t row) { return rows.labels[row]; });
  Rows grouped{.features = rows.features, .classes = rows.classes, .values = {}, .labels = {}};
  grouped.values.reserve(rows.values.size());
  for (const size_t row : order) {
    const auto values = rows.Row(row);
    grouped.values.insert(grouped.values.end(), values.begin(), values.end());
    grouped.labels.push_back(rows.labels[row]);
  }
  return grouped;
}

}  // namespace

base::Result<Prepared> Prepare(const Dataset& dataset, const AlgorithmParams& params) {
  TRY(dataset.Check());
  Prepared prepared{.encodings = TRY(FitEncodings(dataset.features, Standardizes(params))),
                    .classes = dataset.classes,
                    .rows = {},
                    .ranked = {},
                    .dots = {}};
  auto values = TRY(model::Encode(prepared.encodings, dataset.features));
  if (values.empty()) return base::Unprocessable("no feature column has any value to train on");
  prepared.rows = {.features = values.size() / dataset.rows(),
                   .classes = dataset.classes.size(),
                   .values = std::move(values),
                   .labels = dataset.labels};
  TRY(CheckClasses(prepared.rows, prepared.classes));
  TRY(CheckEncoded(prepared));
  if (std::holds_alternative<SvmParams>(params)) {
    prepared.rows = GroupedByClass(prepared.rows);
    if (prepared.rows.count() <= DotProducts::kMostRows) prepared.dots.emplace(prepared.rows);
  }
  if (std::holds_alternative<ForestParams>(params)) prepared.ranked.emplace(prepared.rows);
  return prepared;
}

base::Result<model::TrainedModel> FitPrepared(const Prepared& prepared, const AlgorithmParams& params,
                                              const FitOptions& options) {
  model::TrainedModel model{.encodings = prepared.encodings, .classes = prepared.classes, .classifier = {}};
  if (const auto* svm = std::get_if<SvmParams>(&params)) {
    const auto* dots = prepared.dots ? &*prepared.dots : nullptr;
    model.classifier = TRY(FitSvm(prepared.rows, dots, *svm, options.probabilities, options.seed, options.cancel));
  } else if (const auto* forest = std::get_if<ForestParams>(&params)) {
    model.classifier =
        TRY(GrowForest(prepared.rows, *prepared.ranked, *forest, options.seed, options.threads, options.cancel));
  } else {
    model.classifier = TRY(FitLogistic(prepared.rows, std::get<LogisticParams>(params), options.cancel));
  }
  return model;
}

}  // namespace gyre::train::internal
