#include "webhooks/webhook.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/hash.h"

namespace gyre::webhooks {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

constexpr std::array<Pair, 15> kEvents = {{{"registered_model", "created"},
                                           {"model_version", "created"},
                                           {"model_version_tag", "set"},
                                           {"model_version_tag", "deleted"},
                                           {"model_version_alias", "created"},
                                           {"model_version_alias", "deleted"},
                                           {"prompt", "created"},
                                           {"prompt_version", "created"},
                                           {"prompt_tag", "set"},
                                           {"prompt_tag", "deleted"},
                                           {"prompt_version_tag", "set"},
                                           {"prompt_version_tag", "deleted"},
                                           {"prompt_alias", "created"},
                                           {"prompt_alias", "deleted"},
                                           {"budget_policy", "exceeded"}}};

std::string Base64(std::span<const unsigned char> bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t some = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) group = group << 8 | (k < some ? bytes[i + k] : 0U);
    for (size_t k = 0; k < 4; ++k) text += k <= some ? kDigits[group >> (18 - 6 * k) & 63U] : '=';
  }
  return text;
}

}  // namespace

std::span<const Pair> KnownEvents() {
  return kEvents;
}

base::Result<void> CheckEvent(const Event& event) {
  if (std::ranges::find(kEvents, Pair(event.entity, event.action)) != kEvents.end()) return base::Ok();
  std::vector<std::string> actions;
  for (const auto& [entity, action] : kEvents) {
    if (entity == event.entity) actions.push_back(fmt::format("'{}'", action));
  }
  std::ranges::sort(actions);
  return base::InvalidArgument(fmt::format("Invalid action '{}' for entity '{}'. Valid actions are: [{}]", event.action,
                                           event.entity, fmt::join(actions, ", ")),
                               "events");
}

base::Json ExampleData(const Event& event) {
  if (event.entity == "budget_policy") return {{"budget_policy_id", "bp-abc123"}, {"budget_unit", "USD"}};
  const bool prompt = event.entity.starts_with("prompt");
  const std::string kind = prompt ? "prompt" : "model";
  base::Json data = {{"name", "example_" + kind}};
  const bool of_version = event.entity.find("version") != std::string::npos;
  if (of_version || event.action == "created") data["version"] = "1";
  if (event.entity.ends_with("_alias")) {
    data["alias"] = "example_alias";
    if (event.action == "deleted") data.erase("version");
    return data;
  }
  if (event.entity.ends_with("_tag")) {
    data["key"] = "example_key";
    if (event.action == "set") data["value"] = "example_value";
    return data;
  }
  data["tags"] = {{"example_key", "example_value"}};
  if (!of_version) {
    data.erase("version");
    data["description"] = prompt ? "An example prompt" : "An example registered model";
    return data;
  }
  data["description"] = prompt ? "An example prompt version" : "An example model version";
  if (prompt) {
    data["template"] = "Hello {{name}}!";
  } else {
    data["source"] = "models:/123";
    data["run_id"] = "abcd1234abcd5678";
  }
  return data;
}

std::string_view DeliveryStateName(DeliveryState state) {
  switch (state) {
    case DeliveryState::kPending:
      return "pending";
    case DeliveryState::kDelivered:
      return "delivered";
    case DeliveryState::kFailed:
      break;
  }
  return "failed";
}

base::Json Delivery::ToJson() const {
  return {{"id", id},
          {"webhook_id", webhook},
          {"event", {{"entity", event.entity}, {"action", event.action}}},
          {"body", body},
          {"state", DeliveryStateName(state)},
          {"attempts", attempts},
          {"status", status ? base::Json(*status) : base::Json()},
          {"error", error},
          {"created_at", base::FormatTimestamp(created_at)},
          {state == DeliveryState::kPending ? "due_at" : "ended_at", base::FormatTimestamp(due_at)}};
}

std::string Sign(std::string_view secret, std::string_view delivery, std::string_view seconds, std::string_view body) {
  const auto digest = base::HmacSha256(secret, fmt::format("{}.{}.{}", delivery, seconds, body));
  return "v1," + Base64(digest.bytes());
}

}  // namespace gyre::webhooks
