#include "data/internal/catalog_rows.h"

namespace gyre::data::internal {
namespace {

using base::Json;

constexpr std::string_view kVersionColumns =
    "id, dataset, number, row_count, content, columns, file_name, file_bytes, file_sha256, source_name, source_bytes, "
    "source_sha256, source_kept, options, notes, pipeline_run, created_by, created_at";

base::Result<DatasetVersion> VersionFromRow(const store::Row& row) {
  DatasetVersion version{.id = DatasetVersionId(row.Text(0)),
                         .dataset = DatasetName(row.Text(1)),
                         .number = row.Int(2),
                         .rows = static_cast<uint64_t>(row.Int(3)),
                         .has_source_blob = row.Bool(12),
                         .pipeline_run = row.String(15),
                         .created_by = row.String(16),
                         .created_at = base::FromMicros(row.Int(17))};
  version.content = TRY(base::Digest::Parse(row.Text(4)));
  version.file.name = row.String(6);
  version.file.bytes = static_cast<uint64_t>(row.Int(7));
  version.file.sha256 = TRY(base::Digest::Parse(row.Text(8)));
  version.options = TRY(base::ParseJson(row.Text(13), "the options of a dataset version"));
  version.schema =
      TRY(Schema::FromJson(TRY(base::ParseJson(row.Text(5), "the schema of a dataset version")), "schema"));
  if (!row.IsNull(9)) {
    const auto digest = TRY(base::Digest::Parse(row.Text(11)));
    version.source = FileFacts{.name = row.String(9), .bytes = static_cast<uint64_t>(row.Int(10)), .sha256 = digest};
  }
  for (const auto& note : TRY(base::ParseJson(row.Text(14), "the notes of a dataset version"))) {
    version.notes.push_back(note.get<std::string>());
  }
  return version;
}

base::Result<void> LoadParents(store::Reader& reader, DatasetVersion& version) {
  return reader.Query(
      "SELECT parent FROM dataset_parents WHERE version = ?1 ORDER BY position",
      [&](const store::Row& row) -> base::Result<void> {
        version.parents.emplace_back(row.Text(0));
        return base::Ok();
      },
      version.id.value());
}

base::Result<int64_t> NextNumber(store::Reader& reader, const DatasetName& name) {
  const auto highest = TRY(reader.QueryOne(
      "SELECT MAX(number) FROM dataset_versions WHERE dataset = ?1",
      [](const store::Row& row) { return row.OptionalInt(0); }, name.value()));
  return highest.value_or(std::nullopt).value_or(0) + 1;
}

base::Result<void> InsertParents(store::Transaction& transaction, const NewVersion& version,
                                 const DatasetVersionId& id) {
  int64_t position = 0;
  for (const auto& parent : version.parents) {
    if (!TRY(FindVersion(transaction, parent))) {
      return base::NotFound(fmt::format("parent {} of dataset '{}' is not a dataset version here", parent.value(),
                                        version.dataset.value()),
                            parent.value());
    }
    TRY(transaction.Execute("INSERT INTO dataset_parents(version, position, parent) VALUES (?1, ?2, ?3)", id.value(),
                            ++position, parent.value()));
  }
  return base::Ok();
}

}  // namespace

base::Result<std::vector<DatasetVersion>> LoadVersions(store::Reader& reader, std::string_view condition,
                                                       std::span<const store::Value> values) {
  std::vector<DatasetVersion> versions;
  TRY(reader.RunQuery(fmt::format("SELECT {} FROM dataset_versions WHERE {}", kVersionColumns, condition), values,
                      [&](const store::Row& row) -> base::Result<void> {
                        versions.push_back(TRY(VersionFromRow(row)));
                        return base::Ok();
                      }));
  for (auto& version : versions) TRY(LoadParents(reader, version));
  return versions;
}

base::Result<std::optional<DatasetVersion>> FindVersion(store::Reader& reader, const DatasetVersionId& id) {
  const std::array<store::Value, 1> values = {store::ToValue(id.value())};
  auto versions = TRY(LoadVersions(reader, "id = ?1", values));
  if (versions.empty()) return std::optional<DatasetVersion>();
  return std::optional(std::move(versions.front()));
}

base::Result<std::vector<Dataset>> LoadDatasets(store::Reader& reader, std::optional<std::string_view> name) {
  std::vector<Dataset> datasets;
  TRY(reader.Query(
      "SELECT d.name, d.created_at, d.updated_at, v.number, v.id, v.row_count FROM datasets d JOIN dataset_versions v "
      "ON v.dataset = d.name AND v.number = (SELECT MAX(number) FROM dataset_versions WHERE dataset = d.name) "
      "WHERE ?1 IS NULL OR d.name = ?1 ORDER BY d.name",
      [&](const store::Row& row) -> base::Result<void> {
        datasets.push_back({.name = DatasetName(row.Text(0)),
                            .created_at = base::FromMicros(row.Int(1)),
                            .updated_at = base::FromMicros(row.Int(2)),
                            .latest_number = row.Int(3),
                            .latest = DatasetVersionId(row.Text(4)),
                            .latest_rows = static_cast<uint64_t>(row.Int(5))});
        return base::Ok();
      },
      name));
  return datasets;
}

base::Result<void> InsertVersion(store::Transaction& transaction, const NewVersion& version,
                                 const DatasetVersionId& id) {
  const auto& facts = version.facts;
  const int64_t now = base::ToMicros(transaction.Now());
  TRY(
      transaction.Execute("INSERT INTO datasets(name, created_at, updated_at) VALUES (?1, ?2, ?2) "
                          "ON CONFLICT(name) DO UPDATE SET updated_at = ?2",
                          version.dataset.value(), now));
  const int64_t number = TRY(NextNumber(transaction, version.dataset));
  const auto source = facts.source.value_or(FileFacts{});
  const auto if_source = [&](auto value) { return facts.source ? std::optional(value) : std::nullopt; };
  const auto options = version.options.is_null() ? Json::object() : version.options;
  TRY(transaction.Execute(
      fmt::format("INSERT INTO dataset_versions({}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, "
                  "?14, ?15, ?16, ?17, ?18)",
                  kVersionColumns),
      id.value(), version.dataset.value(), number, static_cast<int64_t>(facts.rows), facts.content.ToHex(),
      base::DumpJson(facts.schema.ToJson()), facts.file.name, static_cast<int64_t>(facts.file.bytes),
      facts.file.sha256.ToHex(), if_source(source.name), if_source(static_cast<int64_t>(source.bytes)),
      if_source(source.sha256.ToHex()), version.source.has_value(), base::DumpJson(options),
      base::DumpJson(facts.notes), version.pipeline_run, version.actor, now));
  auto profile = Json::array();
  for (const auto& column : facts.profile) profile.push_back(column.ToJson());
  TRY(transaction.Execute("INSERT INTO dataset_profiles(version, profile) VALUES (?1, ?2)", id.value(),
                          base::DumpJson(profile)));
  TRY(InsertParents(transaction, version, id));
  return transaction.Audit({.actor = version.actor,
                            .action = "dataset_version_registered",
                            .object_type = "dataset_version",
                            .object_id = fmt::format("{}/{}", version.dataset.value(), number),
                            .details = {{"id", id.value()},
                                        {"rows", facts.rows},
                                        {"source", facts.source ? facts.source->ToJson() : Json(nullptr)},
                                        {"pipeline_run", version.pipeline_run}}});
}

}  // namespace gyre::data::internal
