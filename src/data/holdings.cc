#include "data/holdings.h"

namespace gyre::data {

base::Result<void> NameBlobs(store::Reader& reader, const std::function<void(const base::Digest&)>& on_blob) {
  return reader.Query("SELECT file_sha256, source_sha256 FROM dataset_versions",
                      [&](const store::Row& row) -> base::Result<void> {
                        on_blob(TRY(base::Digest::Parse(row.Text(0))));
                        if (!row.IsNull(1)) on_blob(TRY(base::Digest::Parse(row.Text(1))));
                        return base::Ok();
                      });
}

}  // namespace gyre::data
