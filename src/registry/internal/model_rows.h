#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "registry/model_version.h"
#include "store/database.h"

namespace gyre::registry::internal {

base::Result<std::vector<RegisteredModel>> LoadModels(store::Reader& reader);
base::Result<RegisteredModel> LoadModel(store::Reader& reader, const ModelName& model);
/// Those of these numbers, in that order.
base::Result<std::vector<RegisteredModel>> LoadModelsByNumber(store::Reader& reader, std::span<const int64_t> numbers);

/// The model's key inside the database; kNotFound says how to make it.
base::Result<int64_t> ModelNumber(store::Reader& reader, const ModelName& model);
base::Result<bool> HasModel(store::Reader& reader, const ModelName& model);
/// Makes a model that is not there yet, with its audit entry.
base::Result<int64_t> InsertModel(store::Transaction& transaction, const ModelName& model,
                                  const std::map<std::string, std::string>& tags, std::string_view description,
                                  std::string_view actor);
base::Result<void> RenameRow(store::Transaction& transaction, const ModelName& model, const ModelName& new_name);
/// All its rows, those of its versions too.
base::Result<void> RemoveModel(store::Transaction& transaction, const ModelName& model);
base::Result<void> WriteModelTag(store::Transaction& transaction, int64_t model, std::string_view key,
                                 std::string_view value);
/// It is a prompt to MLflow: a model with a tag that says so.
base::Result<bool> IsPrompt(store::Reader& reader, const ModelName& model);

/// It got or lost a version, or something of it changed.
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
