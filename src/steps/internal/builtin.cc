#include "steps/internal/builtin.h"

namespace gyre::steps::internal {
namespace {

std::vector<Builtin> AllBuiltins() {
  return {IngestStep(), ValidateStep(), TransformStep(), SplitStep(),  ExtendStep(),  TrainStep(),
          TestStep(),   PackageStep(),  RegisterStep(),  DeployStep(), DatasetStep(), ArtifactStep()};
}

}  // namespace

const Builtin* FindBuiltin(std::string_view name) {
  static const std::vector<Builtin> all = AllBuiltins();
  const auto found = std::ranges::find(all, name, &Builtin::name);
  return found == all.end() ? nullptr : &*found;
}

std::vector<std::string> BuiltinNames() {
  std::vector<std::string> names;
  for (const auto& builtin : AllBuiltins()) names.emplace_back(builtin.name);
  return names;
}

}  // namespace gyre::steps::internal
