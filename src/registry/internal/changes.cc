#include "registry/internal/changes.h"

#include "registry/internal/checks.h"
#include "registry/internal/model_rows.h"

namespace gyre::registry::internal {
namespace {

constexpr std::string_view kTextTag = "mlflow.prompt.text";
constexpr std::string_view kTypeTag = "_mlflow_prompt_type";

base::Json OrNull(std::string_view text) {
  return text.empty() ? base::Json() : base::Json(text);
}

base::Json ForPeople(std::map<std::string, std::string> tags) {
  for (const auto key : {kPromptTag, kTextTag, kTypeTag}) tags.erase(std::string(key));
  return tags;
}

base::Json VersionKey(const VersionRef& ref, std::string_view key) {
  return {{"name", ref.model.value()}, {"version", std::to_string(ref.version)}, {"key", key}};
}

}  // namespace

base::Result<void> Telling::Tell(std::string_view entity, std::string_view action, base::Json data) {
  if (sink_ == nullptr) return base::Ok();
  return sink_->OnChange(transaction_, {std::string(entity), std::string(action), std::move(data)});
}

base::Result<bool> Telling::IsPrompt(const ModelName& model) {
  if (sink_ == nullptr) return false;
  return internal::IsPrompt(transaction_, model);
}

base::Result<void> Telling::ModelCreated(const ModelName& model, const std::map<std::string, std::string>& tags,
                                         std::string_view description) {
  const bool prompt = SaysPrompt(tags);
  base::Json shown = tags;
  if (prompt) shown = ForPeople(tags);
  return Tell(prompt ? "prompt" : "registered_model", "created",
              {{"name", model.value()}, {"tags", std::move(shown)}, {"description", description}});
}

base::Result<void> Telling::ModelTagSet(const ModelName& model, std::string_view key, std::string_view value) {
  if (!TRY(IsPrompt(model))) return base::Ok();
  return Tell("prompt_tag", "set", {{"name", model.value()}, {"key", key}, {"value", value}});
}

base::Result<void> Telling::ModelTagDeleted(const ModelName& model, std::string_view key) {
  if (!TRY(IsPrompt(model))) return base::Ok();
  return Tell("prompt_tag", "deleted", {{"name", model.value()}, {"key", key}});
}

base::Result<void> Telling::VersionCreated(const ModelVersion& version) {
  base::Json data = {{"name", version.ref.model.value()},
                     {"version", std::to_string(version.ref.version)},
                     {"description", OrNull(version.description)}};
  if (SaysPrompt(version.tags)) {
    const auto text = version.tags.find(std::string(kTextTag));
    data["template"] = text == version.tags.end() ? base::Json() : base::Json(text->second);
    data["tags"] = ForPeople(version.tags);
    return Tell("prompt_version", "created", std::move(data));
  }
  data["source"] = version.source;
  data["run_id"] = OrNull(version.run_id);
  data["tags"] = version.tags;
  return Tell("model_version", "created", std::move(data));
}

base::Result<void> Telling::VersionTagSet(const VersionRef& ref, std::string_view key, std::string_view value) {
  auto data = VersionKey(ref, key);
  data["value"] = value;
  return Tell(TRY(IsPrompt(ref.model)) ? "prompt_version_tag" : "model_version_tag", "set", std::move(data));
}

base::Result<void> Telling::VersionTagDeleted(const VersionRef& ref, std::string_view key) {
  return Tell(TRY(IsPrompt(ref.model)) ? "prompt_version_tag" : "model_version_tag", "deleted", VersionKey(ref, key));
}

base::Result<void> Telling::AliasSet(const VersionRef& ref, std::string_view alias) {
  return Tell(TRY(IsPrompt(ref.model)) ? "prompt_alias" : "model_version_alias", "created",
              {{"name", ref.model.value()}, {"alias", alias}, {"version", std::to_string(ref.version)}});
}

base::Result<void> Telling::AliasDeleted(const ModelName& model, std::string_view alias) {
  return Tell(TRY(IsPrompt(model)) ? "prompt_alias" : "model_version_alias", "deleted",
              {{"name", model.value()}, {"alias", alias}});
}

}  // namespace gyre::registry::internal
