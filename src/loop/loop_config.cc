#include "loop/loop_config.h"

#include "base/object_reader.h"
#include "loop/internal/placeholders.h"

namespace gyre::loop {
namespace {

base::Result<std::chrono::microseconds> ReadDuration(const base::ObjectReader& fields, std::string_view key) {
  const auto duration = base::ParseDuration(TRY(fields.String(key)));
  if (!duration) return base::InvalidArgument(duration.error().message(), fields.PathOf(key));
  return *duration;
}

base::Result<void> ReadTriggers(const base::ObjectReader& fields, LoopConfig& config) {
  config.on_drift = TRY(fields.Bool("on_drift", config.on_drift));
  config.on_performance = TRY(fields.Bool("on_performance", config.on_performance));
  if (fields.Has("every")) {
    config.every = TRY(ReadDuration(fields, "every"));
    if (config.every->count() == 0) return base::InvalidArgument("every must be more than 0", fields.PathOf("every"));
  }
  if (fields.Has("new_labels")) {
    config.new_labels = TRY(fields.Int("new_labels"));
    if (*config.new_labels < 1)
      return base::InvalidArgument("new_labels must be 1 or more", fields.PathOf("new_labels"));
  }
  if (fields.Has("cooldown")) config.cooldown = TRY(ReadDuration(fields, "cooldown"));
  return base::Ok();
}

}  // namespace

std::string LoopConfig::version_step() const {
  return version_output.substr(0, version_output.find('.'));
}

std::string LoopConfig::version_name() const {
  return version_output.substr(version_output.find('.') + 1);
}

base::Result<LoopConfig> LoopConfig::FromJson(const base::Json& json, const std::string& path) {
  const base::ObjectReader fields(json, path);
  TRY(fields.AllowOnly({"project", "pipeline", "until", "version_output", "params", "on_drift", "on_performance",
                        "every", "new_labels", "cooldown", "canary"}));
  LoopConfig config;
  config.project = pipeline::ProjectName(TRY(fields.String("project", "")));
  config.pipeline = pipeline::PipelineName(TRY(fields.String("pipeline")));
  config.version_output = TRY(fields.String("version_output", config.version_output));
  if (config.version_step().empty() || config.version_name().empty() || config.version_name().contains('.') ||
      !config.version_output.contains('.')) {
    return base::InvalidArgument(
        fmt::format("{} must be STEP.OUTPUT, not '{}'", fields.PathOf("version_output"), config.version_output),
        fields.PathOf("version_output"));
  }
  config.until = TRY(fields.String("until", config.version_step()));
  config.params = *TRY(fields.Object("params"));
  TRY(internal::FillLoopPlaceholders(config.params, {}, fields.PathOf("params")));
  TRY(ReadTriggers(fields, config));
  config.canary = TRY(release::CanaryPlan::FromJson(*TRY(fields.Object("canary")), fields.PathOf("canary")));
  return config;
}

base::Json LoopConfig::ToJson() const {
  base::Json json = {{"project", project.value()},
                     {"pipeline", pipeline.value()},
                     {"until", until},
                     {"version_output", version_output},
                     {"params", params},
                     {"on_drift", on_drift},
                     {"on_performance", on_performance},
                     {"cooldown", base::DurationText(cooldown)},
                     {"canary", canary.ToJson()}};
  if (every) json["every"] = base::DurationText(*every);
  if (new_labels) json["new_labels"] = *new_labels;
  return json;
}

}  // namespace gyre::loop
