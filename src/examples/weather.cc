#include "examples/weather.h"

#include "base/file.h"
#include "weather_example.h"

namespace gyre::examples {

base::Result<std::vector<std::string>> WriteWeather(const std::filesystem::path& folder) {
  if (std::filesystem::exists(folder / "gyre.yaml")) {
    return base::AlreadyExists(fmt::format("{} has a gyre.yaml already; choose another folder", folder.string()),
                               folder.string());
  }
  TRY(base::MakeFolders(folder));
  std::vector<std::string> written;
  for (const auto& file : embedded::weather_example()) {
    TRY(base::WriteFileAtomic(folder / file.path, file.bytes));
    written.emplace_back(file.path);
  }
  return written;
}

base::Result<std::string_view> WeatherFile(std::string_view name) {
  for (const auto& file : embedded::weather_example()) {
    if (file.path == name) return file.bytes;
  }
  return base::NotFound(fmt::format("the weather example has no file '{}'", name), std::string(name));
}

}  // namespace gyre::examples
