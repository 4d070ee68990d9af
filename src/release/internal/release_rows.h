#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "release/endpoint_record.h"
#include "store/database.h"

namespace gyre::release::internal {

/// With the running canary.
base::Result<std::optional<EndpointRecord>> FindEndpoint(store::Reader& reader, const serve::EndpointName& name);
/// kNotFound says how to make it.
base::Result<EndpointRecord> LoadEndpoint(store::Reader& reader, const serve::EndpointName& name);
base::Result<std::vector<EndpointRecord>> LoadEndpoints(store::Reader& reader);
base::Result<Canary> LoadCanary(store::Reader& reader, const std::string& id);
base::Result<std::vector<Canary>> LoadCanaries(store::Reader& reader, const serve::EndpointName& endpoint,
                                               int64_t limit);

/// Makes the endpoint or changes what it serves; without an audit entry, which is the larger change's.
base::Result<void> WriteDeployed(store::Transaction& transaction, const serve::EndpointName& name,
                                 const registry::VersionRef& version);
base::Result<void> WritePromoted(store::Transaction& transaction, const serve::EndpointName& name,
                                 const registry::VersionRef& champion);
base::Result<void> RemoveEndpoint(store::Transaction& transaction, const serve::EndpointName& name);
/// With its audit entry.
base::Result<void> InsertCanary(store::Transaction& transaction, const Canary& canary);
base::Error EndedAlready(const Canary& canary);
/// Its state, verdict, reason and end, with the audit entry. kFailedPrecondition unless it is running.
base::Result<void> WriteEnd(store::Transaction& transaction, const Canary& ended, std::string_view actor);

}  // namespace gyre::release::internal
