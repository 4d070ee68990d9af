#include "data/catalog.h"

#include "base/text.h"
#include "data/internal/catalog_rows.h"
#include "data/internal/catalog_schema.h"

namespace gyre::data {
namespace {

constexpr size_t kIdDigits = 64;
constexpr size_t kMinPrefix = 8;

base::Result<void> CheckName(const DatasetName& name) {
  if (base::IsValidName(name.value())) return base::Ok();
  return base::InvalidArgument(
      fmt::format("'{}' cannot be the name of a dataset: use 1 to 128 letters, digits, '.', '_' and '-', not starting "
                  "with a dot",
                  name.value().substr(0, 64)),
      name.value());
}

base::Error NoSuchVersion(std::string_view reference) {
  return base::NotFound(fmt::format("there is no dataset version {}", reference), std::string(reference));
}

bool IsHex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Puts a file into the blob store and checks that it is the one the facts are of.
base::Result<void> Keep(blob::BlobStore& blobs, const std::filesystem::path& path, const FileFacts& facts) {
  const auto stored = TRY(blobs.PutFile(path));
  if (stored.digest == facts.sha256 && stored.size == facts.bytes) return base::Ok();
  return base::Unprocessable(
      fmt::format("{} is not the file the step told of: its SHA-256 is {}, not {}; run the step again", path.string(),
                  stored.digest.ToHex(), facts.sha256.ToHex()),
      path.string());
}

base::Result<void> CheckRequest(const NewVersion& version) {
  TRY(CheckName(version.dataset));
  if (version.facts.profile.size() != version.facts.schema.columns.size()) {
    return base::InvalidArgument("the facts must have one profile per column");
  }
  if (!version.options.is_null() && !version.options.is_object()) {
    return base::InvalidArgument("the options of a dataset version must be an object");
  }
  if (version.source && !version.facts.source) {
    return base::InvalidArgument("a source file is given, but the facts tell of none");
  }
  return base::Ok();
}

base::Result<DatasetVersion> Only(std::vector<DatasetVersion> versions, std::string_view reference) {
  if (versions.empty()) return NoSuchVersion(reference);
  if (versions.size() > 1) {
    return base::InvalidArgument(fmt::format("{} fits more than one version; give more digits", reference),
                                 std::string(reference));
  }
  return std::move(versions.front());
}

base::Result<Dataset> LoadDataset(store::Reader& reader, const DatasetName& name) {
  auto found = TRY(internal::LoadDatasets(reader, name.value()));
  if (!found.empty()) return std::move(found.front());
  std::vector<std::string> names;
  for (const auto& dataset : TRY(internal::LoadDatasets(reader, std::nullopt))) names.push_back(dataset.name.value());
  const auto meant = base::ClosestMatch(name.value(), names);
  return base::NotFound(
      fmt::format("there is no dataset '{}'{}", name.value(), meant ? fmt::format("; did you mean '{}'?", *meant) : ""),
      name.value());
}

base::Result<DatasetVersion> LoadNumber(store::Reader& reader, const DatasetName& name, int64_t number,
                                        std::string_view reference) {
  TRY(LoadDataset(reader, name));
  const std::array<store::Value, 2> values = {store::ToValue(name.value()), store::ToValue(number)};
  return Only(TRY(internal::LoadVersions(reader, "dataset = ?1 AND number = ?2", values)), reference);
}

base::Result<DatasetVersion> LoadPrefix(store::Reader& reader, const DatasetName& name, std::string_view prefix,
                                        std::string_view reference) {
  if (prefix.size() < kMinPrefix || prefix.size() > kIdDigits || !IsHex(prefix)) {
    return base::InvalidArgument(
        fmt::format(
            "'{}' is no reference to a dataset version: what stands behind the @ must be latest or the first {} "
            "or more hexadecimal digits of the id",
            reference, kMinPrefix),
        std::string(reference));
  }
  TRY(LoadDataset(reader, name));
  // 'g' comes behind every hexadecimal digit.
  const auto end = std::string(prefix) + "g";
  const std::array<store::Value, 3> values = {store::ToValue(name.value()), store::ToValue(prefix),
                                              store::ToValue(end)};
  return Only(TRY(internal::LoadVersions(reader, "dataset = ?1 AND id >= ?2 AND id < ?3", values)), reference);
}

}  // namespace

base::Result<std::unique_ptr<Catalog>> Catalog::Open(store::Database& database, blob::BlobStore& blobs) {
  TRY(database.Migrate(internal::kMigrations));
  return std::unique_ptr<Catalog>(new Catalog(database, blobs));
}

base::Result<Registered> Catalog::Register(const NewVersion& version) {
  TRY(CheckRequest(version));
  TRY(Keep(blobs_, version.parquet, version.facts.file));
  if (version.source) TRY(Keep(blobs_, *version.source, *version.facts.source));
  const auto id = MakeVersionId(version.dataset, version.facts.content);
  return database_.Write([&](store::Transaction& transaction) -> base::Result<Registered> {
    if (auto known = TRY(internal::FindVersion(transaction, id))) return Registered{std::move(*known), false};
    TRY(internal::InsertVersion(transaction, version, id));
    return Registered{TRY(internal::FindVersion(transaction, id)).value(), true};
  });
}

base::Result<std::vector<Dataset>> Catalog::ListDatasets() {
  return database_.Read([](store::Reader& reader) { return internal::LoadDatasets(reader, std::nullopt); });
}

base::Result<Dataset> Catalog::GetDataset(const DatasetName& name) {
  return database_.Read([&](store::Reader& reader) { return LoadDataset(reader, name); });
}

base::Result<std::vector<DatasetVersion>> Catalog::ListVersions(const DatasetName& name, int64_t limit,
                                                                std::optional<int64_t> below) {
  if (limit < 1 || limit > 1000) return base::InvalidArgument("the limit must be 1 to 1000", "limit");
  return database_.Read([&](store::Reader& reader) -> base::Result<std::vector<DatasetVersion>> {
    TRY(LoadDataset(reader, name));
    const std::array<store::Value, 3> values = {store::ToValue(name.value()), store::ToValue(below),
                                                store::ToValue(limit)};
    return internal::LoadVersions(reader, "dataset = ?1 AND (?2 IS NULL OR number < ?2) ORDER BY number DESC LIMIT ?3",
                                  values);
  });
}

base::Result<DatasetVersion> Catalog::Get(const DatasetVersionId& id) {
  return database_.Read([&](store::Reader& reader) -> base::Result<DatasetVersion> {
    if (auto found = TRY(internal::FindVersion(reader, id))) return std::move(*found);
    return NoSuchVersion(id.value());
  });
}

base::Result<DatasetVersion> Catalog::Resolve(std::string_view text) {
  if (text.size() == kIdDigits && IsHex(text)) return Get(DatasetVersionId(text));
  return database_.Read([&](store::Reader& reader) -> base::Result<DatasetVersion> {
    const auto mark = text.find_first_of("@/");
    const DatasetName name(text.substr(0, mark));
    TRY(CheckName(name));
    const auto rest = mark == std::string_view::npos ? "latest" : text.substr(mark + 1);
    if (mark != std::string_view::npos && text[mark] == '/') {
      const auto number = base::ParseInt(rest);
      if (number && *number > 0) return LoadNumber(reader, name, *number, text);
      return base::InvalidArgument(
          fmt::format("'{}' is no reference to a dataset version: write it like weather/3", text.substr(0, 200)),
          std::string(text));
    }
    if (rest != "latest") return LoadPrefix(reader, name, rest, text);
    const auto dataset = TRY(LoadDataset(reader, name));
    return LoadNumber(reader, name, dataset.latest_number, text);
  });
}

base::Result<std::vector<ColumnProfile>> Catalog::Profile(const DatasetVersionId& id) {
  return database_.Read([&](store::Reader& reader) -> base::Result<std::vector<ColumnProfile>> {
    const auto text = TRY(reader.QueryOne(
        "SELECT profile FROM dataset_profiles WHERE version = ?1", [](const store::Row& row) { return row.String(0); },
        id.value()));
    if (!text) return NoSuchVersion(id.value());
    std::vector<ColumnProfile> profile;
    for (const auto& column : TRY(base::ParseJson(*text, "the profile of a dataset version"))) {
      profile.push_back(TRY(ColumnProfile::FromJson(column, "profile")));
    }
    return profile;
  });
}

}  // namespace gyre::data
