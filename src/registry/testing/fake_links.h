#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "registry/links.h"

namespace gyre::registry::testing {

/// Everything beside the registry, kept in maps that tests fill.
class FakeLinks final : public ArtifactTree, public Origins, public Bundler, public VersionUsers, public ChangeSink {
 public:
  Links links() { return {.artifacts = this, .origins = this, .bundler = this, .users = this, .changes = this}; }

  base::Result<std::map<std::string, blob::BlobRef>> Files(std::string_view uri) override {
    return files[std::string(uri)];
  }
  base::Result<void> Link(std::string_view uri, const std::map<std::string, blob::BlobRef>& linked) override {
    for (const auto& [name, ref] : linked) files[std::string(uri)][name] = ref;
    return base::Ok();
  }
  base::Result<std::optional<Origin>> FindRun(std::string_view run_id) override { return Find(runs, run_id); }
  base::Result<std::optional<Origin>> FindLoggedModel(std::string_view model_id) override {
    return Find(models, model_id);
  }
  base::Result<void> NoteVersion(std::string_view model_id, const VersionRef& version) override {
    noted.push_back(std::string(model_id) + " " + version.ToString());
    return base::Ok();
  }
  base::Result<model::Bundle> MakeBundle(const ModelVersion& version) override {
    ++bundling;
    if (bundle) return *bundle;
    return base::Unprocessable(version.ref.ToString() + " holds no ONNX model", version.ref.ToString());
  }
  base::Result<std::string> UserOf(const ModelName& model, int64_t version) override {
    const bool used = serving && serving->model == model && (version == 0 || serving->version == version);
    return std::string(used ? "endpoint 'rain'" : "");
  }
  base::Result<void> OnChange(store::Transaction&, const Change& change) override {
    changes.push_back(change.entity + "." + change.action + " " + base::DumpJson(change.data));
    return base::Ok();
  }

  std::map<std::string, std::map<std::string, blob::BlobRef>> files;
  std::map<std::string, Origin> runs;
  std::map<std::string, Origin> models;
  std::vector<std::string> noted;
  std::optional<model::Bundle> bundle;
  int bundling = 0;
  std::optional<VersionRef> serving;
  std::vector<std::string> changes;

 private:
  static std::optional<Origin> Find(const std::map<std::string, Origin>& known, std::string_view id) {
    const auto found = known.find(std::string(id));
    return found == known.end() ? std::nullopt : std::optional(found->second);
  }
};

}  // namespace gyre::registry::testing
