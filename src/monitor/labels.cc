#include "monitor/labels.h"

#include <cmath>
#include <limits>

#include "base/hash.h"
#include "base/text.h"
#include "engine/appender.h"
#include "engine/sql.h"
#include "monitor/internal/id_run.h"
#include "monitor/internal/label_rows.h"
#include "serve/prediction_id.h"

namespace gyre::monitor {
namespace {

using internal::EndpointLabels;
using internal::NewLabel;

constexpr size_t kMaxIdBytes = 128;
constexpr size_t kBatchRows = 8192;
constexpr const char* kLabelsTable = "prediction_labels";

std::string FieldOf(size_t position, const char* field) {
  return fmt::format("[{}].{}", position, field);
}

/// A label with the row it belongs to.
base::Result<NewLabel> CheckLabel(const Label& label, const serve::PredictionId& id, const PredictionLog::Found& row,
                                  size_t position) {
  if (row.schema->task == model::Task::kRegression) {
    return base::Unimplemented("labels of regressions are not judged yet", FieldOf(position, "label"));
  }
  const auto& classes = row.schema->classes;
  const bool known = classes.empty() ? !label.label.empty() : std::ranges::find(classes, label.label) != classes.end();
  if (!known) {
    return base::Unprocessable(
        fmt::format("{}: '{}' is no class of the version that answered; it has {}", FieldOf(position, "label"),
                    label.label.substr(0, 64),
                    base::Join(std::span(classes).first(std::min<size_t>(classes.size(), 20)), ", ")),
        FieldOf(position, "label"));
  }
  return NewLabel{
      .id = id, .event_time = base::ToMicros(row.event_time), .label = label.label, .observed_at = label.observed_at};
}

/// Positions of the labels whose id has the form of one, and those ids.
struct ParsedIds {
  std::vector<size_t> positions;
  std::vector<serve::PredictionId> ids;
};
base::Result<ParsedIds> ParseIds(const std::vector<Label>& labels) {
  if (labels.size() > Labels::kMaxAtOnce) {
    return base::TooLarge(fmt::format("{} labels at once; send at most {}", labels.size(), Labels::kMaxAtOnce));
  }
  ParsedIds parsed;
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i].prediction_id.size() > kMaxIdBytes) {
      return base::InvalidArgument(fmt::format("{} is over {} bytes", FieldOf(i, "prediction_id"), kMaxIdBytes),
                                   FieldOf(i, "prediction_id"));
    }
    const auto id = serve::ParsePredictionId(labels[i].prediction_id);
    if (!id) continue;
    parsed.positions.push_back(i);
    parsed.ids.push_back(*id);
  }
  return parsed;
}

/// Makes the table of labels in the view's engine.
base::Result<void> LoadLabelTable(store::Database& database, int64_t endpoint, const RowFilter& filter, LogView& view) {
  engine::Table batch;
  batch.columns = {
      {.name = "id", .type = engine::DataType::kText, .integers = {}, .numbers = {}, .texts = {}, .valid = {}},
      {.name = "label", .type = engine::DataType::kText, .integers = {}, .numbers = {}, .texts = {}, .valid = {}}};
  TRY(view.connection.CreateTable(kLabelsTable, batch.columns));
  auto appender = TRY(engine::Appender::Open(view.connection, kLabelsTable));
  const auto flush = [&]() -> base::Result<void> {
    TRY(appender.Append(batch));
    for (auto& column : batch.columns) column.Clear();
    return base::Ok();
  };
  TRY(database.RunRead([&](store::Reader& reader) {
    return internal::LoadLabels(reader, endpoint, filter,
                                [&](const internal::StoredLabel& label) -> base::Result<void> {
                                  const auto* bytes = reinterpret_cast<const unsigned char*>(label.id.data());
                                  batch.columns[0].texts.push_back(base::HexEncode({bytes, label.id.size()}));
                                  batch.columns[1].texts.emplace_back(label.label);
                                  return batch.rows() < kBatchRows ? base::Ok() : flush();
                                });
  }));
  TRY(flush());
  return appender.Close();
}

std::string JoinSelect(const LogView& view) {
  std::vector<std::string> columns = {"l.id",    "log.event_time",      "log.model_version",
                                      "l.label", "log.predicted_label", "log.shadow_version"};
  for (const auto& entry : view.classes) columns.push_back("log." + engine::QuoteName(entry.probability));
  for (const auto& entry : view.classes) columns.push_back("log." + engine::QuoteName(entry.shadow_probability));
  return fmt::format("SELECT {} FROM log JOIN {} l ON log.prediction_id = l.id ORDER BY log.event_time, l.id",
                     base::Join(columns, ", "), kLabelsTable);
}

