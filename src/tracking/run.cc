#include "tracking/run.h"

#include <cmath>

#include "base/text.h"

namespace gyre::tracking {
namespace {

constexpr std::array<std::pair<RunStatus, std::string_view>, 5> kStatusNames = {{
    {RunStatus::kRunning, "RUNNING"},
    {RunStatus::kScheduled, "SCHEDULED"},
    {RunStatus::kFinished, "FINISHED"},
    {RunStatus::kFailed, "FAILED"},
    {RunStatus::kKilled, "KILLED"},
}};

}  // namespace

std::string_view RunStatusName(RunStatus status) {
  for (const auto& [value, name] : kStatusNames) {
    if (value == status) return name;
  }
  return "RUNNING";
}

base::Result<RunStatus> ParseRunStatus(std::string_view name) {
  for (const auto& [value, known] : kStatusNames) {
    if (known == name) return value;
  }
  return base::InvalidArgument(
      fmt::format("unknown run status '{}'; use RUNNING, SCHEDULED, FINISHED, FAILED or KILLED", name), "status");
}

base::Json MetricPoint::ToJson() const {
  base::Json json = {{"key", key}, {"step", step}, {"time", base::FormatTimestamp(time)}};
  if (std::isfinite(value)) {
    json["value"] = value;
  } else {
    json["value"] = base::FormatDouble(value);
  }
  return json;
}

base::Json Run::ToJson() const {
  base::Json json = {
      {"id", id.value()},
      {"experiment", experiment.value()},
      {"name", name},
      {"user", user},
      {"status", RunStatusName(status)},
      {"stage", LifecycleStageName(stage)},
      {"started_at", base::FormatTimestamp(started_at)},
      {"params", params},
      {"tags", tags},
      {"metrics", base::Json::array()},
  };
  if (ended_at) json["ended_at"] = base::FormatTimestamp(*ended_at);
  for (const auto& point : metrics) json["metrics"].push_back(point.ToJson());
  return json;
}

}  // namespace gyre::tracking
