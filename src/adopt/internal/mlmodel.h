#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gyre::adopt::internal {

/// What the file MLmodel says of the files beside it, as far as it is of use here.
struct Mlmodel {
  std::vector<std::string> flavors;  ///< sorted
  std::string onnx_file;             ///< of the flavor onnx; empty without it
  std::vector<std::string> columns;  ///< of the signature's inputs; empty unless every one has a name
  std::string example_file;          ///< an input example in JSON; empty if there is none
};

inline constexpr std::string_view kMlmodelName = "MLmodel";

base::Result<Mlmodel> ReadMlmodel(std::string_view yaml);

}  // namespace gyre::adopt::internal
