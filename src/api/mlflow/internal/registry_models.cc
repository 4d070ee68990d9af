#include <fmt/format.h>

#include "api/mlflow/internal/checks.h"
#include "api/mlflow/internal/registry_handlers.h"
#include "api/mlflow/internal/registry_messages.h"
#include "api/mlflow/internal/registry_wire.h"
#include "base/text.h"

namespace gyre::api::mlflow::internal {
namespace {

using http::Method;
using registry::Registry;

constexpr int64_t kDefaultResults = 100;

Answer AnswerModel(Registry& registry, const registry::RegisteredModel& model, const Call& call) {
  const auto latest = TRY(Told(registry.LatestVersions(model.name, {})));
  JsonWriter json(call.response.body);
  json.BeginObject().BeginObject("registered_model");
  WriteModel(model, latest, json);
  json.EndObject().EndObject();
  return Done();
}

Answer Create(Registry& registry, const Call& call) {
  const auto name = TRY(ReadModelName(call.message.Text("name")));
  const auto tags = ReadPairs(call.message.Items("tags"));
  for (const auto& [key, value] : tags) TRY(CheckRegistryTag(key, value));
  const auto made = TRY(Told(registry.CreateModel(name, tags, call.message.Text("description"), kActor)));
  return AnswerModel(registry, made, call);
}

Answer Get(Registry& registry, const Call& call) {
  const auto name = TRY(ReadModelName(call.message.Text("name")));
  return AnswerModel(registry, TRY(Told(registry.GetModel(name))), call);
}

Answer Update(Registry& registry, const Call& call) {
  const auto name = TRY(ReadModelName(call.message.Text("name")));
  const auto updated = TRY(Told(registry.DescribeModel(name, call.message.Text("description"), kActor)));
  return AnswerModel(registry, updated, call);
}

Answer Rename(Registry& registry, const Call& call) {
  const auto new_name = TRY(ReadModelName(call.message.Text("new_name"), "new_name"));
  const auto name = TRY(ReadModelName(call.message.Text("name")));
  return AnswerModel(registry, TRY(Told(registry.RenameModel(name, new_name, kActor))), call);
}

Answer Delete(Registry& registry, const Call& call) {
  return Told(registry.DeleteModel(TRY(ReadModelName(call.message.Text("name"))), kActor));
}

Answer Search(Registry& registry, const Call& call) {
  const auto page = TRY(Told(registry.SearchModels(ReadSearch(call.message, kDefaultResults))));
  JsonWriter json(call.response.body);
  json.BeginObject();
  if (!page.items.empty()) {
    json.BeginList("registered_models");
    for (const auto& model : page.items) {
      // It may have been deleted since.
      const auto latest = registry.LatestVersions(model.name, {});
      if (!latest && latest.error().code() != base::ErrorCode::kNotFound) return RegistryFailure(latest.error());
      json.BeginObject();
      WriteModel(model, latest ? *latest : std::vector<registry::ModelVersion>(), json);
      json.EndObject();
    }
    json.EndList();
  }
  json.TextIfAny("next_page_token", page.next_page_token).EndObject();
  return Done();
}

Answer LatestVersions(Registry& registry, const Call& call) {
  const auto name = TRY(ReadModelName(call.message.Text("name")));
  const auto latest = TRY(Told(registry.LatestVersions(name, call.message.Texts("stages"))));
  JsonWriter json(call.response.body);
  json.BeginObject();
  if (!latest.empty()) {
    json.BeginList("model_versions");
    for (const auto& version : latest) {
      json.BeginObject();
      WriteVersion(version, Aliases::kShown, json);
      json.EndObject();
    }
    json.EndList();
  }
  json.EndObject();
  return Done();
}

Answer SetTag(Registry& registry, const Call& call) {
  const auto name = TRY(ReadModelName(call.message.Text("name")));
  const auto key = call.message.Text("key");
  const auto value = call.message.Text("value");
  TRY(CheckRegistryTag(key, value));
  return Told(registry.SetModelTag(name, key, value, kActor));
}

Answer DeleteTag(Registry& registry, const Call& call) {
  const auto name = TRY(ReadModelName(call.message.Text("name")));
  TRY(CheckKey(call.message.Text("key"), "key"));
  return Told(registry.DeleteModelTag(name, call.message.Text("key"), kActor));
}

Answer SetAlias(Registry& registry, const Call& call) {
  const auto alias = call.message.Text("alias");
  const auto name = TRY(ReadModelName(call.message.Text("name")));
  TRY(CheckAliasName(alias));
  TRY(CheckAliasFree(alias));
  const auto ref = TRY(ReadVersion(call.message));
  return Told(registry.SetAlias(name, alias, ref.version, kActor), ref);
}

/// Taking away what is not there is fine.
Answer DeleteAlias(Registry& registry, const Call& call) {
  const auto alias = call.message.Text("alias");
  const auto name = TRY(ReadModelName(call.message.Text("name")));
  TRY(CheckAliasName(alias));
  const auto model = TRY(Told(registry.GetModel(name)));
  if (!model.aliases.contains(std::string(alias))) return Done();
  return Told(registry.DeleteAlias(name, alias, kActor));
}

Parsed<int64_t> AliasedVersion(const registry::RegisteredModel& model, std::string_view alias) {
  if (base::EqualsIgnoreCase(alias, "latest")) {
    if (model.latest_version > 0) return model.latest_version;
    return std::unexpected(Failure(Code::kResourceDoesNotExist,
                                   fmt::format("Latest version not found for model {}.", model.name.value())));
  }
  const auto found = model.aliases.find(std::string(alias));
  if (found != model.aliases.end()) return found->second;
  return std::unexpected(InvalidParameter(fmt::format("Registered model alias {} not found.", alias)));
}

Answer GetByAlias(Registry& registry, const Call& call) {
  const auto alias = call.message.Text("alias");
  const auto name = TRY(ReadModelName(call.message.Text("name")));
  TRY(CheckAliasName(alias));
  const auto number = TRY(AliasedVersion(TRY(Told(registry.GetModel(name))), alias));
  const auto version = TRY(Told(registry.Get({.model = name, .version = number})));
  JsonWriter json(call.response.body);
  json.BeginObject().BeginObject("model_version");
  WriteVersion(version, Aliases::kShown, json);
  json.EndObject().EndObject();
  return Done();
}

}  // namespace

void AddRegisteredModelRoutes(Wire& wire, Registry& registry) {
  const auto add = [&](Method method, std::string_view path, const Descriptor& descriptor,
                       Answer (*work)(Registry&, const Call&)) {
    wire.Add(method, fmt::format("2.0/mlflow/registered-models/{}", path), descriptor,
             [&registry, work](const Call& call) { return work(registry, call); });
  };
  add(Method::kPost, "create", messages::kCreateModel, Create);
  add(Method::kGet, "get", messages::kModelName, Get);
  add(Method::kPatch, "update", messages::kUpdateModel, Update);
  add(Method::kPost, "rename", messages::kRenameModel, Rename);
  add(Method::kDelete, "delete", messages::kModelName, Delete);
  add(Method::kGet, "search", messages::kSearchModels, Search);
  add(Method::kPost, "get-latest-versions", messages::kLatestVersions, LatestVersions);
  add(Method::kGet, "get-latest-versions", messages::kLatestVersions, LatestVersions);
  add(Method::kPost, "set-tag", messages::kSetModelTag, SetTag);
  add(Method::kDelete, "delete-tag", messages::kDeleteModelTag, DeleteTag);
  add(Method::kPost, "alias", messages::kSetAlias, SetAlias);
  add(Method::kDelete, "alias", messages::kAlias, DeleteAlias);
  add(Method::kGet, "alias", messages::kAlias, GetByAlias);
}

}  // namespace gyre::api::mlflow::internal
