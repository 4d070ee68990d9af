#include "model/frame.h"

namespace gyre::model {

std::string_view FeatureTypeName(FeatureType type) {
  return type == FeatureType::kNumber ? "number" : "category";
}

base::Result<FeatureType> ParseFeatureType(std::string_view name) {
  if (name == "number") return FeatureType::kNumber;
  if (name == "category") return FeatureType::kCategory;
  return base::InvalidArgument(fmt::format("'{}' is not a feature type; there are number and category", name),
                               std::string(name));
}

const FeatureColumn* Frame::Find(std::string_view name) const {
  const auto found = std::ranges::find(columns, name, &FeatureColumn::name);
  return found == columns.end() ? nullptr : &*found;
}

Frame Frame::Take(const std::vector<size_t>& indices) const {
  Frame taken;
  for (const auto& column : columns) {
    FeatureColumn copy{.name = column.name, .type = column.type, .numbers = {}, .categories = {}};
    for (const size_t index : indices) {
      if (column.type == FeatureType::kNumber) copy.numbers.push_back(column.numbers[index]);
      if (column.type == FeatureType::kCategory) copy.categories.push_back(column.categories[index]);
    }
    taken.columns.push_back(std::move(copy));
  }
  return taken;
}

base::Result<void> Frame::Check() const {
  std::set<std::string_view> names;
  for (const auto& column : columns) {
    if (!names.insert(column.name).second) {
      return base::InvalidArgument(fmt::format("column {} is there twice", column.name), column.name);
    }
    if (column.size() != rows()) {
      return base::InvalidArgument(
          fmt::format("column {} has {} rows, but {} has {}", column.name, column.size(), columns.front().name, rows()),
          column.name);
    }
  }
  return base::Ok();
}

}  // namespace gyre::model
