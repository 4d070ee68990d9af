#include "monitor/internal/row_table.h"

#include <cmath>

#include "base/text.h"
#include "engine/appender.h"
#include "engine/sql.h"
#include "serve/prediction_id.h"

namespace gyre::monitor::internal {
namespace {

using engine::Column;
using engine::DataType;

constexpr size_t kBatchRows = 8192;

void MarkValid(Column& column) {
  if (!column.valid.empty()) column.valid.push_back(1);
}

void AppendNumber(Column& column, float value) {
  if (std::isnan(value)) return column.AppendNull();
  column.numbers.push_back(value);
  MarkValid(column);
}

void AppendTime(Column& column, int64_t micros) {
  column.integers.push_back(micros);
}

/// Empty text is a missing value. Bytes that are no UTF-8, which DuckDB would refuse, become question marks.
void AppendText(Column& column, std::string_view text) {
  if (text.empty()) return column.AppendNull();
  auto& kept = column.texts.emplace_back(text);
  MarkValid(column);
  if (base::IsValidUtf8(text)) return;
  std::ranges::replace_if(kept, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
}

}  // namespace

RowTable::RowTable(const LogSchema& schema) : schema_(schema), shape_(RowShape::Of(schema)) {
  AddColumn("prediction_id", DataType::kText);
  AddColumn("answered_at", DataType::kTimestamp);
  AddColumn("event_time", DataType::kTimestamp);
  AddColumn("key", DataType::kText);
  answer_ = AddAnswer("model_version", "");
  shadow_ = AddAnswer("shadow_version", "shadow_");
  features_ = table_.columns.size();
  const auto names = FeatureColumnNames(schema);
  for (size_t i = 0; i < names.size(); ++i) {
    AddColumn(names[i], schema.features[i].type == model::FeatureType::kNumber ? DataType::kNumber : DataType::kText);
  }
}

size_t RowTable::AddColumn(std::string name, DataType type) {
  table_.columns.push_back(
      {.name = std::move(name), .type = type, .integers = {}, .numbers = {}, .texts = {}, .valid = {}});
  return table_.columns.size() - 1;
}

RowTable::AnswerColumns RowTable::AddAnswer(const std::string& version, const std::string& prefix) {
  AnswerColumns columns{.version = AddColumn(version, DataType::kText)};
  const std::string predicted = prefix.empty() ? "predicted_" : prefix;
  if (shape_.regression) {
    columns.answer = AddColumn(predicted + "value", DataType::kNumber);
    return columns;
  }
  columns.answer = AddColumn(predicted + "label", DataType::kText);
  columns.probabilities = columns.answer + 1;
  for (auto& name : ColumnNames(prefix + "probability.", schema_.classes)) AddColumn(name, DataType::kNumber);
  return columns;
}

void RowTable::AppendAnswer(const AnswerColumns& columns, const AnswerView& answer) {
  AppendText(table_.columns[columns.version], answer.version);
  if (shape_.regression) return AppendNumber(table_.columns[columns.answer], answer.value);
  const auto label = static_cast<size_t>(answer.label);
  AppendText(table_.columns[columns.answer], label < shape_.classes ? schema_.classes[label] : std::string_view());
  for (size_t i = 0; i < shape_.classes; ++i) {
    AppendNumber(table_.columns[columns.probabilities + i], RowView::FloatAt(answer.probabilities, i));
  }
}

void RowTable::AppendNoAnswer(const AnswerColumns& columns) {
  table_.columns[columns.version].AppendNull();
  table_.columns[columns.answer].AppendNull();
  if (shape_.regression) return;
  for (size_t i = 0; i < shape_.classes; ++i) table_.columns[columns.probabilities + i].AppendNull();
}

void RowTable::Append(const RowView& row) {
  auto& columns = table_.columns;
  AppendText(columns[0], serve::FormatPredictionId(row.id));
  AppendTime(columns[1], row.answered_at);
  AppendTime(columns[2], row.event_time);
  AppendText(columns[3], row.key);
  AppendAnswer(answer_, row.answer);
  if (row.has_shadow) {
    AppendAnswer(shadow_, row.shadow);
  } else {
    AppendNoAnswer(shadow_);
  }
  size_t number = 0;
  size_t category = 0;
  for (size_t i = 0; i < schema_.features.size(); ++i) {
    auto& column = columns[features_ + i];
    if (schema_.features[i].type == model::FeatureType::kNumber) {
      AppendNumber(column, RowView::FloatAt(row.numbers, number++));
    } else {
      AppendText(column, row.categories[category++]);
    }
  }
}

void RowTable::Clear() {
  for (auto& column : table_.columns) column.Clear();
}

std::vector<Column> LogColumns(const LogSchema& schema) {
  return RowTable(schema).table().columns;
}

std::string SelectAsFloats(std::span<const Column> columns, const std::string& table) {
  std::vector<std::string> list;
  for (const auto& column : columns) {
    const auto name = engine::QuoteName(column.name);
    list.push_back(column.type == DataType::kNumber ? fmt::format("CAST({0} AS FLOAT) AS {0}", name) : name);
  }
  return fmt::format("SELECT {} FROM {}", base::Join(list, ", "), engine::QuoteName(table));
}

base::Result<void> FillTable(engine::Connection& connection, const std::string& name, const LogSchema& schema,
                             const std::function<base::Result<void>(const OnEncodedRow&)>& feed) {
  RowTable rows(schema);
  TRY(connection.CreateTable(name, rows.table().columns));
  auto appender = TRY(engine::Appender::Open(connection, name));
  const auto shape = RowShape::Of(schema);
  RowView view;
  TRY(feed([&](std::string_view encoded) -> base::Result<void> {
    TRY(DecodeRow(shape, encoded, view));
    rows.Append(view);
    if (rows.table().rows() < kBatchRows) return base::Ok();
    TRY(appender.Append(rows.table()));
    rows.Clear();
    return base::Ok();
  }));
  TRY(appender.Append(rows.table()));
  return appender.Close();
}

}  // namespace gyre::monitor::internal
