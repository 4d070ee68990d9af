#include "cli/internal/live_traffic.h"

#include <cmath>

#include "base/file.h"
#include "base/text.h"
#include "data/columns.h"

namespace gyre::cli::internal {
namespace {

constexpr std::chrono::hours kLabelBatch{6};

/// The value of one cell as JSON text; missing values are left out by the caller.
std::string CellText(const engine::Column& column, size_t row) {
  switch (column.type) {
    case engine::DataType::kNumber:
      return base::FormatDouble(column.numbers[row]);
    case engine::DataType::kText:
      return base::DumpJson(column.texts[row]);
    default:
      return std::to_string(column.integers[row]);
  }
}

bool IsMissing(const engine::Column& column, size_t row) {
  return column.IsNull(row) || (column.type == engine::DataType::kNumber && !std::isfinite(column.numbers[row]));
}

std::string RowBody(const engine::Table& table, size_t features, size_t row, base::Timestamp time) {
  std::string body = "{";
  for (size_t i = 0; i < features; ++i) {
    const auto& column = table.columns[i];
    if (IsMissing(column, row)) continue;
    body += fmt::format("{}:{},", base::DumpJson(column.name), CellText(column, row));
  }
  return body + fmt::format("\"event_time\":\"{}\"}}", base::FormatTimestamp(time));
}

}  // namespace

base::Result<LiveTraffic> LiveTraffic::Load(Api& api, const std::string& sha256, const base::Json& signature,
                                            const std::string& time_column, const std::string& label_column,
                                            std::chrono::microseconds label_delay) {
  const auto folder = TRY(base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-live"));
  const auto path = folder.path() / "live.parquet";
  TRY(base::WriteFileAtomic(path, TRY(api.GetText("/api/v1/blobs/" + sha256 + "/content"))));
  TRY(base::MakeFolders(folder.path() / "scratch"));
  std::vector<std::string> names;
  for (const auto& input : signature.at("inputs")) names.push_back(input.value("name", ""));
  const size_t features = names.size();
  names.push_back(time_column);
  names.push_back(label_column);
  const auto table = TRY(data::ReadColumns({.temp_folder = folder.path() / "scratch"}, path, names));
  const auto labels = data::TextsOf(table.columns.back());
  LiveTraffic traffic;
  traffic.label_delay_ = label_delay;
  for (size_t row = 0; row < table.rows(); ++row) {
    const auto time = base::FromMicros(table.columns[features].integers[row]);
    traffic.rows_.push_back({time, RowBody(table, features, row, time), labels[row]});
  }
  if (traffic.rows_.empty()) return base::Unprocessable("there are no rows to send", label_column);
  std::ranges::stable_sort(traffic.rows_, {}, &Row::time);
  return traffic;
}

base::Result<void> LiveTraffic::SendHour(Api& api, const std::string& endpoint, size_t end) {
  std::string body = "[";
  for (size_t i = sent_; i < end; ++i) {
    if (i > sent_) body += ',';
    body += rows_[i].body;
  }
  const auto answer = TRY(api.PostText(fmt::format("/endpoints/{}/predict", Encode(endpoint)), body + "]"));
  const auto& predictions = answer.at("predictions");
  for (size_t i = sent_; i < end; ++i) {
    owed_.push_back({rows_[i].time + label_delay_, predictions[i - sent_].value("prediction_id", ""), rows_[i].label});
  }
  sent_ = end;
  return base::Ok();
}

base::Result<void> LiveTraffic::SendLabels(Api& api, const std::string& endpoint, base::Timestamp now) {
  base::Json labels = base::Json::array();
  auto owed = owed_.begin();
  for (; owed != owed_.end() && owed->known_at <= now; ++owed) {
    labels.push_back({{"prediction_id", owed->prediction_id},
                      {"label", owed->label},
                      {"observed_at", base::FormatTimestamp(owed->known_at)}});
  }
  owed_.erase(owed_.begin(), owed);
  if (labels.empty()) return base::Ok();
  TRY(api.Post(fmt::format("/endpoints/{}/labels", Encode(endpoint)), labels));
  return base::Ok();
}

base::Result<void> LiveTraffic::SendUntil(Api& api, const std::string& endpoint, base::Timestamp until) {
  auto labels_due = sent_ < rows_.size() ? rows_[sent_].time + kLabelBatch : until;
  while (sent_ < rows_.size() && rows_[sent_].time < until) {
    const auto hour = rows_[sent_].time;
    size_t end = sent_;
    while (end < rows_.size() && rows_[end].time == hour) ++end;
    TRY(SendHour(api, endpoint, end));
    if (hour >= labels_due) {
      TRY(SendLabels(api, endpoint, hour));
      labels_due = hour + kLabelBatch;
    }
  }
  return SendLabels(api, endpoint, until);
}

}  // namespace gyre::cli::internal
