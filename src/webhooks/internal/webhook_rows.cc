#include "webhooks/internal/rows.h"
#include "webhooks/internal/uuid.h"

namespace gyre::webhooks::internal {
namespace {

constexpr std::string_view kColumns =
    "SELECT number, id, name, url, description, secret, active, created_at, updated_at FROM webhooks ";

NumberedWebhook FromRow(const store::Row& row) {
  return {.number = row.Int(0),
          .webhook = {.id = row.String(1),
                      .name = row.String(2),
                      .url = row.String(3),
                      .description = row.String(4),
                      .events = {},
                      .active = row.Bool(6),
                      .secret = row.String(5),
                      .created_at = base::FromMicros(row.Int(7)),
                      .updated_at = base::FromMicros(row.Int(8))}};
}

base::Result<void> LoadEvents(store::Reader& reader, NumberedWebhook& loaded) {
  return reader.Query(
      "SELECT entity, action FROM webhook_events WHERE webhook = ?1 ORDER BY entity, action",
      [&](const store::Row& row) -> base::Result<void> {
        loaded.webhook.events.push_back({row.String(0), row.String(1)});
        return base::Ok();
      },
      loaded.number);
}

base::Result<void> InsertEvents(store::Transaction& transaction, int64_t number, const std::vector<Event>& events) {
  for (const auto& event : events) {
    TRY(transaction.Execute("INSERT INTO webhook_events(entity, action, webhook) VALUES (?1, ?2, ?3)", event.entity,
                            event.action, number));
  }
  return base::Ok();
}

base::Json EventNames(const std::vector<Event>& events) {
  base::Json names = base::Json::array();
  for (const auto& event : events) names.push_back(event.entity + "." + event.action);
  return names;
}

/// Never with the secret.
store::AuditEntry Entry(std::string_view id, std::string_view action, std::string_view actor, base::Json details) {
  return {.actor = std::string(actor),
          .action = std::string(action),
          .object_type = "webhook",
          .object_id = std::string(id),
          .details = std::move(details)};
}

}  // namespace

base::Result<NumberedWebhook> LoadWebhook(store::Reader& reader, std::string_view id) {
  auto found = TRY(reader.QueryOne(fmt::format("{}WHERE id = ?1 AND deleted_at IS NULL", kColumns), FromRow, id));
  if (!found) return base::NotFound(fmt::format("Webhook with ID {} not found.", id), std::string(id));
  TRY(LoadEvents(reader, *found));
  return std::move(*found);
}

base::Result<std::vector<NumberedWebhook>> LoadWebhooks(store::Reader& reader, int64_t below, int64_t limit) {
  std::vector<NumberedWebhook> webhooks;
  TRY(reader.Query(
      fmt::format("{}WHERE number < ?1 AND deleted_at IS NULL ORDER BY number DESC LIMIT ?2", kColumns),
      [&](const store::Row& row) -> base::Result<void> {
        webhooks.push_back(FromRow(row));
        return base::Ok();
      },
      below, limit));
  for (auto& webhook : webhooks) TRY(LoadEvents(reader, webhook));
  return webhooks;
}

base::Result<std::string> InsertWebhook(store::Transaction& transaction, const NewWebhook& webhook,
                                        std::string_view actor) {
  const auto next = TRY(transaction.QueryOne("SELECT COALESCE(MAX(number), 0) + 1 FROM webhooks",
                                             [](const store::Row& row) { return row.Int(0); }));
  const int64_t number = next.value_or(1);
  const int64_t now = base::ToMicros(transaction.Now());
  auto id = UuidOf(transaction.NewId());
  TRY(transaction.Execute(
      "INSERT INTO webhooks(number, id, name, url, description, secret, active, created_at, "
      "updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
      number, id, webhook.name, webhook.url, webhook.description, webhook.secret, webhook.active, now, now));
  TRY(InsertEvents(transaction, number, webhook.events));
  TRY(transaction.Audit(Entry(id, "webhook_created", actor,
                              {{"name", webhook.name}, {"url", webhook.url}, {"events", EventNames(webhook.events)}})));
  return id;
}

base::Result<void> WriteWebhook(store::Transaction& transaction, const NumberedWebhook& changed,
                                std::string_view actor) {
  const auto& webhook = changed.webhook;
  TRY(
      transaction.Execute("UPDATE webhooks SET name = ?2, url = ?3, description = ?4, secret = ?5, active = ?6, "
                          "updated_at = ?7 WHERE number = ?1",
                          changed.number, webhook.name, webhook.url, webhook.description, webhook.secret,
                          webhook.active, base::ToMicros(transaction.Now())));
  TRY(transaction.Execute("DELETE FROM webhook_events WHERE webhook = ?1", changed.number));
  TRY(InsertEvents(transaction, changed.number, webhook.events));
  return transaction.Audit(Entry(webhook.id, "webhook_changed", actor,
                                 {{"name", webhook.name},
                                  {"url", webhook.url},
                                  {"active", webhook.active},
                                  {"events", EventNames(webhook.events)}}));
}

base::Result<void> MarkDeleted(store::Transaction& transaction, std::string_view id, std::string_view actor) {
  const auto found = TRY(LoadWebhook(transaction, id));
  const int64_t now = base::ToMicros(transaction.Now());
  TRY(transaction.Execute("UPDATE webhooks SET deleted_at = ?2, secret = '' WHERE number = ?1", found.number, now));
  TRY(transaction.Execute("DELETE FROM webhook_events WHERE webhook = ?1", found.number));
  TRY(
      transaction.Execute("UPDATE webhook_deliveries SET state = 'failed', error = 'the webhook was deleted', "
                          "due_at = ?2 WHERE webhook = ?1 AND state = 'pending'",
                          found.number, now));
  return transaction.Audit(Entry(id, "webhook_deleted", actor, {{"name", found.webhook.name}}));
}

}  // namespace gyre::webhooks::internal
