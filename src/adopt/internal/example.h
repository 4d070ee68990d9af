#pragma once

#include <string_view>

#include "base/result.h"
#include "model/frame.h"
#include "model/signature.h"

namespace gyre::adopt::internal {

/// The rows of an input example that MLflow saved: {"columns", "data"} of a table, rows of an array, or columns by
/// name. Columns without names are the signature's inputs in order. kInvalidArgument if it does not fit the signature.
base::Result<model::Frame> ReadExample(std::string_view json, const model::Signature& signature);

}  // namespace gyre::adopt::internal
