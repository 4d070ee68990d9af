#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "pipeline/step_runner.h"

namespace gyre::pipeline::testing {

/// A StepRunner whose steps are lambdas by `uses`; "emit" and "join" are there from the start. Counts executions.
class ScriptedRunner final : public StepRunner {
 public:
  using Script = std::function<base::Result<StepOutcome>(const StepContext&)>;

  explicit ScriptedRunner(blob::BlobStore& blobs) : blobs_(blobs) {
    // Leaves "data": the text of its parameter.
    scripts["emit"] = [this](const StepContext& context) { return Leave(context.with.value("text", "")); };
    // Leaves "data": its parameter and its inputs' texts, joined.
    scripts["join"] = [this](const StepContext& context) -> base::Result<StepOutcome> {
      std::string text = context.with.value("text", "");
      for (const auto& [name, artifact] : context.inputs)
        text += TRY(blobs_.Get(artifact.files.at("data").digest, 1000));
      return Leave(text);
    };
  }

  std::map<std::string, Script> scripts;
  std::map<std::string, std::string> revisions;
  base::Json externals = base::Json::object();
  std::set<std::string> effects;

  int executions(const std::string& step) const {
    const std::lock_guard lock(mutex_);
    const auto found = executions_.find(step);
    return found == executions_.end() ? 0 : found->second;
  }

  base::Result<StepOutcome> Leave(const std::string& text) {
    StepOutcome outcome;
    outcome.outputs["data"].files["data"] = TRY(blobs_.Put(text));
    outcome.figures = {{"bytes", text.size()}};
    return outcome;
  }

  base::Result<void> Check(const StepSpec& step, const base::Json&) const override {
    if (!scripts.contains(step.uses))
      return base::InvalidArgument("there is no built-in step '" + step.uses + "'", step.uses);
    return base::Ok();
  }
  base::Result<std::vector<std::string>> Files(const StepSpec&, const base::Json& with) const override {
    std::vector<std::string> files;
    if (with.contains("file")) files.push_back(with["file"].get<std::string>());
    return files;
  }
  std::string Revision(const StepSpec& step) const override {
    const auto found = revisions.find(step.uses);
    return found == revisions.end() ? "1" : found->second;
  }
  base::Result<base::Json> Externals(const StepSpec&, const base::Json&) override { return externals; }
  bool HasEffects(const StepSpec& step) const override { return effects.contains(step.uses); }
  base::Result<StepOutcome> Run(const StepContext& context) override {
    {
      const std::lock_guard lock(mutex_);
      ++executions_[context.step.name];
    }
    return scripts.at(context.step.uses)(context);
  }

 private:
  blob::BlobStore& blobs_;
  mutable std::mutex mutex_;
  std::map<std::string, int> executions_;
};

}  // namespace gyre::pipeline::testing
