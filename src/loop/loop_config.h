#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "pipeline/project.h"
#include "pipeline/spec.h"
#include "release/canary.h"

namespace gyre::loop {

/// Section `endpoints.NAME.loop` of gyre.yaml: when an endpoint's model is trained again and how the result is tried;
/// docs/formats/release.md.
struct LoopConfig {
  pipeline::ProjectName project;
  pipeline::PipelineName pipeline;
  std::string version_output = "register.version";  ///< step and output that name the candidate
  std::string until = "register";                   ///< last step to run; that of the version unless said otherwise
  /// Parameters of the run; in its strings "${loop.champion}", "${loop.watermark}" and "${loop.endpoint}" are filled
  /// in.
  base::Json params = base::Json::object();
  bool on_drift = true;
  bool on_performance = true;
  std::optional<std::chrono::microseconds> every;  ///< of event time since the champion was deployed or last tried
  std::optional<int64_t> new_labels;               ///< since the champion's training
  std::chrono::microseconds cooldown = std::chrono::hours(24 * 14);  ///< of event time between two cycles
  release::CanaryPlan canary;

  std::string version_step() const;
  std::string version_name() const;

  static base::Result<LoopConfig> FromJson(const base::Json& json, const std::string& path);
  base::Json ToJson() const;
};

}  // namespace gyre::loop
