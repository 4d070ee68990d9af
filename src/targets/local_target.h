#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "base/json.h"
#include "base/log.h"
#include "base/result.h"
#include "onnx/runtime.h"
#include "proc/child.h"
#include "registry/registry.h"
#include "serve/endpoints.h"
#include "targets/target.h"

namespace gyre::targets {

/// Serves from this process. A version is first loaded, warmed and checked in a throw-away child (`gyre probe FOLDER`):
/// one that crashes, hangs or eats memory there never enters the server. A bundle that has passed is not tried again
/// while this object lives, whatever version has it. Models are loaded once and shared by endpoints.
class LocalTarget final : public Target {
 public:
  struct Options {
    std::filesystem::path program;      ///< the gyre binary
    std::filesystem::path work_folder;  ///< made if it is not there; a probe's files go there and are removed after it
    uint64_t probe_memory_bytes = 4ULL << 30;  ///< of address space; not enforced in builds with a sanitizer
    int64_t probe_seconds = 60;
  };
  struct Deps {
    registry::Registry& registry;
    serve::Endpoints& endpoints;
    onnx::Runtime& runtime;
    proc::ChildRunner& children;
    base::Logger& log;
  };
  LocalTarget(Options options, const Deps& deps);
  ~LocalTarget() override;

  base::Result<void> Probe(const registry::VersionRef& version) override;
  base::Result<void> Apply(const serve::EndpointName& endpoint, const DesiredRouting& routing) override;
  base::Result<void> Remove(const serve::EndpointName& endpoint) override;

  /// Ends probes that run (kCancelled) and lets none begin, so that a server need not wait for one to stop. Endpoints
  /// stay. Idempotent.
  void Stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What `gyre probe FOLDER` does: reads the bundle there, loads it, answers the golden rows and measures. Its result is
/// {"golden_rows", "row_cost_us"}; the program prints it, or the error as {"error_code", "message", ...}, and exits 0
/// or 1.
base::Result<base::Json> ProbeBundle(const std::filesystem::path& folder);

}  // namespace gyre::targets
