#include "train/dataset.h"

#include <cmath>

#include "base/text.h"

namespace gyre::train {
namespace {

constexpr size_t kMostClasses = 1000;

base::Result<void> CheckFinite(const model::FeatureColumn& column) {
  for (size_t row = 0; row < column.numbers.size(); ++row) {
    if (std::isinf(column.numbers[row])) {
      return base::InvalidArgument(
          fmt::format("row {}: {} is infinite; make it missing or drop the row before training", row, column.name),
          column.name);
    }
  }
  return base::Ok();
}

/// The distinct labels in ascending order: by value if all are whole numbers, else as text.
std::vector<std::string> ClassesOf(const std::vector<std::string>& labels) {
  const std::set<std::string> distinct(labels.begin(), labels.end());
  std::vector<std::string> classes(distinct.begin(), distinct.end());
  if (std::ranges::all_of(classes, [](const auto& name) { return base::ParseInt(name).has_value(); })) {
    std::ranges::stable_sort(classes, {}, [](const auto& name) { return *base::ParseInt(name); });
  }
  return classes;
}

}  // namespace

Dataset Dataset::Take(const std::vector<size_t>& rows) const {
  Dataset taken{.features = features.Take(rows), .labels = {}, .classes = classes};
  taken.labels.reserve(rows.size());
  for (const size_t row : rows) taken.labels.push_back(labels[row]);
  return taken;
}

base::Result<void> Dataset::Check() const {
  TRY(features.Check());
  if (features.columns.empty()) return base::InvalidArgument("there are no feature columns to train on");
  if (features.rows() != labels.size()) {
    return base::InvalidArgument(fmt::format("{} rows of features but {} labels", features.rows(), labels.size()));
  }
  if (labels.empty()) return base::Unprocessable("there are no rows to train on");
  if (classes.size() < 2 || classes.size() > kMostClasses) {
    return base::Unprocessable(
        fmt::format("a classifier needs 2 to {} classes; the label column has {}", kMostClasses, classes.size()));
  }
  if (std::set<std::string>(classes.begin(), classes.end()).size() != classes.size()) {
    return base::InvalidArgument("two classes have the same name");
  }
  for (size_t row = 0; row < labels.size(); ++row) {
    if (labels[row] < 0 || static_cast<size_t>(labels[row]) >= classes.size()) {
      return base::InvalidArgument(
          fmt::format("row {}: label {} is not one of the {} classes", row, labels[row], classes.size()));
    }
  }
  for (const auto& column : features.columns) TRY(CheckFinite(column));
  return base::Ok();
}

base::Result<Dataset> MakeDataset(model::Frame features, const std::vector<std::string>& labels) {
  Dataset dataset{.features = std::move(features), .labels = {}, .classes = ClassesOf(labels)};
  std::unordered_map<std::string_view, int32_t> index;
  for (size_t i = 0; i < dataset.classes.size(); ++i) index.emplace(dataset.classes[i], static_cast<int32_t>(i));
  dataset.labels.reserve(labels.size());
  for (const auto& label : labels) dataset.labels.push_back(index.at(label));
  TRY(dataset.Check());
  return dataset;
}

}  // namespace gyre::train
