#pragma once

#include <optional>

#include "base/result.h"
#include "registry/model_version.h"
#include "serve/endpoints.h"

namespace gyre::targets {

/// What an endpoint should serve, by name: a target makes it so.
struct DesiredRouting {
  registry::VersionRef champion;
  std::optional<registry::VersionRef> candidate = std::nullopt;
  double candidate_share = 0;
  bool paired = true;
};

/// A place where endpoints live: this process today, Kubernetes later. Thread-safe.
class Target {
 public:
  virtual ~Target() = default;
  /// Proves that the version loads and answers its golden rows, away from live traffic. Slow; call before `Apply`.
  /// kUnprocessable names the version and says what it did; kNotFound if there is none; other codes are about the
  /// target.
  virtual base::Result<void> Probe(const registry::VersionRef& version) = 0;
  /// Returns once the endpoint answers as desired; requests under way are not disturbed. On an error nothing changes.
  virtual base::Result<void> Apply(const serve::EndpointName& endpoint, const DesiredRouting& routing) = 0;
  /// kNotFound if there is none.
  virtual base::Result<void> Remove(const serve::EndpointName& endpoint) = 0;
};

}  // namespace gyre::targets
