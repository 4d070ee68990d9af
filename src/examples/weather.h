#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gyre::examples {

/// Writes the weather example (examples/weather in the source) into `folder`, made if new; answers the names written.
/// kAlreadyExists if the folder has a gyre.yaml.
base::Result<std::vector<std::string>> WriteWeather(const std::filesystem::path& folder);

/// One of its files; kNotFound by name.
base::Result<std::string_view> WeatherFile(std::string_view name);

}  // namespace gyre::examples
