#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/database.h"
#include "tracking/logged_model.h"

namespace gyre::tracking::internal {

using Texts = std::map<std::string, std::string>;

/// Deleted ones too; kNotFound.
base::Result<int64_t> FindLoggedModel(store::Reader& reader, const LoggedModelId& id);
base::Result<LoggedModel> LoadLoggedModel(store::Reader& reader, const LoggedModelId& id);
/// The models of these numbers in this order. Numbers of no model are left out.
base::Result<std::vector<LoggedModel>> LoadLoggedModels(store::Reader& reader, std::span<const int64_t> numbers);

/// Changes of one, each with its audit entry.
base::Result<LoggedModel> InsertLoggedModel(store::Transaction& transaction, const NewLoggedModel& model,
                                            std::string_view actor);
base::Result<void> FinishModel(store::Transaction& transaction, const LoggedModelId& id, LoggedModelStatus status,
                               std::string_view actor);
base::Result<void> RemoveModel(store::Transaction& transaction, const LoggedModelId& id, std::string_view actor);

/// What is logged to one.
base::Result<void> WriteModelTags(store::Transaction& transaction, const LoggedModelId& id, const Texts& tags);
base::Result<void> RemoveModelTag(store::Transaction& transaction, const LoggedModelId& id, std::string_view key);
/// kFailedPrecondition if one has another value already.
base::Result<void> WriteModelParams(store::Transaction& transaction, const LoggedModelId& id, const Texts& params);
/// The points that name a model; kNotFound if there is none of its id.
base::Result<void> WriteModelMetrics(store::Transaction& transaction, const RunId& run,
                                     std::span<const MetricPoint> points);

}  // namespace gyre::tracking::internal
