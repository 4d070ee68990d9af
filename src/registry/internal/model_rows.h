#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "registry/model_version.h"
#include "store/database.h"

namespace gyre::registry::internal {

base::Result<std::vector<RegisteredModel>> LoadModels(store::Reader& reader);
base::Result<RegisteredModel> LoadModel(store::Reader& reader, const ModelName& model);

/// The model's key inside the database; kNotFound says how to make it.
base::Result<int64_t> ModelNumber(store::Reader& reader, const ModelName& model);
/// Makes the model, with its audit entry, if it is new.
base::Result<int64_t> EnsureModel(store::Transaction& transaction, const ModelName& model, std::string_view actor);
/// It got a version or an alias moved.
base::Result<void> TouchModel(store::Transaction& transaction, int64_t model);

/// The number of the version under `alias`, if there is one.
base::Result<std::optional<int64_t>> AliasedVersion(store::Reader& reader, const ModelName& model,
                                                    std::string_view alias);
/// kNotFound that lists the aliases there are.
base::Error NoSuchAlias(const RegisteredModel& model, std::string_view alias);
/// Points `alias` to `version`, with its audit entry, unless it points there already.
base::Result<void> PointAlias(store::Transaction& transaction, const VersionRef& version, std::string_view alias,
                              std::string_view actor);
base::Result<void> DropAlias(store::Transaction& transaction, const ModelName& model, std::string_view alias,
                             std::string_view actor);

}  // namespace gyre::registry::internal
