#include "engine/table.h"

namespace gyre::engine {

size_t Column::size() const {
  if (type == DataType::kNumber) return numbers.size();
  if (type == DataType::kText) return texts.size();
  return integers.size();
}

Value Column::At(size_t row) const {
  if (IsNull(row)) return nullptr;
  switch (type) {
    case DataType::kBoolean:
      return integers[row] != 0;
    case DataType::kInteger:
      return integers[row];
    case DataType::kNumber:
      return numbers[row];
    case DataType::kText:
      return texts[row];
    case DataType::kTimestamp:
      return base::FromMicros(integers[row]);
  }
  return nullptr;
}

void Column::AppendNull() {
  if (valid.empty()) valid.assign(size(), 1);
  valid.push_back(0);
  if (type == DataType::kNumber) {
    numbers.push_back(0);
  } else if (type == DataType::kText) {
    texts.emplace_back();
  } else {
    integers.push_back(0);
  }
}

void Column::Clear() {
  integers.clear();
  numbers.clear();
  texts.clear();
  valid.clear();
}

const Column* Table::Find(std::string_view name) const {
  const auto found = std::ranges::find(columns, name, &Column::name);
  return found == columns.end() ? nullptr : &*found;
}

base::Result<void> Table::Check() const {
  for (const auto& column : columns) {
    if (column.size() != rows() || (!column.valid.empty() && column.valid.size() != rows())) {
      return base::InvalidArgument(
          fmt::format("column '{}' has {} rows where the first one has {}", column.name, column.size(), rows()),
          column.name);
    }
  }
  return base::Ok();
}

}  // namespace gyre::engine
