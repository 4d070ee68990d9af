#include "adopt/internal/example.h"

#include <cmath>

#include "base/json.h"

namespace gyre::adopt::internal {
namespace {

constexpr size_t kMaxRows = 256;

/// Columns of cells by name.
using Cells = std::map<std::string, std::vector<base::Json>>;

base::Error NoTable(std::string_view what) {
  return base::InvalidArgument(fmt::format("the input example {}", what), "input_example.json");
}

base::Result<Cells> FromRows(const base::Json& rows, const std::vector<std::string>& names) {
  Cells cells;
  if (!rows.is_array()) return NoTable("has no rows");
  for (size_t i = 0; i < std::min(rows.size(), kMaxRows); ++i) {
    if (!rows[i].is_array() || rows[i].size() != names.size()) {
      return NoTable(fmt::format("has a row that is not {} values", names.size()));
    }
    for (size_t k = 0; k < names.size(); ++k) cells[names[k]].push_back(rows[i][k]);
  }
  return cells;
}

base::Result<Cells> FromColumns(const base::Json& columns) {
  Cells cells;
  for (const auto& [name, column] : columns.items()) {
    if (!column.is_array()) return NoTable(fmt::format("has a column {} that is no list", name));
    auto& taken = cells[name];
    for (size_t i = 0; i < std::min(column.size(), kMaxRows); ++i) {
      // [[1], [2]] is a column of [N, 1].
      const bool wrapped = column[i].is_array() && column[i].size() == 1;
      taken.push_back(wrapped ? column[i][0] : column[i]);
    }
  }
  return cells;
}

base::Result<Cells> ReadCells(const base::Json& example, const model::Signature& signature) {
  std::vector<std::string> names;
  if (example.is_object() && example.contains("columns") && example.contains("data")) {
    const auto& columns = example["columns"];
    for (size_t i = 0; columns.is_array() && i < columns.size(); ++i) {
      names.push_back(columns[i].is_string() ? columns[i].get<std::string>() : columns[i].dump());
    }
    return FromRows(example["data"], names);
  }
  if (example.is_object()) return FromColumns(example);
  for (const auto& input : signature.inputs) names.push_back(input.name);
  return FromRows(example, names);
}

base::Result<float> NumberOf(const base::Json& cell, const std::string& name) {
  if (cell.is_null()) return std::nanf("");
  if (cell.is_boolean()) return cell.get<bool>() ? 1.0F : 0.0F;
  if (cell.is_number()) return static_cast<float>(cell.get<double>());
  return NoTable(fmt::format("has in {} what is no number", name));
}

base::Result<model::FeatureColumn> MakeColumn(const model::Feature& feature, const std::vector<base::Json>& cells) {
  model::FeatureColumn column{.name = feature.name, .type = feature.type, .numbers = {}, .categories = {}};
  for (const auto& cell : cells) {
    if (feature.type == model::FeatureType::kNumber) {
      column.numbers.push_back(TRY(NumberOf(cell, feature.name)));
    } else {
      column.categories.push_back(cell.is_string() ? cell.get<std::string>() : cell.is_null() ? "" : cell.dump());
    }
  }
  return column;
}

}  // namespace

base::Result<model::Frame> ReadExample(std::string_view json, const model::Signature& signature) {
  const auto cells = TRY(ReadCells(TRY(base::ParseJson(json, "the input example")), signature));
  model::Frame frame;
  for (const auto& feature : signature.inputs) {
    const auto found = cells.find(feature.name);
    if (found == cells.end()) return NoTable(fmt::format("has no column {}", feature.name));
    frame.columns.push_back(TRY(MakeColumn(feature, found->second)));
  }
  TRY(frame.Check());
  if (frame.rows() == 0) return NoTable("has no rows");
  return frame;
}

}  // namespace gyre::adopt::internal
