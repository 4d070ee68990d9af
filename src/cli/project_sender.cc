#include "cli/project_sender.h"

#include "base/file.h"
#include "pipeline/project.h"
#include "steps/project_files.h"

namespace gyre::cli {
namespace {
constexpr uint64_t kMaxProjectFile = 1 << 20;
}

base::Result<base::Json> SendFiles(Api& api, const std::vector<std::pair<std::string, std::filesystem::path>>& files) {
  base::Json digests = base::Json::object();
  base::Json asked = base::Json::array();
  for (const auto& [name, path] : files) {
    const auto digest = base::HashFile(path);
    if (!digest) return base::Error(base::ErrorCode::kIo, digest.error().message(), path.string());
    digests[name] = digest->ToHex();
    asked.push_back(digest->ToHex());
  }
  const auto answer = TRY(api.Post("/api/v1/blobs/missing", {{"sha256", asked}}));
  const auto missing = answer.at("missing").get<std::vector<std::string>>();
  for (const auto& [name, path] : files) {
    if (std::ranges::find(missing, digests[name].get<std::string>()) != missing.end())
      TRY(api.Upload("/api/v1/blobs", path));
  }
  return digests;
}

base::Result<base::Json> SendProject(Api& api, const std::filesystem::path& folder) {
  const auto project_file = folder / pipeline::kProjectFile;
  const auto text = base::ReadFile(project_file, kMaxProjectFile);
  if (!text) {
    return base::Error(
        base::ErrorCode::kIo,
        fmt::format("there is no project in {}: {}; make one with: gyre init", folder.string(), text.error().message()),
        project_file.string());
  }
  const auto spec = TRY(base::ParseYaml(*text, project_file.string()));
  std::vector<std::pair<std::string, std::filesystem::path>> files;
  for (const auto& name : TRY(steps::ProjectFiles(spec))) files.emplace_back(name, folder / name);
  const auto sent = TRY(SendFiles(api, files));
  return api.Post("/api/v1/projects", {{"files", sent}});
}

}  // namespace gyre::cli
