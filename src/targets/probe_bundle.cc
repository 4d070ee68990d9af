#include <new>

#include "model/bundle.h"
#include "serve/loaded_model.h"
#include "targets/local_target.h"

namespace gyre::targets {
namespace {

base::Result<base::Json> Probe(const std::filesystem::path& folder) {
  const auto bundle = TRY(model::ReadBundle(folder));
  onnx::Runtime runtime;
  const registry::VersionRef unnamed{.model = registry::ModelName("bundle")};
  const auto loaded = TRY(serve::LoadedModel::Load(runtime, unnamed, bundle));
  return base::Json{{"golden_rows", bundle.golden.features.rows()},
                    {"row_cost_us", static_cast<double>(loaded->row_cost().count()) / 1000}};
}

}  // namespace

base::Result<base::Json> ProbeBundle(const std::filesystem::path& folder) {
  try {
    return Probe(folder);
  } catch (const std::bad_alloc&) {
    return base::Error(base::ErrorCode::kResourceExhausted, "it needs more memory than it may have");
  }
}

}  // namespace gyre::targets
