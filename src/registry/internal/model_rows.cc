#include "registry/internal/model_rows.h"

#include "base/text.h"
#include "registry/internal/checks.h"
#include "registry/internal/version_rows.h"

namespace gyre::registry::internal {
namespace {

constexpr std::string_view kModels =
    "SELECT m.number, m.name, m.description, m.created_at, m.updated_at, "
    "(SELECT COALESCE(MAX(v.version), 0) FROM model_versions v WHERE v.model = m.number AND v.deleted_at IS NULL) "
    "FROM registered_models m ";

struct Numbered {
  int64_t number = 0;
  RegisteredModel model;
};

Numbered FromRow(const store::Row& row) {
  return {.number = row.Int(0),
          .model = {.name = ModelName(row.Text(1)),
                    .created_at = base::FromMicros(row.Int(3)),
                    .updated_at = base::FromMicros(row.Int(4)),
                    .description = row.String(2),
                    .tags = {},
                    .latest_version = row.Int(5),
                    .aliases = {}}};
}

base::Result<RegisteredModel> WithTexts(store::Reader& reader, Numbered numbered) {
  TRY(reader.Query(
      "SELECT a.alias, v.version FROM model_aliases a JOIN model_versions v ON v.number = a.version "
      "WHERE a.model = ?1",
      [&](const store::Row& row) -> base::Result<void> {
        numbered.model.aliases.emplace(row.String(0), row.Int(1));
        return base::Ok();
      },
      numbered.number));
  TRY(reader.Query(
      "SELECT key, value FROM registered_model_tags WHERE model = ?1",
      [&](const store::Row& row) -> base::Result<void> {
        numbered.model.tags.emplace(row.String(0), row.String(1));
        return base::Ok();
      },
      numbered.number));
  return std::move(numbered.model);
}

base::Error NoSuchModel(const ModelName& model) {
  return base::NotFound(
      fmt::format("model {} not found; register a version of it, or list the models to see which there are",
                  Quoted(model.value())),
      model.value());
}

}  // namespace

base::Result<std::vector<RegisteredModel>> LoadModels(store::Reader& reader) {
  std::vector<Numbered> found;
  TRY(reader.Query(
      fmt::format("{}WHERE m.number NOT IN (SELECT t.model FROM registered_model_tags t WHERE t.key = ?1 AND "
                  "t.value = 'true') ORDER BY m.name",
                  kModels),
      [&](const store::Row& row) -> base::Result<void> {
        found.push_back(FromRow(row));
        return base::Ok();
      },
      kPromptTag));
  std::vector<RegisteredModel> models;
  for (auto& numbered : found) models.push_back(TRY(WithTexts(reader, std::move(numbered))));
  return models;
}

base::Result<RegisteredModel> LoadModel(store::Reader& reader, const ModelName& model) {
  auto found = TRY(reader.QueryOne(fmt::format("{}WHERE m.name = ?1", kModels), FromRow, model.value()));
  if (!found) return NoSuchModel(model);
  return WithTexts(reader, std::move(*found));
}

base::Result<std::vector<RegisteredModel>> LoadModelsByNumber(store::Reader& reader, std::span<const int64_t> numbers) {
  std::vector<RegisteredModel> models;
  models.reserve(numbers.size());
  for (const int64_t number : numbers) {
    auto found = TRY(reader.QueryOne(fmt::format("{}WHERE m.number = ?1", kModels), FromRow, number));
    if (found) models.push_back(TRY(WithTexts(reader, std::move(*found))));
  }
  return models;
}

base::Result<int64_t> ModelNumber(store::Reader& reader, const ModelName& model) {
  const auto found = TRY(reader.QueryOne(
      "SELECT number FROM registered_models WHERE name = ?1", [](const store::Row& row) { return row.Int(0); },
      model.value()));
  if (!found) return NoSuchModel(model);
  return *found;
}

base::Result<bool> HasModel(store::Reader& reader, const ModelName& model) {
  const auto found = TRY(reader.QueryOne(
      "SELECT number FROM registered_models WHERE name = ?1", [](const store::Row& row) { return row.Int(0); },
      model.value()));
  return found.has_value();
}

base::Result<int64_t> InsertModel(store::Transaction& transaction, const ModelName& model,
                                  const std::map<std::string, std::string>& tags, std::string_view description,
                                  std::string_view actor) {
  const auto next = TRY(transaction.QueryOne("SELECT COALESCE(MAX(number), 0) + 1 FROM registered_models",
                                             [](const store::Row& row) { return row.Int(0); }));
  const int64_t number = next.value_or(1);
  const int64_t now = base::ToMicros(transaction.Now());
  TRY(transaction.Execute(
      "INSERT INTO registered_models(number, name, description, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5)",
      number, model.value(), description, now, now));
  for (const auto& [key, value] : tags) TRY(WriteModelTag(transaction, number, key, value));
  base::Json details = base::Json::object();
  if (!tags.empty()) details["tags"] = tags;
  if (!description.empty()) details["description"] = description;
  TRY(transaction.Audit({.actor = std::string(actor),
                         .action = "registered_model_created",
                         .object_type = "registered_model",
                         .object_id = model.value(),
                         .details = std::move(details)}));
  return number;
}

base::Result<void> RenameRow(store::Transaction& transaction, const ModelName& model, const ModelName& new_name) {
  const int64_t number = TRY(ModelNumber(transaction, model));
  const int64_t now = base::ToMicros(transaction.Now());
  TRY(transaction.Execute("UPDATE registered_models SET name = ?2, updated_at = ?3 WHERE number = ?1", number,
                          new_name.value(), now));
  TRY(transaction.Execute("UPDATE model_versions SET updated_at = ?2 WHERE model = ?1", number, now));
  return base::Ok();
}

base::Result<void> RemoveModel(store::Transaction& transaction, const ModelName& model) {
  const int64_t number = TRY(ModelNumber(transaction, model));
  constexpr std::array<std::string_view, 3> kParts = {"model_version_files", "model_version_datasets",
                                                      "model_version_tags"};
  TRY(transaction.Execute("DELETE FROM model_aliases WHERE model = ?1", number));
  for (const auto part : kParts) {
    TRY(transaction.Execute(
        fmt::format("DELETE FROM {} WHERE version IN (SELECT number FROM model_versions WHERE model = ?1)", part),
        number));
  }
  TRY(transaction.Execute("DELETE FROM model_versions WHERE model = ?1", number));
  TRY(transaction.Execute("DELETE FROM registered_model_tags WHERE model = ?1", number));
  TRY(transaction.Execute("DELETE FROM registered_models WHERE number = ?1", number));
  return base::Ok();
}

base::Result<void> WriteModelTag(store::Transaction& transaction, int64_t model, std::string_view key,
                                 std::string_view value) {
  TRY(
      transaction.Execute("INSERT INTO registered_model_tags(model, key, value) VALUES (?1, ?2, ?3) "
                          "ON CONFLICT(model, key) DO UPDATE SET value = excluded.value",
                          model, key, value));
  return base::Ok();
}

base::Result<bool> IsPrompt(store::Reader& reader, const ModelName& model) {
  const auto tag = TRY(reader.QueryOne(
      "SELECT t.value FROM registered_models m JOIN registered_model_tags t ON t.model = m.number "
      "WHERE m.name = ?1 AND t.key = ?2",
      [](const store::Row& row) { return row.String(0); }, model.value(), kPromptTag));
  return tag && base::ToLower(*tag) == "true";
}

base::Result<void> TouchModel(store::Transaction& transaction, int64_t model) {
  TRY(transaction.Execute("UPDATE registered_models SET updated_at = ?2 WHERE number = ?1", model,
                          base::ToMicros(transaction.Now())));
  return base::Ok();
}

base::Result<std::optional<int64_t>> AliasedVersion(store::Reader& reader, const ModelName& model,
                                                    std::string_view alias) {
  return reader.QueryOne(
      "SELECT v.version FROM registered_models m JOIN model_aliases a ON a.model = m.number "
      "JOIN model_versions v ON v.number = a.version WHERE m.name = ?1 AND a.alias = ?2",
      [](const store::Row& row) { return row.Int(0); }, model.value(), alias);
}

base::Result<void> PointAlias(store::Transaction& transaction, const VersionRef& version, std::string_view alias,
                              std::string_view actor) {
  const int64_t model = TRY(ModelNumber(transaction, version.model));
  const int64_t target = TRY(VersionNumber(transaction, version));
  const auto before = TRY(AliasedVersion(transaction, version.model, alias));
  if (before == version.version) return base::Ok();
  TRY(
      transaction.Execute("INSERT INTO model_aliases(model, alias, version) VALUES (?1, ?2, ?3) "
                          "ON CONFLICT(model, alias) DO UPDATE SET version = excluded.version",
                          model, alias, target));
  base::Json details = {{"alias", alias}, {"to", version.version}};
  if (before) details["from"] = *before;
  return transaction.Audit({.actor = std::string(actor),
                            .action = "model_alias_set",
                            .object_type = "registered_model",
                            .object_id = version.model.value(),
                            .details = std::move(details)});
}

base::Result<void> DropAlias(store::Transaction& transaction, const ModelName& model, std::string_view alias,
                             std::string_view actor) {
  const int64_t number = TRY(ModelNumber(transaction, model));
  const auto before = TRY(AliasedVersion(transaction, model, alias));
  if (!before) return NoSuchAlias(TRY(LoadModel(transaction, model)), alias);
  TRY(transaction.Execute("DELETE FROM model_aliases WHERE model = ?1 AND alias = ?2", number, alias));
  return transaction.Audit({.actor = std::string(actor),
                            .action = "model_alias_deleted",
                            .object_type = "registered_model",
                            .object_id = model.value(),
                            .details = {{"alias", alias}, {"from", *before}}});
}

base::Error NoSuchAlias(const RegisteredModel& model, std::string_view alias) {
  std::vector<std::string> known;
  for (const auto& [name, version] : model.aliases) known.push_back(name);
  return base::NotFound(
      fmt::format("model {} has no alias {}; {}", Quoted(model.name.value()), Quoted(alias),
                  known.empty() ? "it has none: set one" : fmt::format("it has: {}", base::Join(known, ", "))),
      fmt::format("{}@{}", model.name.value(), alias));
}

}  // namespace gyre::registry::internal
