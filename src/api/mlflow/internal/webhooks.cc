#include <fmt/format.h>

#include "api/mlflow/internal/registry_handlers.h"
#include "api/mlflow/internal/registry_messages.h"
#include "api/mlflow/internal/tracking_wire.h"
#include "base/text.h"

namespace gyre::api::mlflow::internal {
namespace {

using http::Method;
using webhooks::Webhooks;

constexpr std::string_view kOne = "2.0/mlflow/webhooks/{webhook_id}";
constexpr int64_t kDefaultResults = 100;

template <size_t N>
std::string LowerName(const std::array<EnumValue, N>& values, int64_t number) {
  for (const auto& value : values) {
    if (value.number == number) return base::ToLower(value.name);
  }
  return {};
}

webhooks::Event ReadEvent(const Message& event) {
  return {LowerName(messages::kEntityValues, event.Enum("entity").value_or(0)),
          LowerName(messages::kActionValues, event.Enum("action").value_or(0))};
}

std::vector<webhooks::Event> ReadEvents(const Message& message) {
  std::vector<webhooks::Event> events;
  for (const auto& event : message.Items("events")) events.push_back(ReadEvent(event));
  return events;
}

std::string UpperName(std::string_view name) {
  std::string upper(name);
  for (auto& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

/// Never with the secret.
void WriteWebhook(const webhooks::Webhook& webhook, JsonWriter& json) {
  json.Text("webhook_id", webhook.id)
      .Text("name", webhook.name)
      .TextIfAny("description", webhook.description)
      .Text("url", webhook.url)
      .BeginList("events");
  for (const auto& event : webhook.events) {
    json.BeginObject().Text("entity", UpperName(event.entity)).Text("action", UpperName(event.action)).EndObject();
  }
  json.EndList()
      .Text("status", webhook.active ? "ACTIVE" : "DISABLED")
      .Int("creation_timestamp", base::ToMillis(webhook.created_at))
      .Int("last_updated_timestamp", base::ToMillis(webhook.updated_at));
}

void AnswerWebhook(const webhooks::Webhook& webhook, const Call& call) {
  JsonWriter json(call.response.body);
  json.BeginObject().BeginObject("webhook");
  WriteWebhook(webhook, json);
  json.EndObject().EndObject();
}

bool IsActive(int64_t status) {
  return status == messages::kWebhookStatusValues[0].number;
}

Answer Create(Webhooks& webhooks, const Call& call) {
  const auto& message = call.message;
  const webhooks::NewWebhook webhook{.name = std::string(message.Text("name")),
                                     .url = std::string(message.Text("url")),
                                     .description = std::string(message.Text("description")),
                                     .events = ReadEvents(message),
                                     .active = IsActive(message.Enum("status").value_or(1)),
                                     .secret = std::string(message.Text("secret"))};
  AnswerWebhook(TRY(webhooks.Create(webhook, kActor)), call);
  return Done();
}

Answer ListAll(Webhooks& webhooks, const Call& call) {
  const auto asked = call.message.Int("max_results", kDefaultResults);
  const auto page = TRY(webhooks.List(asked == 0 ? kDefaultResults : asked, call.message.Text("page_token")));
  JsonWriter json(call.response.body);
  json.BeginObject();
  if (!page.webhooks.empty()) {
    json.BeginList("webhooks");
    for (const auto& webhook : page.webhooks) {
      json.BeginObject();
      WriteWebhook(webhook, json);
      json.EndObject();
    }
    json.EndList();
  }
  json.TextIfAny("next_page_token", page.next_page_token).EndObject();
  return Done();
}

Answer Get(Webhooks& webhooks, const Call& call) {
  AnswerWebhook(TRY(webhooks.Get(call.request.path_param("webhook_id"))), call);
  return Done();
}

Answer Update(Webhooks& webhooks, const Call& call) {
  const auto& message = call.message;
  webhooks::WebhookPatch patch{.name = message.NonEmpty("name"),
                               .url = message.NonEmpty("url"),
                               .description = message.OptionalText("description"),
                               .secret = message.OptionalText("secret")};
  if (!message.Items("events").empty()) patch.events = ReadEvents(message);
  if (const auto status = message.Enum("status")) patch.active = IsActive(*status);
  AnswerWebhook(TRY(webhooks.Update(call.request.path_param("webhook_id"), patch, kActor)), call);
  return Done();
}

Answer Delete(Webhooks& webhooks, const Call& call) {
  TRY(webhooks.Delete(call.request.path_param("webhook_id"), kActor));
  return Done();
}

Answer Test(Webhooks& webhooks, const Call& call) {
  std::optional<webhooks::Event> event;
  if (const auto asked = call.message.Nested("event")) event = ReadEvent(*asked);
  const auto result = TRY(webhooks.Test(call.request.path_param("webhook_id"), event));
  JsonWriter json(call.response.body);
  json.BeginObject().BeginObject("result").Bool("success", result.success);
  if (result.status) json.Int("response_status", *result.status).Text("response_body", result.body);
  json.TextIfAny("error_message", result.error).EndObject().EndObject();
  return Done();
}

}  // namespace

void AddWebhookRoutes(Wire& wire, Webhooks& webhooks) {
  const auto on = [&webhooks](Answer (*work)(Webhooks&, const Call&)) {
    return [&webhooks, work](const Call& call) { return work(webhooks, call); };
  };
  wire.Add(Method::kPost, "2.0/mlflow/webhooks", messages::kCreateWebhook, on(Create));
  wire.Add(Method::kGet, "2.0/mlflow/webhooks", messages::kListWebhooks, on(ListAll));
  wire.Add(Method::kGet, kOne, kNoFields, on(Get));
  wire.Add(Method::kPatch, kOne, messages::kUpdateWebhook, on(Update));
  wire.Add(Method::kDelete, kOne, kNoFields, on(Delete));
  wire.Add(Method::kPost, "2.0/mlflow/webhooks/{webhook_id}/test", messages::kTestWebhook, on(Test));
}

}  // namespace gyre::api::mlflow::internal
