#include "base/text.h"
#include "registry/internal/changes.h"
#include "registry/internal/checks.h"
#include "registry/internal/model_rows.h"
#include "registry/registry.h"

namespace gyre::registry {
namespace {

/// Says which of the two kinds has the name, as MLflow's clients expect it.
base::Error NameTaken(const ModelName& model, bool is_prompt, bool wants_prompt) {
  const auto kind = [](bool prompt) { return prompt ? "Prompt" : "Registered Model"; };
  if (is_prompt == wants_prompt) {
    return base::AlreadyExists(fmt::format("{} (name={}) already exists.", kind(wants_prompt), model.value()),
                               model.value());
  }
  return base::AlreadyExists(
      fmt::format("Tried to create a {} with name '{}', but the name is already taken by a {}. MLflow does not allow "
                  "creating a model and a prompt with the same name.",
                  base::ToLower(kind(wants_prompt)), model.value(), base::ToLower(kind(is_prompt))),
      model.value());
}

store::AuditEntry Changed(const ModelName& model, std::string_view action, std::string_view actor, base::Json details) {
  return {.actor = std::string(actor),
          .action = std::string(action),
          .object_type = "registered_model",
          .object_id = model.value(),
          .details = std::move(details)};
}

}  // namespace

base::Result<RegisteredModel> Registry::CreateModel(const ModelName& model,
                                                    const std::map<std::string, std::string>& tags,
                                                    std::string_view description, std::string_view actor) {
  TRY(internal::CheckModelName(model.value()));
  TRY(internal::CheckTags(tags));
  TRY(internal::CheckDescription(description));
  return database_.Write([&](store::Transaction& transaction) -> base::Result<RegisteredModel> {
    if (TRY(internal::HasModel(transaction, model))) {
      return NameTaken(model, TRY(internal::IsPrompt(transaction, model)), internal::SaysPrompt(tags));
    }
    TRY(internal::InsertModel(transaction, model, tags, description, actor));
    TRY(internal::Telling(links_.changes, transaction).ModelCreated(model, tags, description));
    return internal::LoadModel(transaction, model);
  });
}

base::Result<RegisteredModel> Registry::DescribeModel(const ModelName& model, std::string_view description,
                                                      std::string_view actor) {
  TRY(internal::CheckDescription(description));
  return database_.Write([&](store::Transaction& transaction) -> base::Result<RegisteredModel> {
    const int64_t number = TRY(internal::ModelNumber(transaction, model));
    TRY(transaction.Execute("UPDATE registered_models SET description = ?2 WHERE number = ?1", number, description));
    TRY(internal::TouchModel(transaction, number));
    TRY(transaction.Audit(Changed(model, "registered_model_described", actor, {{"description", description}})));
    return internal::LoadModel(transaction, model);
  });
}

base::Result<void> Registry::CheckUnused(const ModelName& model, int64_t version) {
  if (links_.users == nullptr) return base::Ok();
  const auto user = TRY(links_.users->UserOf(model, version));
  if (user.empty()) return base::Ok();
  const auto what = version == 0 ? fmt::format("a version of model {}", internal::Quoted(model.value()))
                                 : VersionRef{.model = model, .version = version}.ToString();
  return base::FailedPrecondition(fmt::format("{} serves {}; deploy another version there first", what, user),
                                  version == 0 ? model.value() : what);
}

base::Result<RegisteredModel> Registry::RenameModel(const ModelName& model, const ModelName& new_name,
                                                    std::string_view actor) {
  TRY(internal::CheckModelName(new_name.value()));
  TRY(CheckUnused(model, 0));
  return database_.Write([&](store::Transaction& transaction) -> base::Result<RegisteredModel> {
    TRY(internal::ModelNumber(transaction, model));
    if (new_name != model && TRY(internal::HasModel(transaction, new_name))) {
      return base::AlreadyExists(fmt::format("Registered Model (name={}) already exists.", new_name.value()),
                                 new_name.value());
    }
    TRY(internal::RenameRow(transaction, model, new_name));
    TRY(transaction.Audit(Changed(model, "registered_model_renamed", actor, {{"to", new_name.value()}})));
    return internal::LoadModel(transaction, new_name);
  });
}

base::Result<void> Registry::DeleteModel(const ModelName& model, std::string_view actor) {
  TRY(CheckUnused(model, 0));
  return database_.RunWrite([&](store::Transaction& transaction) -> base::Result<void> {
    const auto last = TRY(internal::LoadModel(transaction, model)).latest_version;
    TRY(internal::RemoveModel(transaction, model));
    return transaction.Audit(Changed(model, "registered_model_deleted", actor, {{"latest_version", last}}));
  });
}

base::Result<void> Registry::SetModelTag(const ModelName& model, std::string_view key, std::string_view value,
                                         std::string_view actor) {
  TRY(internal::CheckTag(key, value));
  return database_.RunWrite([&](store::Transaction& transaction) -> base::Result<void> {
    TRY(internal::WriteModelTag(transaction, TRY(internal::ModelNumber(transaction, model)), key, value));
    TRY(transaction.Audit(Changed(model, "registered_model_tagged", actor, {{"key", key}, {"value", value}})));
    return internal::Telling(links_.changes, transaction).ModelTagSet(model, key, value);
  });
}

base::Result<void> Registry::DeleteModelTag(const ModelName& model, std::string_view key, std::string_view actor) {
  return database_.RunWrite([&](store::Transaction& transaction) -> base::Result<void> {
    const int64_t removed = TRY(transaction.Execute("DELETE FROM registered_model_tags WHERE model = ?1 AND key = ?2",
                                                    TRY(internal::ModelNumber(transaction, model)), key));
    if (removed > 0) TRY(transaction.Audit(Changed(model, "registered_model_untagged", actor, {{"key", key}})));
    return internal::Telling(links_.changes, transaction).ModelTagDeleted(model, key);
  });
}

}  // namespace gyre::registry
