#include "registry/internal/version_rows.h"

#include "registry/internal/checks.h"
#include "registry/internal/model_rows.h"

namespace gyre::registry::internal {
namespace {

/// A statement that yields the numbers of some versions of one model, and its parameters.
struct Selection {
  std::string_view sql;
  std::span<const store::Value> values;
};

/// The selected versions under construction, by their numbers.
struct Loading {
  std::vector<ModelVersion> versions;
  std::unordered_map<int64_t, size_t> places;

  ModelVersion& At(int64_t number) { return versions[places.at(number)]; }
};

base::Result<void> LoadInfo(store::Reader& reader, const Selection& selection, Loading& loading) {
  const auto sql = fmt::format(
      "SELECT v.number, v.version, v.bundle_digest, v.run_id, v.pipeline_run, v.description, v.metrics, v.created_at, "
      "v.updated_at, m.name, v.described, v.stage, v.source, v.storage_location, v.run_link, v.model_id "
      "FROM model_versions v JOIN registered_models m ON m.number = v.model WHERE v.number IN ({}) "
      "ORDER BY v.version DESC",
      selection.sql);
  return reader.RunQuery(sql, selection.values, [&](const store::Row& row) -> base::Result<void> {
    const auto digest = row.Text(2).empty() ? base::Digest() : TRY(base::Digest::Parse(row.Text(2)));
    auto metrics = TRY(base::ParseJson(row.Text(6), "the metrics of a model version"));
    loading.places.emplace(row.Int(0), loading.versions.size());
    loading.versions.push_back({.ref = {.model = ModelName(row.Text(9)), .version = row.Int(1)},
                                .created_at = base::FromMicros(row.Int(7)),
                                .updated_at = base::FromMicros(row.Int(8)),
                                .bundle_digest = digest,
                                .files = {},
                                .run_id = row.String(3),
                                .pipeline_run = row.String(4),
                                .datasets = {},
                                .aliases = {},
                                .tags = {},
                                .description = row.String(5),
                                .described = row.Bool(10),
                                .metrics = std::move(metrics),
                                .stage = row.String(11),
                                .source = row.String(12),
                                .storage_location = row.String(13),
                                .run_link = row.String(14),
                                .model_id = row.String(15)});
    return base::Ok();
  });
}

base::Result<void> LoadFiles(store::Reader& reader, const Selection& selection, Loading& loading) {
  const auto sql =
      fmt::format("SELECT version, name, digest, size FROM model_version_files WHERE version IN ({})", selection.sql);
  return reader.RunQuery(sql, selection.values, [&](const store::Row& row) -> base::Result<void> {
    const blob::BlobRef ref{.digest = TRY(base::Digest::Parse(row.Text(2))), .size = static_cast<uint64_t>(row.Int(3))};
    loading.At(row.Int(0)).files.emplace(row.String(1), ref);
    return base::Ok();
  });
}

base::Result<void> LoadTexts(store::Reader& reader, const Selection& selection, Loading& loading) {
  TRY(reader.RunQuery(
      fmt::format(
          "SELECT version, dataset FROM model_version_datasets WHERE version IN ({}) ORDER BY version, position",
          selection.sql),
      selection.values, [&](const store::Row& row) -> base::Result<void> {
        loading.At(row.Int(0)).datasets.push_back(row.String(1));
        return base::Ok();
      }));
  TRY(reader.RunQuery(
      fmt::format("SELECT version, alias FROM model_aliases WHERE version IN ({}) ORDER BY version, alias",
                  selection.sql),
      selection.values, [&](const store::Row& row) -> base::Result<void> {
        loading.At(row.Int(0)).aliases.push_back(row.String(1));
        return base::Ok();
      }));
  return reader.RunQuery(
      fmt::format("SELECT version, key, value FROM model_version_tags WHERE version IN ({})", selection.sql),
      selection.values, [&](const store::Row& row) -> base::Result<void> {
        loading.At(row.Int(0)).tags.emplace(row.String(1), row.String(2));
        return base::Ok();
      });
}

base::Result<Loading> Load(store::Reader& reader, const Selection& selection) {
  Loading loading;
  TRY(LoadInfo(reader, selection, loading));
  TRY(LoadFiles(reader, selection, loading));
  TRY(LoadTexts(reader, selection, loading));
  return loading;
}

base::Result<void> InsertFiles(store::Transaction& transaction, int64_t number, const StoredBundle& bundle) {
  for (const auto& [name, ref] : bundle.files) {
    TRY(transaction.Execute("INSERT INTO model_version_files(version, name, digest, size) VALUES (?1, ?2, ?3, ?4)",
                            number, name, ref.digest.ToHex(), static_cast<int64_t>(ref.size)));
  }
  return base::Ok();
}

base::Result<void> InsertParts(store::Transaction& transaction, int64_t number, const StoredBundle& bundle,
                               const RegisterOptions& options) {
  TRY(InsertFiles(transaction, number, bundle));
  for (size_t i = 0; i < options.datasets.size(); ++i) {
    TRY(transaction.Execute("INSERT INTO model_version_datasets(version, position, dataset) VALUES (?1, ?2, ?3)",
                            number, static_cast<int64_t>(i), options.datasets[i]));
  }
  for (const auto& [key, value] : options.tags) {
    TRY(transaction.Execute("INSERT INTO model_version_tags(version, key, value) VALUES (?1, ?2, ?3)", number, key,
                            value));
  }
  return base::Ok();
}

/// The digest's column: empty without files.
std::string DigestText(const StoredBundle& bundle) {
  return bundle.files.empty() ? std::string() : bundle.digest.ToHex();
}

store::AuditEntry Registered(const VersionRef& ref, const NewVersion& made) {
  const auto& options = made.options;
  base::Json details = {{"bundle_digest", DigestText(made.bundle)},
                        {"run_id", options.run_id},
                        {"pipeline_run", options.pipeline_run},
                        {"datasets", options.datasets},
                        {"tags", options.tags},
                        {"description", options.description},
                        {"source", made.source}};
  return {.actor = options.actor,
          .action = "model_version_registered",
          .object_type = "model_version",
          .object_id = ref.ToString(),
          .details = std::move(details)};
}

store::AuditEntry Changed(const VersionRef& ref, std::string_view action, std::string_view actor, base::Json details) {
  return {.actor = std::string(actor),
          .action = std::string(action),
          .object_type = "model_version",
          .object_id = ref.ToString(),
          .details = std::move(details)};
}

/// A number that was ever used is not used again.
base::Result<void> CheckFree(store::Reader& reader, int64_t model, const VersionRef& ref) {
  const auto taken = TRY(reader.QueryOne(
      "SELECT number FROM model_versions WHERE model = ?1 AND version = ?2", [](const store::Row&) { return true; },
      model, ref.version));
  if (!taken) return base::Ok();
  return base::AlreadyExists(fmt::format("there is, or was, a version {} already", ref.ToString()), ref.ToString());
}

}  // namespace

base::Result<ModelVersion> LoadVersion(store::Reader& reader, const VersionRef& ref) {
  const std::array<store::Value, 1> values = {TRY(VersionNumber(reader, ref))};
  auto loading = TRY(Load(reader, {.sql = "SELECT number FROM model_versions WHERE number = ?1", .values = values}));
  return std::move(loading.versions.front());
}

base::Result<std::vector<ModelVersion>> LoadVersions(store::Reader& reader, const ModelName& model) {
  const std::array<store::Value, 1> values = {TRY(ModelNumber(reader, model))};
  auto loading = TRY(Load(
      reader, {.sql = "SELECT number FROM model_versions WHERE model = ?1 AND deleted_at IS NULL", .values = values}));
  return std::move(loading.versions);
}

base::Result<std::vector<ModelVersion>> LoadVersionsByNumber(store::Reader& reader, std::span<const int64_t> numbers) {
  constexpr size_t kAtOnce = 500;
  std::vector<ModelVersion> versions;
  versions.reserve(numbers.size());
  for (size_t begin = 0; begin < numbers.size(); begin += kAtOnce) {
    const auto some = numbers.subspan(begin, std::min(kAtOnce, numbers.size() - begin));
    const auto sql = fmt::format("{}", fmt::join(some, ", "));
    auto loading = TRY(Load(reader, {.sql = sql, .values = {}}));
    for (const int64_t number : some) versions.push_back(std::move(loading.At(number)));
  }
  return versions;
}

base::Result<int64_t> VersionNumber(store::Reader& reader, const VersionRef& ref) {
  struct Found {
    int64_t number = 0;
    bool deleted = false;
  };
  const auto found = TRY(reader.QueryOne(
      "SELECT number, deleted_at FROM model_versions WHERE model = ?1 AND version = ?2",
      [](const store::Row& row) { return Found{.number = row.Int(0), .deleted = !row.IsNull(1)}; },
      TRY(ModelNumber(reader, ref.model)), ref.version));
  if (found && !found->deleted) return found->number;
  const auto name = Quoted(ref.model.value());
  if (found) {
    return base::NotFound(fmt::format("version {} of model {} was deleted; use another version", ref.version, name),
                          ref.ToString());
  }
  const int64_t latest = TRY(LoadModel(reader, ref.model)).latest_version;
  return base::NotFound(fmt::format("model {} has no version {}; {}", name, ref.version,
                                    latest == 0 ? "it has none" : fmt::format("its latest is {}", latest)),
                        ref.ToString());
}

base::Result<std::optional<int64_t>> FindRegistered(store::Reader& reader, const ModelName& model,
                                                    std::string_view pipeline_run, const base::Digest& bundle) {
  return reader.QueryOne(
      "SELECT MIN(v.version) FROM registered_models m JOIN model_versions v ON v.model = m.number "
      "WHERE m.name = ?1 AND v.pipeline_run = ?2 AND v.bundle_digest = ?3 AND v.deleted_at IS NULL "
      "GROUP BY m.number",
      [](const store::Row& row) { return row.Int(0); }, model.value(), pipeline_run, bundle.ToHex());
}

base::Result<VersionRef> InsertVersion(store::Transaction& transaction, const ModelName& model,
                                       const NewVersion& made) {
  const auto& options = made.options;
  const int64_t model_number = TRY(ModelNumber(transaction, model));
  const auto first = [](const store::Row& row) { return row.Int(0); };
  auto version = TRY(transaction.QueryOne("SELECT COALESCE(MAX(version), 0) + 1 FROM model_versions WHERE model = ?1",
                                          first, model_number));
  if (made.version > 0) {
    TRY(CheckFree(transaction, model_number, {.model = model, .version = made.version}));
    version = made.version;
  }
  const auto number = TRY(transaction.QueryOne("SELECT COALESCE(MAX(number), 0) + 1 FROM model_versions", first));
  const int64_t now = base::ToMicros(made.created_at.value_or(transaction.Now()));
  TRY(transaction.Execute(
      "INSERT INTO model_versions(number, model, version, bundle_digest, run_id, pipeline_run, description, metrics, "
      "created_at, updated_at, source, storage_location, run_link, model_id) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
      number.value_or(1), model_number, version.value_or(1), DigestText(made.bundle), options.run_id,
      options.pipeline_run, options.description, base::DumpJson(made.bundle.metrics), now, now, made.source,
      made.storage_location, made.run_link, made.model_id));
  TRY(InsertParts(transaction, number.value_or(1), made.bundle, options));
  TRY(TouchModel(transaction, model_number));
  VersionRef ref{.model = model, .version = version.value_or(1)};
  TRY(transaction.Audit(Registered(ref, made)));
  return ref;
}

base::Result<void> WriteTag(store::Transaction& transaction, const VersionRef& ref, std::string_view key,
                            std::string_view value, std::string_view actor) {
  const int64_t number = TRY(VersionNumber(transaction, ref));
  TRY(
      transaction.Execute("INSERT INTO model_version_tags(version, key, value) VALUES (?1, ?2, ?3) "
                          "ON CONFLICT(version, key) DO UPDATE SET value = excluded.value",
                          number, key, value));
  return transaction.Audit(Changed(ref, "model_version_tagged", actor, {{"key", key}, {"value", value}}));
}

base::Result<void> RemoveTag(store::Transaction& transaction, const VersionRef& ref, std::string_view key,
                             std::string_view actor) {
  const int64_t removed = TRY(transaction.Execute("DELETE FROM model_version_tags WHERE version = ?1 AND key = ?2",
                                                  TRY(VersionNumber(transaction, ref)), key));
  if (removed == 0) return base::Ok();
  return transaction.Audit(Changed(ref, "model_version_untagged", actor, {{"key", key}}));
}

base::Result<void> InsertBundle(store::Transaction& transaction, const VersionRef& ref, const StoredBundle& bundle) {
  const int64_t number = TRY(VersionNumber(transaction, ref));
  const int64_t changed = TRY(transaction.Execute(
      "UPDATE model_versions SET bundle_digest = ?2, metrics = ?3 WHERE number = ?1 AND bundle_digest = ''", number,
      bundle.digest.ToHex(), base::DumpJson(bundle.metrics)));
  if (changed == 0) return base::Ok();
  TRY(InsertFiles(transaction, number, bundle));
  return transaction.Audit(
      Changed(ref, "model_version_bundled", "registry", {{"bundle_digest", bundle.digest.ToHex()}}));
}

base::Result<void> WriteDescription(store::Transaction& transaction, const VersionRef& ref,
                                    std::optional<std::string_view> description, std::string_view actor) {
  const int64_t number = TRY(VersionNumber(transaction, ref));
  TRY(transaction.Execute(
      "UPDATE model_versions SET description = ?2, described = ?3, updated_at = ?4 WHERE number = ?1", number,
      description.value_or(""), description.has_value(), base::ToMicros(transaction.Now())));
  return transaction.Audit(Changed(ref, "model_version_described", actor, {{"description", description.value_or("")}}));
}

base::Result<void> WriteStage(store::Transaction& transaction, const VersionRef& ref, std::string_view stage,
                              bool archive_existing, std::string_view actor) {
  const int64_t number = TRY(VersionNumber(transaction, ref));
  const int64_t model = TRY(ModelNumber(transaction, ref.model));
  const int64_t now = base::ToMicros(transaction.Now());
  if (archive_existing) {
    TRY(
        transaction.Execute("UPDATE model_versions SET stage = 'Archived', updated_at = ?4 "
                            "WHERE model = ?1 AND number <> ?2 AND stage = ?3 AND deleted_at IS NULL",
                            model, number, stage, now));
  }
  TRY(transaction.Execute("UPDATE model_versions SET stage = ?2, updated_at = ?3 WHERE number = ?1", number, stage,
                          now));
  TRY(TouchModel(transaction, model));
  return transaction.Audit(
      Changed(ref, "model_version_staged", actor, {{"stage", stage}, {"archived_existing", archive_existing}}));
}

base::Result<void> HideVersion(store::Transaction& transaction, const VersionRef& ref, std::string_view actor) {
  const auto version = TRY(LoadVersion(transaction, ref));
  const int64_t number = TRY(VersionNumber(transaction, ref));
  TRY(transaction.Execute("DELETE FROM model_aliases WHERE version = ?1", number));
  TRY(transaction.Execute("UPDATE model_versions SET deleted_at = ?2 WHERE number = ?1", number,
                          base::ToMicros(transaction.Now())));
  TRY(TouchModel(transaction, TRY(ModelNumber(transaction, ref.model))));
  return transaction.Audit(Changed(ref, "model_version_deleted", actor, {{"aliases", version.aliases}}));
}

}  // namespace gyre::registry::internal
