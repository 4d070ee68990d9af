#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/catalog.h"
#include "data/dataset.h"
#include "store/database.h"

namespace gyre::data::internal {

/// Versions that meet a condition on dataset_versions ("id = ?1"), in the order it asks for, with their parents.
base::Result<std::vector<DatasetVersion>> LoadVersions(store::Reader& reader, std::string_view condition,
                                                       std::span<const store::Value> values);

base::Result<std::optional<DatasetVersion>> FindVersion(store::Reader& reader, const DatasetVersionId& id);

/// Datasets by name: all, or the one called `name`.
base::Result<std::vector<Dataset>> LoadDatasets(store::Reader& reader, std::optional<std::string_view> name);

/// Makes the dataset if it is new, and its next version with the given id.
base::Result<void> InsertVersion(store::Transaction& transaction, const NewVersion& version,
                                 const DatasetVersionId& id);

}  // namespace gyre::data::internal
