#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "registry/registry.h"

namespace gyre::registry::internal {

/// A URI's parts, undecoded: "runs:/0123/model" has scheme "runs", no authority and path "/0123/model".
struct Uri {
  std::string scheme;  ///< in lower case; empty for a plain path
  std::string authority;
  std::string path;
};
Uri SplitUri(std::string_view text);

/// What a "models:/..." URI names: a logged model by its id, or a version by number, alias, stage, or as the latest.
struct ModelUri {
  std::string model_id;
  ModelName name;
  std::optional<int64_t> version;
  std::string alias;
  std::string stage;
};
base::Result<ModelUri> ParseModelUri(std::string_view source);

/// "runs:/ID/path" in its parts; nothing if it is none.
struct RunsUri {
  std::string run_id;
  std::string path;
};
std::optional<RunsUri> ParseRunsUri(std::string_view source);

/// That `source` may be the source of a version which is said to come from that run or that logged model ("" for none):
/// no local path, no path that climbs, and inside of what it names if it lies on this server. Of references to versions
/// of the registry only the path is looked at.
base::Result<void> CheckSource(std::string_view source, std::string_view run_id, std::string_view model_id,
                               Origins* origins);
/// The source of a prompt is one of two words that mean none.
base::Result<void> CheckPromptSource(std::string_view source);
/// That it names no host that this server would be made to call.
base::Result<void> CheckHost(std::string_view source);

base::Error InvalidSource(std::string_view source, std::string_view what);

}  // namespace gyre::registry::internal
