// Takes the input for a gyre.yaml. Pipelines that are accepted must survive being stored as JSON, and their steps must
// be in an order in which they can run.
#include <cstdlib>

#include "base/json.h"
#include "pipeline/spec.h"
#include "target.h"

namespace gyre::fuzz {
namespace {

void Expect(bool holds, const char* what) {
  if (holds) return;
  fmt::print(stderr, "does not hold: {}\n", what);
  std::abort();
}

void CheckOrder(const pipeline::PipelineSpec& spec) {
  std::set<std::string> before;
  for (const auto& step : spec.steps) {
    for (const auto& [name, input] : step.inputs) Expect(before.contains(input.step), "an input was made before");
    for (const auto& other : step.after) Expect(before.contains(other), "a step waits for earlier ones");
    Expect(before.insert(step.name).second, "names are unique");
  }
}

}  // namespace

int FuzzOne(const uint8_t* data, size_t size) {
  const auto file = base::ParseYaml({reinterpret_cast<const char*>(data), size}, "gyre.yaml");
  if (!file || !file->is_object() || !file->contains("pipelines")) return 0;
  const auto specs = pipeline::ParsePipelines((*file)["pipelines"]);
  if (!specs) {
    Expect(!specs.error().message().empty(), "a refusal has a reason");
    return 0;
  }
  for (const auto& spec : *specs) {
    CheckOrder(spec);
    const auto json = pipeline::ToJson(spec);
    const auto again = pipeline::PipelineFromJson(spec.name.value(), json, "pipeline");
    Expect(again && again->steps == spec.steps && pipeline::ToJson(*again) == json, "what is stored is found again");
  }
  return 0;
}

}  // namespace gyre::fuzz
