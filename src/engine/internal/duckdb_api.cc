#include "engine/internal/duckdb_api.h"

namespace gyre::engine::internal {

base::Result<DuckDbApi> DuckDbApi::Load() {
  const auto library = TRY(base::SharedLibrary::Open("libduckdb.so"));
  DuckDbApi api;
#define GYRE_BIND(function) TRY(library.Bind("duckdb_" #function, api.function));
  GYRE_DUCKDB_FUNCTIONS(GYRE_BIND)
#undef GYRE_BIND
  return api;
}

}  // namespace gyre::engine::internal