/// Null becomes NaN.
void AppendScores(std::span<const engine::Column> columns, size_t row, model::Scores& scores) {
  for (const auto& column : columns) {
    scores.values.push_back(column.IsNull(row) ? std::numeric_limits<float>::quiet_NaN()
                                               : static_cast<float>(column.numbers[row]));
  }
}

void AppendRows(const engine::Table& batch, LabelledRows& rows) {
  const size_t classes = rows.classes.size();
  const auto columns = std::span(batch.columns);
  for (size_t row = 0; row < batch.rows(); ++row) {
    rows.prediction_ids.push_back(columns[0].texts[row]);
    rows.event_times.push_back(base::FromMicros(columns[1].integers[row]));
    rows.versions.push_back(columns[2].texts[row]);
    rows.labels.push_back(columns[3].texts[row]);
    rows.predicted_labels.push_back(columns[4].texts[row]);
    rows.shadow_versions.push_back(columns[5].texts[row]);
    AppendScores(columns.subspan(6, classes), row, rows.probabilities);
    AppendScores(columns.subspan(6 + classes, classes), row, rows.shadow_probabilities);
  }
}

/// Names and expressions of an export's columns. The names must be distinct for SQL, which does not tell case apart.
base::Result<std::string> ExportColumns(const LogView& view, const std::string& label_column) {
  std::set<std::string> taken;
  std::vector<std::string> columns;
  const auto add = [&](const std::string& expression, const std::string& name) -> base::Result<void> {
    if (name.empty() || !taken.insert(base::ToLower(name)).second) {
      return base::InvalidArgument(
          fmt::format("the export would have two columns '{}'; name the label column otherwise", name), name);
    }
    columns.push_back(fmt::format("{} AS {}", expression, engine::QuoteName(name)));
    return base::Ok();
  };
  for (const auto& feature : view.features) {
    const auto type = feature.type == model::FeatureType::kNumber ? "FLOAT" : "VARCHAR";
    TRY(add(fmt::format("CAST(log.{} AS {})", engine::QuoteName(feature.column), type), feature.name));
  }
  TRY(add("l.label", label_column));
  TRY(add("log.event_time", "event_time"));
  return base::Join(columns, ", ");
}

}  // namespace

base::Result<std::unique_ptr<Labels>> Labels::Open(store::Database& database, PredictionLog& log) {
  TRY(database.Migrate(internal::kLabelMigrations));
  std::unique_ptr<Labels> labels(new Labels(database, log));
  TRY(database.RunRead([&](store::Reader& reader) {
    return internal::LoadEndpoints(reader, [&](std::string_view name, const EndpointLabels& endpoint) {
      labels->totals_.emplace(name, Totals{endpoint.number, endpoint.labels, endpoint.watermark});
    });
  }));
  return labels;
}

Labels::Totals Labels::TotalsOf(const serve::EndpointName& endpoint) const {
  const std::lock_guard lock(mutex_);
  const auto found = totals_.find(endpoint.value());
  return found == totals_.end() ? Totals{} : found->second;
}

void Labels::Remember(const serve::EndpointName& endpoint, const Totals& totals) {
  const std::lock_guard lock(mutex_);
  auto& known = totals_[endpoint.value()];
  if (totals.labels >= known.labels) known = totals;  // a later write may have come here first
}

base::Result<LabelReceipt> Labels::Submit(const serve::EndpointName& endpoint, const std::vector<Label>& labels) {
  const auto parsed = TRY(ParseIds(labels));
  const auto found = TRY(log_.Find(endpoint, parsed.ids));
  std::vector<NewLabel> known;
  std::vector<bool> is_known(labels.size(), false);
  for (size_t i = 0; i < found.size(); ++i) {
    if (!found[i]) continue;
    const size_t position = parsed.positions[i];
    known.push_back(TRY(CheckLabel(labels[position], parsed.ids[i], *found[i], position)));
    is_known[position] = true;
  }
  LabelReceipt receipt;
  for (size_t i = 0; i < labels.size(); ++i) {
    if (!is_known[i]) receipt.unknown.push_back(labels[i].prediction_id);
  }
  if (known.empty()) return receipt;
  const auto after = TRY(database_.Write([&](store::Transaction& transaction) -> base::Result<EndpointLabels> {
    auto totals = TRY(internal::EnsureEndpoint(transaction, endpoint.value()));
    receipt.accepted = 0;
    for (const auto& label : known) {
      if (!TRY(internal::InsertLabel(transaction, totals, label))) continue;
      ++receipt.accepted;
      const int64_t arrival = base::ToMicros(serve::ArrivalOf(label.id));
      if (internal::IsTrusted(label.event_time, arrival)) {
        totals.watermark = std::max(totals.watermark, std::optional(label.event_time));
      }
    }
    TRY(internal::SaveEndpoint(transaction, totals));
    return totals;
  }));
  receipt.duplicate = static_cast<int64_t>(known.size()) - receipt.accepted;
  Remember(endpoint, {after.number, after.labels, after.watermark});
  return receipt;
}

