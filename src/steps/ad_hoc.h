#pragma once

#include <map>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "blob/blob_store.h"
#include "data/catalog.h"
#include "pipeline/executor.h"
#include "pipeline/project.h"

namespace gyre::steps {

/// One step on its own, as a command or an API call asks for it.
struct AdHocRequest {
  std::string uses;
  base::Json with;
  /// By input name: {"dataset": "weather/3"} or {"run": ID, "step": "train", "output": "model"}.
  std::map<std::string, base::Json> inputs;
  std::map<std::string, base::Digest> files;  ///< project files the parameters name
  bool force = false;
  std::string actor = "local";
};

/// Runs single steps as pipelines of one step and of those that fetch its inputs, so that they are cached, recorded and
/// limited like any other. Thread-safe.
class AdHoc {
 public:
  AdHoc(blob::BlobStore& blobs, pipeline::Projects& projects, pipeline::Executor& executor)
      : blobs_(blobs), projects_(projects), executor_(executor) {}

  base::Result<pipeline::RunRecord> Start(const AdHocRequest& request);

 private:
  base::Result<base::Json> InputStep(const std::string& name, const base::Json& source);

  blob::BlobStore& blobs_;
  pipeline::Projects& projects_;
  pipeline::Executor& executor_;
};

}  // namespace gyre::steps
