#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"

namespace gyre::loop::internal {

/// What a cycle knows of its endpoint when its run starts.
struct LoopValues {
  std::string champion;   ///< "rain/1"
  std::string watermark;  ///< RFC 3339
  std::string endpoint;
};

/// `params` with every "${loop.NAME}" in its strings replaced. An unknown NAME is an error that names the parameter
/// under `path`. Other placeholders are the pipeline's.
base::Result<base::Json> FillLoopPlaceholders(const base::Json& params, const LoopValues& values,
                                              const std::string& path);

}  // namespace gyre::loop::internal
