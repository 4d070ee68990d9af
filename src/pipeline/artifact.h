#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/json.h"
#include "base/result.h"
#include "blob/blob_store.h"

namespace gyre::pipeline {

enum class ArtifactKind {
  kTable,   ///< one Parquet file, "data.parquet"; facts are the table's
  kModel,   ///< a trained model or an ONNX file
  kBundle,  ///< a model version's files
  kReport,  ///< JSON facts for people and gates
  kValue,   ///< facts only, no files: a model version, an endpoint
  kFiles,   ///< anything else
};

std::string_view ArtifactKindName(ArtifactKind kind);
base::Result<ArtifactKind> ParseArtifactKind(std::string_view name);

/// What a step leaves: named immutable files and facts about them. Two artifacts with the same digest are the same.
struct Artifact {
  ArtifactKind kind = ArtifactKind::kFiles;
  std::map<std::string, blob::BlobRef> files;
  base::Json facts;  ///< {} if none

  /// Over kind, files and facts.
  base::Digest digest() const;

  base::Json ToJson() const;
  static base::Result<Artifact> FromJson(const base::Json& json);
};

}  // namespace gyre::pipeline
