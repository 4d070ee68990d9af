#pragma once

#include <string>

#include "base/result.h"
#include "blob/blob_store.h"
#include "model/bundle.h"
#include "registry/internal/version_rows.h"

namespace gyre::registry::internal {

/// Stores the files, durable before a version that names them can be seen. What could never be loaded again is refused.
base::Result<StoredBundle> StoreBundle(blob::BlobStore& blobs, const model::Bundle& bundle);

/// Where MLflow's clients find the files of a bundle that was registered here: by content, so that no other bundle is
/// ever there.
std::string BundleUri(const base::Digest& digest);

/// The file by which MLflow's clients know what lies beside it, so that they can load `model.onnx`.
std::string MlmodelText(const model::Signature& signature);

}  // namespace gyre::registry::internal