base::Result<void> Labels::Forget(const serve::EndpointName& endpoint) {
  TRY(database_.RunWrite(
      [&](store::Transaction& transaction) { return internal::RemoveEndpoint(transaction, endpoint.value()); }));
  const std::lock_guard lock(mutex_);
  totals_.erase(endpoint.value());
  return base::Ok();
}

int64_t Labels::Count(const serve::EndpointName& endpoint) const {
  return TotalsOf(endpoint).labels;
}

std::optional<base::Timestamp> Labels::Watermark(const serve::EndpointName& endpoint) const {
  const auto micros = TotalsOf(endpoint).watermark;
  return micros ? std::optional(base::FromMicros(*micros)) : std::nullopt;
}

base::Result<std::vector<base::Timestamp>> Labels::EventTimesAfter(const serve::EndpointName& endpoint, int64_t count) {
  std::vector<base::Timestamp> times;
  TRY(database_.RunRead([&](store::Reader& reader) {
    return reader.Query(
        "SELECT event_time FROM prediction_labels WHERE endpoint = ?1 AND number > ?2 ORDER BY number",
        [&](const store::Row& row) -> base::Result<void> {
          times.push_back(base::FromMicros(row.Int(0)));
          return base::Ok();
        },
        TotalsOf(endpoint).number, count);
  }));
  return times;
}

base::Result<int64_t> Labels::CountBetween(const serve::EndpointName& endpoint, base::Timestamp event_from,
                                           base::Timestamp event_until) {
  return database_.Read([&](store::Reader& reader) -> base::Result<int64_t> {
    const auto count = TRY(reader.QueryOne(
        "SELECT COUNT(*) FROM prediction_labels WHERE endpoint = ?1 AND event_time >= ?2 AND event_time < ?3",
        [](const store::Row& row) { return row.Int(0); }, TotalsOf(endpoint).number, base::ToMicros(event_from),
        base::ToMicros(event_until)));
    return count.value_or(0);
  });
}

base::Result<LabelledRows> Labels::Join(const serve::EndpointName& endpoint, const RowFilter& filter) {
  auto view = TRY(log_.View(endpoint, filter));
  LabelledRows rows;
  for (const auto& entry : view.classes) rows.classes.push_back(entry.name);
  rows.positive_class = view.positive_class;
  rows.probabilities.classes = rows.classes.size();
  rows.shadow_probabilities.classes = rows.classes.size();
  if (rows.classes.empty()) return rows;
  TRY(LoadLabelTable(database_, TotalsOf(endpoint).number, filter, view));
  TRY(view.connection.Stream(JoinSelect(view), [&](const engine::Table& batch) -> base::Result<void> {
    AppendRows(batch, rows);
    return base::Ok();
  }));
  return rows;
}

base::Result<Labels::Exported> Labels::Export(const serve::EndpointName& endpoint, base::Timestamp until,
                                              const std::string& label_column, const std::filesystem::path& path) {
  const RowFilter filter{.event_from = {}, .event_until = until, .answered_from = {}};
  auto view = TRY(log_.View(endpoint, filter, {path}));
  const auto columns = TRY(ExportColumns(view, label_column));
  TRY(LoadLabelTable(database_, TotalsOf(endpoint).number, filter, view));
  const auto from = fmt::format("FROM log JOIN {} l ON log.prediction_id = l.id", kLabelsTable);
  const auto newest = TRY(view.connection.Query(fmt::format("SELECT max(log.event_time) {}", from)));
  const auto select = fmt::format("SELECT {} {} ORDER BY log.event_time, l.id", columns, from);
  Exported exported{.rows = static_cast<int64_t>(TRY(view.connection.WriteParquet(select, path))), .newest = {}};
  if (!newest.columns[0].IsNull(0)) exported.newest = base::FromMicros(newest.columns[0].integers[0]);
  return exported;
}

base::Result<base::Json> Labels::ExportFingerprint(const serve::EndpointName& endpoint, base::Timestamp until) {
  const RowFilter filter{.event_from = {}, .event_until = until, .answered_from = {}};
  base::Sha256 hash;
  int64_t rows = 0;
  TRY(database_.RunRead([&](store::Reader& reader) {
    return internal::LoadLabels(reader, TotalsOf(endpoint).number, filter,
                                [&](const internal::StoredLabel& label) -> base::Result<void> {
                                  hash.Update(label.id).Update(label.label).Update(std::string_view("\0", 1));
                                  ++rows;
                                  return base::Ok();
                                });
  }));
  return base::Json{{"endpoint", endpoint.value()},
                    {"until", base::FormatTimestamp(until)},
                    {"rows", rows},
                    {"digest", hash.Finish().ToHex()}};
}

}  // namespace gyre::monitor
