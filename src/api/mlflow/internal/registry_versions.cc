#include <fmt/format.h>

#include "api/mlflow/internal/checks.h"
#include "api/mlflow/internal/registry_handlers.h"
#include "api/mlflow/internal/registry_messages.h"
#include "api/mlflow/internal/registry_wire.h"

namespace gyre::api::mlflow::internal {
namespace {

using http::Method;
using registry::Registry;

constexpr int64_t kDefaultResults = 200'000;

Answer AnswerVersion(const registry::ModelVersion& version, const Call& call) {
  JsonWriter json(call.response.body);
  json.BeginObject().BeginObject("model_version");
  WriteVersion(version, Aliases::kShown, json);
  json.EndObject().EndObject();
  return Done();
}

Answer Create(Registry& registry, const Call& call) {
  const auto& message = call.message;
  registry::VersionSpec spec{.actor = std::string(kActor),
                             .source = std::string(message.Text("source")),
                             .run_id = message.OptionalText("run_id"),
                             .model_id = message.OptionalText("model_id"),
                             .run_link = std::string(message.Text("run_link")),
                             .description = std::string(message.Text("description")),
                             .tags = ReadPairs(message.Items("tags"))};
  const auto name = TRY(ReadModelName(message.Text("name")));
  for (const auto& [key, value] : spec.tags) TRY(CheckRegistryTag(key, value));
  return AnswerVersion(TRY(Told(registry.CreateVersion(name, spec))), call);
}

Answer Get(Registry& registry, const Call& call) {
  const auto ref = TRY(ReadVersion(call.message));
  return AnswerVersion(TRY(Told(registry.Get(ref), ref)), call);
}

Answer Update(Registry& registry, const Call& call) {
  const auto ref = TRY(ReadVersion(call.message));
  const auto description = call.message.OptionalText("description");
  return AnswerVersion(TRY(Told(registry.DescribeVersion(ref, description, kActor), ref)), call);
}

Answer Transition(Registry& registry, const Call& call) {
  const auto ref = TRY(ReadVersion(call.message));
  const bool archive = call.message.Bool("archive_existing_versions");
  return AnswerVersion(TRY(Told(registry.TransitionStage(ref, call.message.Text("stage"), archive, kActor), ref)),
                       call);
}

Answer Delete(Registry& registry, const Call& call) {
  const auto ref = TRY(ReadVersion(call.message));
  return Told(registry.Delete(ref, kActor), ref);
}

Answer DownloadUri(Registry& registry, const Call& call) {
  const auto ref = TRY(ReadVersion(call.message));
  const auto uri = TRY(Told(registry.DownloadUri(ref), ref));
  JsonWriter(call.response.body).BeginObject().Text("artifact_uri", uri).EndObject();
  return Done();
}

Answer Search(Registry& registry, const Call& call) {
  const auto page = TRY(Told(registry.SearchVersions(ReadSearch(call.message, kDefaultResults))));
  JsonWriter json(call.response.body);
  json.BeginObject();
  if (!page.items.empty()) {
    json.BeginList("model_versions");
    for (const auto& version : page.items) {
      json.BeginObject();
      WriteVersion(version, Aliases::kHidden, json);
      json.EndObject();
    }
    json.EndList();
  }
  json.TextIfAny("next_page_token", page.next_page_token).EndObject();
  return Done();
}

Answer SetTag(Registry& registry, const Call& call) {
  const auto ref = TRY(ReadVersion(call.message));
  const auto key = call.message.Text("key");
  const auto value = call.message.Text("value");
  TRY(CheckRegistryTag(key, value));
  return Told(registry.SetTag(ref, key, value, kActor), ref);
}

Answer DeleteTag(Registry& registry, const Call& call) {
  const auto ref = TRY(ReadVersion(call.message));
  TRY(CheckKey(call.message.Text("key"), "key"));
  return Told(registry.DeleteTag(ref, call.message.Text("key"), kActor), ref);
}

}  // namespace

void AddModelVersionRoutes(Wire& wire, Registry& registry) {
  const auto add = [&](Method method, std::string_view path, const Descriptor& descriptor,
                       Answer (*work)(Registry&, const Call&)) {
    wire.Add(method, fmt::format("2.0/mlflow/model-versions/{}", path), descriptor,
             [&registry, work](const Call& call) { return work(registry, call); });
  };
  add(Method::kPost, "create", messages::kCreateVersion, Create);
  add(Method::kGet, "get", messages::kVersion, Get);
  add(Method::kPatch, "update", messages::kUpdateVersion, Update);
  add(Method::kPost, "transition-stage", messages::kTransition, Transition);
  add(Method::kDelete, "delete", messages::kVersion, Delete);
  add(Method::kGet, "get-download-uri", messages::kDownloadUri, DownloadUri);
  add(Method::kGet, "search", messages::kSearchVersions, Search);
  add(Method::kPost, "set-tag", messages::kSetVersionTag, SetTag);
  add(Method::kDelete, "delete-tag", messages::kDeleteVersionTag, DeleteTag);
}

}  // namespace gyre::api::mlflow::internal
