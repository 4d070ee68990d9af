#include "pipeline/internal/cache_key.h"

#include <cstdlib>

namespace gyre::pipeline::internal {
namespace {
/// Raised when the meaning of a key changes, so that no old result answers for a new question.
constexpr int kKeyFormat = 1;
}  // namespace

base::Result<base::Json> KeyParts(const StepSpec& step, const base::Json& with,
                                  const std::map<std::string, Artifact>& inputs, const Snapshot& snapshot,
                                  StepRunner& runner) {
  base::Json parts = {{"format", kKeyFormat},
                      {"uses", step.uses},
                      {"run", step.command},
                      {"outputs", step.outputs},
                      {"revision", runner.Revision(step)}};
  for (const auto& [key, value] : with.items()) parts["with." + key] = value;
  for (const auto& [name, artifact] : inputs) parts["inputs." + name] = artifact.digest().ToHex();
  for (const auto& file : TRY(runner.Files(step, with))) {
    const auto found = snapshot.files.find(file);
    if (found == snapshot.files.end()) {
      return base::InvalidArgument(
          fmt::format("step '{}' reads {}, which is not part of the project snapshot", step.name, file), file);
    }
    parts["files." + file] = found->second.digest.ToHex();
  }
  for (const auto& name : step.env) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): set once only, before any step (onnx)
    const char* value = std::getenv(name.c_str());
    parts["env." + name] = value != nullptr ? base::Json(value) : base::Json(nullptr);
  }
  const base::Json externals = TRY(runner.Externals(step, with));
  for (const auto& [key, value] : externals.items()) parts["externals." + key] = value;
  return parts;
}

std::vector<std::string> ChangedParts(const base::Json& before, const base::Json& after) {
  std::vector<std::string> changed;
  for (const auto& [key, value] : after.items()) {
    const auto old = before.find(key);
    if (old == before.end() || *old != value) changed.push_back(key);
  }
  for (const auto& [key, value] : before.items()) {
    if (!after.contains(key)) changed.push_back(key);
  }
  return changed;
}

}  // namespace gyre::pipeline::internal
