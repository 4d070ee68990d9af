#include "api/mlflow/internal/registry_wire.h"

#include <algorithm>
#include <fmt/format.h>

#include "api/mlflow/internal/checks.h"
#include "api/mlflow/internal/python_text.h"
#include "base/text.h"

namespace gyre::api::mlflow::internal {
namespace {

constexpr size_t kTagKeyLength = 250;
constexpr size_t kTagValueLength = 100'000;
constexpr size_t kAliasLength = 255;

std::unexpected<Failure> Invalid(std::string message) {
  return std::unexpected(InvalidParameter(std::move(message)));
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool IsAliasCharacter(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

void WriteTags(const std::map<std::string, std::string>& tags, JsonWriter& json) {
  if (tags.empty()) return;
  json.BeginList("tags");
  for (const auto& [key, value] : tags) json.BeginObject().Text("key", key).Text("value", value).EndObject();
  json.EndList();
}

}  // namespace

Parsed<registry::ModelName> ReadModelName(std::string_view name, std::string_view field) {
  if (base::Trim(name).empty()) return Invalid(fmt::format("Missing value for required parameter '{}'.", field));
  if (name.find_first_of("/:") != std::string_view::npos) {
    return Invalid(fmt::format("Invalid model name '{}'. Names cannot contain '/' or ':'.", name));
  }
  if (name == "." || name.starts_with("..")) {
    return Invalid(fmt::format(
        "Invalid value {} for parameter 'name' supplied: Names may be treated as files in certain cases, and must not "
        "resolve to other names when treated as such. This name would resolve to {}",
        PythonJson(name), PythonRepr(name)));
  }
  return registry::ModelName(name);
}

Parsed<registry::VersionRef> ReadVersion(const Message& message) {
  auto name = ReadModelName(message.Text("name"));
  if (!name) return std::unexpected(name.error());
  const auto text = message.Text("version");
  const auto number = base::ParseInt(base::Trim(text));
  if (!number) return Invalid(fmt::format("Parameter 'version' must be an integer, got '{}'.", text));
  return registry::VersionRef{.model = std::move(*name), .version = *number};
}

Answer CheckRegistryTag(std::string_view key, std::string_view value) {
  TRY(CheckKey(key, "key"));
  TRY(CheckLength("key", key, kTagKeyLength));
  if (key == "mlflow.prompt.text" && !CheckLength("value", value, kTagValueLength)) {
    return InvalidParameter(fmt::format("Prompt text exceeds max length of {} characters.", kTagValueLength));
  }
  return CheckLength("value", value, kTagValueLength);
}

Answer CheckAliasName(std::string_view alias) {
  if (!std::ranges::all_of(alias, IsAliasCharacter)) {
    return InvalidParameter(
        fmt::format("Invalid alias name: '{}'. Names may only contain alphanumerics, underscores "
                    "(_), and dashes (-).",
                    alias));
  }
  return CheckLength("Registered model alias name", alias, kAliasLength);
}

Answer CheckAliasFree(std::string_view alias) {
  if (base::EqualsIgnoreCase(alias, "latest")) {
    return InvalidParameter("'latest' alias name (case insensitive) is reserved.");
  }
  const bool version =
      alias.size() > 1 && (alias[0] == 'v' || alias[0] == 'V') && std::ranges::all_of(alias.substr(1), IsDigit);
  if (version) return InvalidParameter(fmt::format("Version alias name '{}' is reserved.", alias));
  return Done();
}

registry::SearchQuery ReadSearch(const Message& message, int64_t default_results) {
  return {.filter = std::string(message.Text("filter")),
          .max_results = message.Int("max_results", default_results),
          .order_by = message.Texts("order_by"),
          .page_token = std::string(message.Text("page_token"))};
}

Failure RegistryFailure(const base::Error& error) {
  if (error.code() != base::ErrorCode::kNotFound || error.name().empty()) return error;
  const auto slash = error.name().rfind('/');
  if (slash == std::string::npos) {
    return {Code::kResourceDoesNotExist, fmt::format("Registered Model with name={} not found", error.name())};
  }
  return {Code::kResourceDoesNotExist, fmt::format("Model Version (name={}, version={}) not found",
                                                   error.name().substr(0, slash), error.name().substr(slash + 1))};
}

Failure VersionFailure(const base::Error& error, const registry::VersionRef& ref) {
  if (error.code() != base::ErrorCode::kNotFound) return error;
  return {Code::kResourceDoesNotExist,
          fmt::format("Model Version (name={}, version={}) not found", ref.model.value(), ref.version)};
}

void WriteVersion(const registry::ModelVersion& version, Aliases aliases, JsonWriter& json) {
  json.Text("name", version.ref.model.value())
      .Text("version", std::to_string(version.ref.version))
      .Int("creation_timestamp", base::ToMillis(version.created_at))
      .Int("last_updated_timestamp", base::ToMillis(version.updated_at));
  if (version.described) json.Text("description", version.description);
  json.Text("current_stage", version.stage)
      .Text("source", version.source)
      .Text("run_id", version.run_id)
      .Text("run_link", version.run_link)
      .Text("status", "READY");
  WriteTags(version.tags, json);
  if (aliases == Aliases::kHidden || version.aliases.empty()) return;
  json.BeginList("aliases");
  for (const auto& alias : version.aliases) json.Item(alias);
  json.EndList();
}

void WriteModel(const registry::RegisteredModel& model, const std::vector<registry::ModelVersion>& latest,
                JsonWriter& json) {
  json.Text("name", model.name.value())
      .Int("creation_timestamp", base::ToMillis(model.created_at))
      .Int("last_updated_timestamp", base::ToMillis(model.updated_at))
      .TextIfAny("description", model.description);
  if (!latest.empty()) {
    json.BeginList("latest_versions");
    for (const auto& version : latest) {
      json.BeginObject();
      WriteVersion(version, Aliases::kHidden, json);
      json.EndObject();
    }
    json.EndList();
  }
  WriteTags(model.tags, json);
  if (model.aliases.empty()) return;
  json.BeginList("aliases");
  for (const auto& [alias, version] : model.aliases) {
    json.BeginObject().Text("alias", alias).Text("version", std::to_string(version)).EndObject();
  }
  json.EndList();
}

}  // namespace gyre::api::mlflow::internal
