#include "server/internal/registry_links.h"

namespace gyre::server::internal {

base::Result<std::string> EndpointUsers::UserOf(const registry::ModelName& model, int64_t version) {
  const auto uses = [&](const registry::VersionRef& ref) {
    return ref.model == model && (version == 0 || ref.version == version);
  };
  for (const auto& endpoint : TRY(releases_.List())) {
    if (uses(endpoint.champion) || (endpoint.canary && uses(endpoint.canary->candidate))) {
      return fmt::format("endpoint '{}'", endpoint.name.value());
    }
  }
  return std::string();
}

}  // namespace gyre::server::internal
