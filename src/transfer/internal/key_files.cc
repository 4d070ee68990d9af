#include "transfer/internal/key_files.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/text.h"
#include "base/yaml.h"
#include "transfer/internal/fields.h"
#include "transfer/internal/place.h"

namespace gyre::transfer::internal {
namespace {

namespace fs = std::filesystem;

/// Profiles and schemas of datasets are in there.
constexpr uint64_t kLargestMeta = 32 << 20;
constexpr uint64_t kLargestValue = 1 << 20;
constexpr size_t kLongestLine = 4096;

/// Pieces of a file joined to lines, of which none is kept longer than it takes.
class Lines {
 public:
  explicit Lines(std::function<base::Result<void>(std::string_view)> on_line) : on_line_(std::move(on_line)) {}

  base::Result<void> Append(std::string_view piece) {
    while (true) {
      const auto end = piece.find('\n');
      if (pending_.size() + std::min(end, piece.size()) > kLongestLine) {
        return base::InvalidArgument(fmt::format("has a line of over {} bytes", kLongestLine));
      }
      pending_ += piece.substr(0, end);
      if (end == std::string_view::npos) return base::Ok();
      TRY(Finish());
      piece.remove_prefix(end + 1);
    }
  }
  base::Result<void> Finish() {
    const auto line = std::exchange(pending_, {});
    return base::Trim(line).empty() ? base::Ok() : on_line_(base::Trim(line));
  }

 private:
  std::function<base::Result<void>(std::string_view)> on_line_;
  std::string pending_;
};

base::Result<void> ReadHistory(const fs::path& file, const std::string& key, Report& report,
                               const std::function<base::Result<void>(Point)>& on_point) {
  const auto fd = TRY(base::OpenForRead(file));
  Lines lines([&](std::string_view line) -> base::Result<void> {
    auto point = ParsePoint(key, line);
    if (point) return on_point(std::move(*point));
    report.Lose("metric_point", file.string(), point.error());
    return base::Ok();
  });
  bool readable = true;
  TRY(base::ReadChunks(fd.get(), [&](std::string_view piece) -> base::Result<void> {
    if (!readable) return base::Ok();
    auto read = lines.Append(piece);
    if (read || read.error().code() != base::ErrorCode::kInvalidArgument) return read;
    readable = false;
    report.Lose("metric", file.string(), read.error());
    return base::Ok();
  }));
  return readable ? lines.Finish() : base::Ok();
}

}  // namespace

base::Result<base::Json> ReadMeta(const fs::path& folder) {
  const auto path = folder / "meta.yaml";
  std::error_code error;
  if (fs::is_symlink(path, error)) {
    return base::InvalidArgument(fmt::format("{} is a link, and is not followed", path.string()));
  }
  auto meta = TRY(base::ParseYamlTexts(TRY(base::ReadFile(path, kLargestMeta)), path.string()));
  if (!meta.is_object()) return base::InvalidArgument(fmt::format("{} holds no fields", path.string()));
  return meta;
}

base::Result<Texts> ReadKeys(const fs::path& folder, std::string_view kind, Report& report) {
  Texts texts;
  TRY(WalkFiles(folder, kind, report, [&](const std::string& key, uint64_t) -> base::Result<void> {
    auto value = base::ReadFile(folder / key, kLargestValue);
    if (value && base::IsValidUtf8(*value)) {
      texts[key] = std::move(*value);
    } else {
      report.Lose(kind, (folder / key).string(),
                  value ? base::InvalidArgument("its value is not UTF-8") : value.error());
    }
    return base::Ok();
  }));
  return texts;
}

base::Result<void> ReadPoints(const fs::path& folder, Report& report,
                              const std::function<base::Result<void>(Point)>& on_point) {
  return WalkFiles(folder, "metric", report,
                   [&](const std::string& key, uint64_t) { return ReadHistory(folder / key, key, report, on_point); });
}

base::Result<std::vector<std::string>> FolderNames(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  if (!fs::exists(folder, error)) return names;
  fs::directory_iterator at(folder, error);
  for (; !error && at != fs::directory_iterator(); at.increment(error)) {
    std::error_code ignored;
    if (at->is_directory(ignored) && !at->is_symlink(ignored)) names.push_back(at->path().filename().string());
  }
  if (error) {
    return base::Error(base::ErrorCode::kIo, fmt::format("cannot read {}: {}", folder.string(), error.message()));
  }
  std::ranges::sort(names);
  return names;
}

base::Result<Point> ParsePoint(std::string_view key, std::string_view line) {
  const auto parts = base::Split(line, ' ');
  const auto wrong = [&] {
    return base::InvalidArgument(fmt::format("metric '{}': the line '{}' is no point", key, line.substr(0, 100)));
  };
  if (parts.size() < 2 || parts.size() > 6) return wrong();
  const auto time = base::ParseInt(parts[0]);
  const auto value = ParseReal(parts[1]);
  const auto step = parts.size() > 2 ? base::ParseInt(parts[2]) : 0;
  if (!time || !value || !step) return wrong();
  Point point{.key = std::string(key), .value = *value, .time_ms = *time, .step = *step};
  if (parts.size() == 4 || parts.size() == 6) point.run_id = parts[3];
  if (parts.size() >= 5) {
    point.dataset_name = parts[parts.size() - 2];
    point.dataset_digest = parts[parts.size() - 1];
  }
  return point;
}

}  // namespace gyre::transfer::internal
