#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/schema.h"
#include "data/work.h"
#include "engine/table.h"

namespace gyre::data {

/// The schema of a canonical Parquet file, from its footer; `nullable` is left false.
base::Result<Schema> ReadSchema(const Work& work, const std::filesystem::path& parquet);

/// The columns `names` (all if empty) in that order. kNotFound names one that is not there and the likely one meant.
base::Result<engine::Table> ReadColumns(const Work& work, const std::filesystem::path& parquet,
                                        const std::vector<std::string>& names);

/// A number, integer or boolean column as float32, the form trainers and graphs work on: NaN where there is no value,
/// booleans as 0 and 1. kInvalidArgument for other types, kUnprocessable for a value beyond float32.
base::Result<std::vector<float>> FloatsOf(const engine::Column& column);

/// Any column as text: "" where there is no value, numbers in their shortest form, "true" and "false", RFC 3339.
std::vector<std::string> TextsOf(const engine::Column& column);

}  // namespace gyre::data
