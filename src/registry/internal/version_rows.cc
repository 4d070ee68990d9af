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

base::Result<void> LoadInfo(store::Reader& reader, const ModelName& model, const Selection& selection,
                            Loading& loading) {
  const auto sql = fmt::format(
      "SELECT number, version, bundle_digest, run_id, pipeline_run, description, metrics, created_at, updated_at "
      "FROM model_versions WHERE number IN ({}) ORDER BY version DESC",
      selection.sql);
  return reader.RunQuery(sql, selection.values, [&](const store::Row& row) -> base::Result<void> {
    const auto digest = TRY(base::Digest::Parse(row.Text(2)));
    auto metrics = TRY(base::ParseJson(row.Text(6), "the metrics of a model version"));
    loading.places.emplace(row.Int(0), loading.versions.size());
    loading.versions.push_back({.ref = {.model = model, .version = row.Int(1)},
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
                                .metrics = std::move(metrics)});
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

base::Result<std::vector<ModelVersion>> Load(store::Reader& reader, const ModelName& model,
                                             const Selection& selection) {
  Loading loading;
  TRY(LoadInfo(reader, model, selection, loading));
  TRY(LoadFiles(reader, selection, loading));
  TRY(LoadTexts(reader, selection, loading));
  return std::move(loading.versions);
}

base::Result<void> InsertParts(store::Transaction& transaction, int64_t number, const StoredBundle& bundle,
                               const RegisterOptions& options) {
  for (const auto& [name, ref] : bundle.files) {
    TRY(transaction.Execute("INSERT INTO model_version_files(version, name, digest, size) VALUES (?1, ?2, ?3, ?4)",
                            number, name, ref.digest.ToHex(), static_cast<int64_t>(ref.size)));
  }
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

store::AuditEntry Registered(const VersionRef& ref, const StoredBundle& bundle, const RegisterOptions& options) {
  return {.actor = options.actor,
          .action = "model_version_registered",
          .object_type = "model_version",
          .object_id = ref.ToString(),
          .details = {{"bundle_digest", bundle.digest.ToHex()},
                      {"run_id", options.run_id},
                      {"pipeline_run", options.pipeline_run},
                      {"datasets", options.datasets},
                      {"tags", options.tags},
                      {"description", options.description}}};
}

}  // namespace

base::Result<ModelVersion> LoadVersion(store::Reader& reader, const VersionRef& ref) {
  const std::array<store::Value, 1> values = {TRY(VersionNumber(reader, ref))};
  auto versions =
      TRY(Load(reader, ref.model, {.sql = "SELECT number FROM model_versions WHERE number = ?1", .values = values}));
  return std::move(versions.front());
}

base::Result<std::vector<ModelVersion>> LoadVersions(store::Reader& reader, const ModelName& model) {
  const std::array<store::Value, 1> values = {TRY(ModelNumber(reader, model))};
  return Load(reader, model,
              {.sql = "SELECT number FROM model_versions WHERE model = ?1 AND deleted_at IS NULL", .values = values});
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
                                       const StoredBundle& bundle, const RegisterOptions& options) {
  const int64_t model_number = TRY(ModelNumber(transaction, model));
  const auto first = [](const store::Row& row) { return row.Int(0); };
  const auto version = TRY(transaction.QueryOne(
      "SELECT COALESCE(MAX(version), 0) + 1 FROM model_versions WHERE model = ?1", first, model_number));
  const auto number = TRY(transaction.QueryOne("SELECT COALESCE(MAX(number), 0) + 1 FROM model_versions", first));
  const int64_t now = base::ToMicros(transaction.Now());
  TRY(transaction.Execute(
      "INSERT INTO model_versions(number, model, version, bundle_digest, run_id, pipeline_run, description, metrics, "
      "created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
      number.value_or(1), model_number, version.value_or(1), bundle.digest.ToHex(), options.run_id,
      options.pipeline_run, options.description, base::DumpJson(bundle.metrics), now, now));
  TRY(InsertParts(transaction, number.value_or(1), bundle, options));
  TRY(TouchModel(transaction, model_number));
  VersionRef ref{.model = model, .version = version.value_or(1)};
  TRY(transaction.Audit(Registered(ref, bundle, options)));
  return ref;
}

base::Result<void> WriteTag(store::Transaction& transaction, const VersionRef& ref, std::string_view key,
                            std::string_view value, std::string_view actor) {
  const int64_t number = TRY(VersionNumber(transaction, ref));
  TRY(
      transaction.Execute("INSERT INTO model_version_tags(version, key, value) VALUES (?1, ?2, ?3) "
                          "ON CONFLICT(version, key) DO UPDATE SET value = excluded.value",
                          number, key, value));
  TRY(transaction.Execute("UPDATE model_versions SET updated_at = ?2 WHERE number = ?1", number,
                          base::ToMicros(transaction.Now())));
  return transaction.Audit({.actor = std::string(actor),
                            .action = "model_version_tagged",
                            .object_type = "model_version",
                            .object_id = ref.ToString(),
                            .details = {{"key", key}, {"value", value}}});
}

base::Result<void> HideVersion(store::Transaction& transaction, const VersionRef& ref, std::string_view actor) {
  const auto version = TRY(LoadVersion(transaction, ref));
  const int64_t number = TRY(VersionNumber(transaction, ref));
  TRY(transaction.Execute("DELETE FROM model_aliases WHERE version = ?1", number));
  TRY(transaction.Execute("UPDATE model_versions SET deleted_at = ?2 WHERE number = ?1", number,
                          base::ToMicros(transaction.Now())));
  TRY(TouchModel(transaction, TRY(ModelNumber(transaction, ref.model))));
  return transaction.Audit({.actor = std::string(actor),
                            .action = "model_version_deleted",
                            .object_type = "model_version",
                            .object_id = ref.ToString(),
                            .details = {{"aliases", version.aliases}}});
}

}  // namespace gyre::registry::internal
