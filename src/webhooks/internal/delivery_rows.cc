#include "webhooks/internal/rows.h"
#include "webhooks/internal/uuid.h"

namespace gyre::webhooks::internal {
namespace {

constexpr std::string_view kColumns =
    "SELECT d.id, w.id, d.entity, d.action, d.body, d.state, d.attempts, d.status, d.error, d.created_at, d.due_at, "
    "d.number, w.url, w.secret FROM webhook_deliveries d JOIN webhooks w ON w.number = d.webhook ";

DeliveryState StateOf(std::string_view name) {
  if (name == DeliveryStateName(DeliveryState::kPending)) return DeliveryState::kPending;
  return name == DeliveryStateName(DeliveryState::kDelivered) ? DeliveryState::kDelivered : DeliveryState::kFailed;
}

Delivery FromRow(const store::Row& row) {
  return {.id = row.String(0),
          .webhook = row.String(1),
          .event = {row.String(2), row.String(3)},
          .body = row.String(4),
          .state = StateOf(row.Text(5)),
          .attempts = row.Int(6),
          .status = row.OptionalInt(7),
          .error = row.String(8),
          .created_at = base::FromMicros(row.Int(9)),
          .due_at = base::FromMicros(row.Int(10))};
}

}  // namespace

base::Result<bool> InsertDeliveries(store::Transaction& transaction, const Event& event, std::string_view body) {
  std::vector<int64_t> receivers;
  TRY(transaction.Query(
      "SELECT w.number FROM webhook_events e JOIN webhooks w ON w.number = e.webhook "
      "WHERE e.entity = ?1 AND e.action = ?2 AND w.active = 1 AND w.deleted_at IS NULL ORDER BY w.number",
      [&](const store::Row& row) -> base::Result<void> {
        receivers.push_back(row.Int(0));
        return base::Ok();
      },
      event.entity, event.action));
  for (const int64_t webhook : receivers) TRY(InsertDelivery(transaction, webhook, event, body));
  return !receivers.empty();
}

base::Result<std::string> InsertDelivery(store::Transaction& transaction, int64_t webhook, const Event& event,
                                         std::string_view body) {
  const auto next = TRY(transaction.QueryOne("SELECT COALESCE(MAX(number), 0) + 1 FROM webhook_deliveries",
                                             [](const store::Row& row) { return row.Int(0); }));
  const int64_t now = base::ToMicros(transaction.Now());
  auto id = UuidOf(transaction.NewId());
  TRY(
      transaction.Execute("INSERT INTO webhook_deliveries(number, id, webhook, entity, action, body, state, attempts, "
                          "error, created_at, due_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'pending', 0, '', ?7, ?7)",
                          next.value_or(1), id, webhook, event.entity, event.action, body, now));
  return id;
}

base::Result<std::vector<DueDelivery>> LoadDue(store::Reader& reader, int64_t now, int64_t limit) {
  std::vector<DueDelivery> due;
  TRY(reader.Query(
      fmt::format(
          "{}WHERE d.state = 'pending' AND d.due_at <= ?1 AND w.active = 1 ORDER BY d.due_at, d.number LIMIT ?2",
          kColumns),
      [&](const store::Row& row) -> base::Result<void> {
        due.push_back(
            {.number = row.Int(11), .delivery = FromRow(row), .url = row.String(12), .secret = row.String(13)});
        return base::Ok();
      },
      now, limit));
  return due;
}

base::Result<std::optional<int64_t>> NextDue(store::Reader& reader) {
  const auto next =
      TRY(reader.QueryOne("SELECT MIN(d.due_at) FROM webhook_deliveries d JOIN webhooks w ON w.number = d.webhook "
                          "WHERE d.state = 'pending' AND w.active = 1",
                          [](const store::Row& row) { return row.OptionalInt(0); }));
  return next.value_or(std::nullopt);
}

base::Result<void> WriteOutcome(store::Transaction& transaction, const DueDelivery& due) {
  const auto& delivery = due.delivery;
  TRY(transaction.Execute(
      "UPDATE webhook_deliveries SET state = ?2, attempts = ?3, status = ?4, error = ?5, due_at = ?6 "
      "WHERE number = ?1 AND state = 'pending'",
      due.number, DeliveryStateName(delivery.state), delivery.attempts, delivery.status, delivery.error,
      base::ToMicros(delivery.due_at)));
  return base::Ok();
}

base::Result<std::vector<Delivery>> LoadDeliveries(store::Reader& reader, int64_t webhook, int64_t limit) {
  std::vector<Delivery> deliveries;
  TRY(reader.Query(
      fmt::format("{}WHERE d.webhook = ?1 ORDER BY d.number DESC LIMIT ?2", kColumns),
      [&](const store::Row& row) -> base::Result<void> {
        deliveries.push_back(FromRow(row));
        return base::Ok();
      },
      webhook, limit));
  return deliveries;
}

base::Result<Delivery> LoadDelivery(store::Reader& reader, int64_t webhook, std::string_view id) {
  auto found =
      TRY(reader.QueryOne(fmt::format("{}WHERE d.webhook = ?1 AND d.id = ?2", kColumns), FromRow, webhook, id));
  if (found) return std::move(*found);
  return base::NotFound(fmt::format("delivery '{}' is not in the log of this webhook; list its deliveries", id),
                        std::string(id));
}

base::Result<void> DropEndedBefore(store::Transaction& transaction, int64_t time) {
  TRY(transaction.Execute("DELETE FROM webhook_deliveries WHERE state IN ('delivered', 'failed') AND due_at < ?1",
                          time));
  return base::Ok();
}

}  // namespace gyre::webhooks::internal
