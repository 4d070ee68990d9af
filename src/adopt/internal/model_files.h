#pragma once

#include <map>
#include <string>
#include <string_view>

#include "adopt/internal/mlmodel.h"
#include "base/result.h"
#include "blob/blob_store.h"
#include "registry/links.h"

namespace gyre::adopt::internal {

/// The files of a version that lie on this server.
class ModelFiles {
 public:
  /// kUnprocessable if there are none; the message says where they should be.
  static base::Result<ModelFiles> Find(const registry::ModelVersion& version, registry::ArtifactTree& tree,
                                       registry::Origins& origins, blob::BlobStore& blobs);

  const Mlmodel& mlmodel() const { return mlmodel_; }
  /// The ONNX graph, with the weights it keeps beside itself. kUnprocessable if there is none, or more than one.
  base::Result<std::string> ReadOnnx() const;
  /// kNotFound if there is none of that name.
  base::Result<std::string> Read(std::string_view name) const;

 private:
  ModelFiles(std::string version, std::map<std::string, blob::BlobRef> files, blob::BlobStore& blobs)
      : version_(std::move(version)), files_(std::move(files)), blobs_(&blobs) {}
  base::Result<std::string> OnnxName() const;

  std::string version_;
  std::map<std::string, blob::BlobRef> files_;
  blob::BlobStore* blobs_;
  Mlmodel mlmodel_;
};

/// The URI of the tree for what a "runs:/ID/path" names; others as they are.
base::Result<std::string> Located(std::string_view uri, registry::Origins& origins);

}  // namespace gyre::adopt::internal
