#include "monitor/internal/label_rows.h"

namespace gyre::monitor::internal {
namespace {

store::BlobView BytesOf(const serve::PredictionId& id) {
  return {{reinterpret_cast<const char*>(id.data()), id.size()}};
}

EndpointLabels FromRow(const store::Row& row) {
  return {.number = row.Int(0), .labels = row.Int(1), .watermark = row.OptionalInt(2)};
}

/// The smallest id of a prediction that arrived at `time`.
serve::PredictionId FirstIdAt(base::Timestamp time) {
  serve::PredictionId id{};
  const int64_t millis = base::ToMillis(time);
  for (size_t i = 0; i < 6; ++i) id[i] = static_cast<unsigned char>(millis >> (40 - 8 * i));
  return id;
}

}  // namespace

base::Result<void> LoadEndpoints(store::Reader& reader,
                                 const std::function<void(std::string_view, const EndpointLabels&)>& on_endpoint) {
  return reader.Query("SELECT number, labels, watermark, name FROM label_endpoints",
                      [&](const store::Row& row) -> base::Result<void> {
                        on_endpoint(row.Text(3), FromRow(row));
                        return base::Ok();
                      });
}

base::Result<EndpointLabels> EnsureEndpoint(store::Transaction& transaction, const std::string& name) {
  TRY(transaction.Execute(
      "INSERT INTO label_endpoints(number, name, labels) "
      "SELECT COALESCE(MAX(number), 0) + 1, ?1, 0 FROM label_endpoints WHERE true ON CONFLICT(name) DO NOTHING",
      name));
  const auto found =
      TRY(transaction.QueryOne("SELECT number, labels, watermark FROM label_endpoints WHERE name = ?1", FromRow, name));
  if (!found) return base::Internal("an endpoint's labels vanished inside a transaction", name);
  return *found;
}

base::Result<void> SaveEndpoint(store::Transaction& transaction, const EndpointLabels& endpoint) {
  TRY(transaction.Execute("UPDATE label_endpoints SET labels = ?2, watermark = ?3 WHERE number = ?1", endpoint.number,
                          endpoint.labels, endpoint.watermark));
  return base::Ok();
}

base::Result<bool> InsertLabel(store::Transaction& transaction, EndpointLabels& endpoint, const NewLabel& label) {
  const auto observed_at = label.observed_at ? std::optional(base::ToMicros(*label.observed_at)) : std::nullopt;
  const int64_t changed =
      TRY(transaction.Execute("INSERT INTO prediction_labels(endpoint, number, prediction_id, event_time, label, "
                              "observed_at, received_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
                              "ON CONFLICT(endpoint, prediction_id) DO NOTHING",
                              endpoint.number, endpoint.labels + 1, BytesOf(label.id), label.event_time, label.label,
                              observed_at, base::ToMicros(transaction.Now())));
  if (changed == 0) return false;
  ++endpoint.labels;
  return true;
}

base::Result<void> RemoveEndpoint(store::Transaction& transaction, const std::string& name) {
  TRY(transaction.Execute(
      "DELETE FROM prediction_labels WHERE endpoint = (SELECT number FROM label_endpoints WHERE name = ?1)", name));
  TRY(transaction.Execute("DELETE FROM label_endpoints WHERE name = ?1", name));
  return base::Ok();
}

base::Result<void> LoadLabels(store::Reader& reader, int64_t endpoint, const RowFilter& filter,
                              const std::function<base::Result<void>(const StoredLabel&)>& on_label) {
  std::string sql = "SELECT prediction_id, label FROM prediction_labels WHERE endpoint = ?1";
  std::vector<store::Value> values = {endpoint};
  const auto add = [&](const char* term, store::Value value) {
    values.push_back(value);
    sql += fmt::format(" AND {} ?{}", term, values.size());
  };
  if (filter.event_from) add("event_time >=", base::ToMicros(*filter.event_from));
  if (filter.event_until) add("event_time <", base::ToMicros(*filter.event_until));
  const auto first_id = filter.answered_from ? FirstIdAt(*filter.answered_from) : serve::PredictionId{};
  if (filter.answered_from) add("prediction_id >=", BytesOf(first_id));
  sql += " ORDER BY prediction_id";
  return reader.RunQuery(sql, values,
                         [&](const store::Row& row) { return on_label({.id = row.Bytes(0), .label = row.Text(1)}); });
}

}  // namespace gyre::monitor::internal
