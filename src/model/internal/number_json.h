#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace gyre::model::internal {

/// A float32 as the shortest decimal that reads back as it: 0.1 rather than 0.10000000149011612. NaN is null.
base::Json FloatJson(float value);
base::Json FloatsJson(std::span<const float> values);

/// Reads a list of numbers, null being NaN where `nullable`. `path` names the list in errors.
base::Result<std::vector<float>> ReadFloats(const base::Json& json, std::string_view path, bool nullable);

}  // namespace gyre::model::internal
