#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/database.h"
#include "webhooks/webhook.h"

namespace gyre::webhooks::internal {

/// With its key inside the database.
struct NumberedWebhook {
  int64_t number = 0;
  Webhook webhook;
};
/// kNotFound for an id that is not known, or deleted.
base::Result<NumberedWebhook> LoadWebhook(store::Reader& reader, std::string_view id);
/// Newest first, below number `below`.
base::Result<std::vector<NumberedWebhook>> LoadWebhooks(store::Reader& reader, int64_t below, int64_t limit);
base::Result<std::string> InsertWebhook(store::Transaction& transaction, const NewWebhook& webhook,
                                        std::string_view actor);
base::Result<void> WriteWebhook(store::Transaction& transaction, const NumberedWebhook& webhook,
                                std::string_view actor);
/// Its messages that were not sent yet fail.
base::Result<void> MarkDeleted(store::Transaction& transaction, std::string_view id, std::string_view actor);

/// A message and where it goes.
struct DueDelivery {
  int64_t number = 0;
  Delivery delivery;
  std::string url;
  std::string secret;
};
/// A message for every active webhook that asked for the event; says whether there is one.
base::Result<bool> InsertDeliveries(store::Transaction& transaction, const Event& event, std::string_view body);
base::Result<std::string> InsertDelivery(store::Transaction& transaction, int64_t webhook, const Event& event,
                                         std::string_view body);
/// What is to be sent by `now`, longest due first.
base::Result<std::vector<DueDelivery>> LoadDue(store::Reader& reader, int64_t now, int64_t limit);
/// When the next message is due, in microseconds.
base::Result<std::optional<int64_t>> NextDue(store::Reader& reader);
/// Attempts, state, status, error and `due_at` of the delivery.
base::Result<void> WriteOutcome(store::Transaction& transaction, const DueDelivery& due);
base::Result<std::vector<Delivery>> LoadDeliveries(store::Reader& reader, int64_t webhook, int64_t limit);
/// kNotFound if the webhook has none of that id.
base::Result<Delivery> LoadDelivery(store::Reader& reader, int64_t webhook, std::string_view id);
base::Result<void> DropEndedBefore(store::Transaction& transaction, int64_t time);

}  // namespace gyre::webhooks::internal
