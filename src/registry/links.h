#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "blob/blob_store.h"
#include "model/bundle.h"
#include "registry/model_version.h"
#include "store/database.h"

namespace gyre::registry {

/// What the registry needs of modules above and beside it. Each is implemented by them, is optional, outlives the
/// registry and is thread-safe.

/// The tree of artifacts that MLflow's clients read and write, by URIs ("mlflow-artifacts:/0/abc/artifacts/model").
class ArtifactTree {
 public:
  virtual ~ArtifactTree() = default;
  /// The files at and below `uri` by their paths under it. None if nothing is there.
  virtual base::Result<std::map<std::string, blob::BlobRef>> Files(std::string_view uri) = 0;
  /// Makes stored bytes appear under `uri`; doing so again changes nothing.
  virtual base::Result<void> Link(std::string_view uri, const std::map<std::string, blob::BlobRef>& files) = 0;
};

/// What is known of runs and logged models, by their ids.
class Origins {
 public:
  struct Origin {
    std::string artifact_uri;
    std::string run_id;  ///< of a logged model: the run it came from, may be empty
  };
  virtual ~Origins() = default;
  /// Nothing if there is none of that id.
  virtual base::Result<std::optional<Origin>> FindRun(std::string_view run_id) = 0;
  virtual base::Result<std::optional<Origin>> FindLoggedModel(std::string_view model_id) = 0;
  /// A version was made of the logged model: it is told of in the model's tag `mlflow.modelVersions`.
  virtual base::Result<void> NoteVersion(std::string_view model_id, const VersionRef& version) = 0;
};

/// Makes of a version's files what a built-in version has: signature, golden rows, reference profile.
class Bundler {
 public:
  virtual ~Bundler() = default;
  /// kUnprocessable: it holds no ONNX model, or none that can be served; the message says so and what would help.
  virtual base::Result<model::Bundle> MakeBundle(const ModelVersion& version) = 0;
};

/// Who stands in the way of a version's end.
class VersionUsers {
 public:
  virtual ~VersionUsers() = default;
  /// Where a version of `model` (`version`, or any if that is 0) serves: "endpoint 'rain'". Empty if nowhere.
  virtual base::Result<std::string> UserOf(const ModelName& model, int64_t version) = 0;
};

/// Something that happened, in the terms of MLflow's webhooks: entity "model_version", action "created", and the data
/// that its receivers expect.
struct Change {
  std::string entity;
  std::string action;
  base::Json data;
};

/// Hears of changes.
class ChangeSink {
 public:
  virtual ~ChangeSink() = default;
  /// Inside the transaction of the change: what is written here becomes durable with it or not at all.
  virtual base::Result<void> OnChange(store::Transaction& transaction, const Change& change) = 0;
};

struct Links {
  ArtifactTree* artifacts = nullptr;
  Origins* origins = nullptr;
  Bundler* bundler = nullptr;
  VersionUsers* users = nullptr;
  ChangeSink* changes = nullptr;
};

}  // namespace gyre::registry
