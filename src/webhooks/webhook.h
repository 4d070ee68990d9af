#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"

namespace gyre::webhooks {

/// What a receiver may be told of, in MLflow's terms: "model_version" was "created".
struct Event {
  std::string entity;
  std::string action;
  auto operator<=>(const Event&) const = default;
};
/// Every event that can be asked for. Gyre has no budgets, so "budget_policy" never happens.
std::span<const std::pair<std::string_view, std::string_view>> KnownEvents();
/// kInvalidArgument in MLflow's words names what the entity can do.
base::Result<void> CheckEvent(const Event& event);
/// An example of the data that the event brings, for a test.
base::Json ExampleData(const Event& event);

/// Who asks to be told.
struct Webhook {
  std::string id;  ///< a UUID
  std::string name;
  std::string url;
  std::string description;
  std::vector<Event> events;  ///< sorted
  bool active = true;
  std::string secret;  ///< signs what is sent; never part of an answer
  base::Timestamp created_at;
  base::Timestamp updated_at;
};

struct NewWebhook {
  std::string name;
  std::string url;
  std::string description;
  std::vector<Event> events;
  bool active = true;
  std::string secret;
};

/// What to change; what is absent stays.
struct WebhookPatch {
  std::optional<std::string> name;
  std::optional<std::string> url;
  std::optional<std::string> description;
  std::optional<std::vector<Event>> events;
  std::optional<bool> active;
  std::optional<std::string> secret;
};

enum class DeliveryState { kPending, kDelivered, kFailed };
std::string_view DeliveryStateName(DeliveryState state);

/// One message to one receiver, kept after it was sent.
struct Delivery {
  std::string id;  ///< a UUID, in the header X-MLflow-Delivery-Id of every attempt
  std::string webhook;
  Event event;
  std::string body;
  DeliveryState state = DeliveryState::kPending;
  int64_t attempts = 0;
  std::optional<int64_t> status;  ///< HTTP, of the last attempt that was answered
  std::string error;              ///< why the last attempt failed
  base::Timestamp created_at;
  base::Timestamp due_at;  ///< of the next attempt; of one that is over, when it ended

  base::Json ToJson() const;
};

/// "v1,BASE64" of HMAC-SHA-256 over "ID.SECONDS.BODY".
std::string Sign(std::string_view secret, std::string_view delivery, std::string_view seconds, std::string_view body);

}  // namespace gyre::webhooks
