#include "registry/holdings.h"

namespace gyre::registry {

base::Result<void> NameBlobs(store::Reader& reader, const std::function<void(const base::Digest&)>& on_blob) {
  return reader.Query("SELECT digest FROM model_version_files", [&](const store::Row& row) -> base::Result<void> {
    on_blob(TRY(base::Digest::Parse(row.Text(0))));
    return base::Ok();
  });
}

base::Result<void> NameSources(store::Reader& reader,
                               const std::function<void(const VersionRef&, std::string_view uri)>& on_source) {
  return reader.Query(
      "SELECT m.name, v.version, v.source, v.storage_location FROM model_versions v JOIN registered_models m ON "
      "m.number "
      "= v.model WHERE v.deleted_at IS NULL",
      [&](const store::Row& row) -> base::Result<void> {
        const VersionRef ref{.model = ModelName(row.Text(0)), .version = row.Int(1)};
        if (!row.Text(2).empty()) on_source(ref, row.Text(2));
        if (!row.Text(3).empty() && row.Text(3) != row.Text(2)) on_source(ref, row.Text(3));
        return base::Ok();
      });
}

}  // namespace gyre::registry
