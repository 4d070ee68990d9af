#pragma once

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

/// 1 to 256 characters without '/', ':' and control characters; as MLflow's, so spaces are fine.
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

/// A registered version: immutable but for its aliases, tags and description.
struct ModelVersion {
  VersionRef ref;
  base::Timestamp created_at;
  base::Timestamp updated_at;  ///< when its tags or description last changed
  base::Digest bundle_digest;
  std::map<std::string, blob::BlobRef> files;  ///< the bundle's files by name
  std::string run_id;                          ///< tracked run it came from, may be empty
  std::string pipeline_run;                    ///< may be empty
  std::vector<std::string> datasets;           ///< dataset version ids it was trained on, in the given order
  std::vector<std::string> aliases;            ///< sorted
  std::map<std::string, std::string> tags;
  std::string description;
  base::Json metrics;  ///< of the bundle, for lists; {} if none

  base::Json ToJson() const;
};

struct RegisteredModel {
  ModelName name;
  base::Timestamp created_at;
  base::Timestamp updated_at;  ///< when it last got a version or an alias moved
  std::string description;
  int64_t latest_version = 0;  ///< the highest that is not deleted; 0 if there is none
  std::map<std::string, int64_t> aliases;

  base::Json ToJson() const;
};

/// Lengths are in characters.
struct Limits {
  static constexpr size_t kModelNameLength = 256;
  static constexpr size_t kAliasLength = 255;
  static constexpr size_t kTagValueLength = 100'000;
  static constexpr size_t kDescriptionLength = 5000;
  static constexpr size_t kIdLength = 256;  ///< of a run or dataset named as the origin
  static constexpr size_t kDatasets = 1000;
};

}  // namespace gyre::registry
