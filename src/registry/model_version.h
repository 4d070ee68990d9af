#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/id.h"
#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "blob/blob_store.h"

namespace gyre::registry {

/// 1 to 500 characters without '/', ':' and control characters; as MLflow's, so spaces are fine.
using ModelName = base::Id<struct ModelNameTag>;

/// "rain/3".
struct VersionRef {
  ModelName model;
  int64_t version = 0;

  std::string ToString() const;
  /// Reads "rain/3"; `Registry::Resolve` also understands aliases.
  static base::Result<VersionRef> Parse(std::string_view text);
  auto operator<=>(const VersionRef&) const = default;
};

/// MLflow's stages, by which versions were sorted before there were aliases. Spelled as it spells them.
inline constexpr std::array<std::string_view, 4> kStages = {"None", "Staging", "Production", "Archived"};

/// A registered version: immutable but for its aliases, tags, stage and description.
struct ModelVersion {
  VersionRef ref;
  base::Timestamp created_at;
  base::Timestamp updated_at;                  ///< when its description or stage last changed, or its model was renamed
  base::Digest bundle_digest;                  ///< zero without a bundle
  std::map<std::string, blob::BlobRef> files;  ///< the bundle's files by name; none if no bundle was made of it (yet)
  std::string run_id;                          ///< tracked run it came from, may be empty
  std::string pipeline_run;                    ///< may be empty
  std::vector<std::string> datasets;           ///< dataset version ids it was trained on, in the given order
  std::vector<std::string> aliases;            ///< sorted
  std::map<std::string, std::string> tags;
  std::string description;
  bool described = true;  ///< false once a client took the description away: MLflow tells that from an empty one
  base::Json metrics;     ///< of the bundle, for lists; {} if none
  std::string stage = std::string(kStages[0]);
  std::string source;            ///< where its files came from, as the client named it
  std::string storage_location;  ///< where they are: `source` with references resolved
  std::string run_link;
  std::string model_id;  ///< of the logged model it came from, may be empty

  bool has_bundle() const { return !files.empty(); }
  base::Json ToJson() const;
};

struct RegisteredModel {
  ModelName name;
  base::Timestamp created_at;
  base::Timestamp updated_at;  ///< when it last got or lost a version, or its name, description or a stage changed
  std::string description;
  std::map<std::string, std::string> tags;
  int64_t latest_version = 0;  ///< the highest that is not deleted; 0 if there is none
  std::map<std::string, int64_t> aliases;

  base::Json ToJson() const;
};

/// Lengths are in characters.
struct Limits {
  static constexpr size_t kModelNameLength = 500;
  static constexpr size_t kAliasLength = 255;
  static constexpr size_t kTagValueLength = 100'000;
  static constexpr size_t kDescriptionLength = 100'000;
  static constexpr size_t kSourceLength = 5000;
  static constexpr size_t kIdLength = 256;  ///< of a run or dataset named as the origin
  static constexpr size_t kDatasets = 1000;
};

}  // namespace gyre::registry
