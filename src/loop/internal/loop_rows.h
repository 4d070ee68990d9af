#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "loop/cycle.h"
#include "loop/loop_config.h"
#include "store/database.h"

namespace gyre::loop::internal {

struct StoredConfig {
  serve::EndpointName endpoint;
  LoopConfig config;
  base::Timestamp alarms_seen;  ///< alarms raised later have not been considered
};
base::Result<std::optional<StoredConfig>> FindConfig(store::Reader& reader, const serve::EndpointName& endpoint);
base::Result<std::vector<StoredConfig>> LoadConfigs(store::Reader& reader);
/// With the audit entry; nothing if it is so already. Alarms raised before the first configuration count as seen.
base::Result<void> WriteConfig(store::Transaction& transaction, const serve::EndpointName& endpoint,
                               const std::optional<LoopConfig>& config, std::string_view actor);
base::Result<void> WriteAlarmsSeen(store::Transaction& transaction, const serve::EndpointName& endpoint,
                                   base::Timestamp raised_at);

/// A cycle with the settings it began with.
struct StoredCycle {
  Cycle cycle;
  LoopConfig config;
};
base::Result<StoredCycle> LoadCycle(store::Reader& reader, const std::string& id);
/// Newest first; of every endpoint if the name is empty.
base::Result<std::vector<StoredCycle>> LoadCycles(store::Reader& reader, const serve::EndpointName& endpoint,
                                                  int64_t limit);
/// Oldest first.
base::Result<std::vector<StoredCycle>> LoadOpenCycles(store::Reader& reader);
/// With the audit entry.
base::Result<void> InsertCycle(store::Transaction& transaction, const StoredCycle& cycle, std::string_view actor);
/// How far it has come, with the audit entry `action`.
base::Result<void> UpdateCycle(store::Transaction& transaction, const Cycle& cycle, std::string_view action);

/// Deletes the endpoint's cycles and mark; its configuration stays, and alarms raised before now count as seen.
base::Result<void> ForgetEndpoint(store::Transaction& transaction, const serve::EndpointName& endpoint);

/// What a champion knew when it came into office.
struct Mark {
  registry::VersionRef champion;
  int64_t labels = 0;                              ///< that its training could have used
  std::optional<base::Timestamp> event_time = {};  ///< nothing if there was no traffic yet
};
base::Result<std::optional<Mark>> FindMark(store::Reader& reader, const serve::EndpointName& endpoint);
base::Result<void> WriteMark(store::Transaction& transaction, const serve::EndpointName& endpoint, const Mark& mark);

}  // namespace gyre::loop::internal
