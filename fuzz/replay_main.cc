// Runs a fuzz target once on each of its seeds and on the inputs that once broke it: `predict_body_fuzz FUZZ NAME`
// reads FUZZ/corpus/NAME/* and FUZZ/crashes/NAME-*.
#include <cstdio>

#include "base/file.h"
#include "target.h"

namespace {

std::vector<std::filesystem::path> FilesIn(const std::filesystem::path& folder, const std::string& prefix) {
  std::vector<std::filesystem::path> files;
  if (!std::filesystem::is_directory(folder)) return files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().filename().string().starts_with(prefix)) files.push_back(entry.path());
  }
  return files;
}

bool Replay(const std::filesystem::path& path) {
  const auto bytes = gyre::base::ReadFile(path, 1 << 20);
  if (!bytes) {
    fmt::print(stderr, "{}\n", bytes.error().ToString());
    return false;
  }
  fmt::print("{}\n", path.string());
  std::fflush(stdout);  // names the culprit if the next line aborts
  gyre::fuzz::FuzzOne(reinterpret_cast<const uint8_t*>(bytes->data()), bytes->size());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::filesystem::path fuzz = argv[1];
  const std::string name = argv[2];
  auto files = FilesIn(fuzz / "corpus" / name, "");
  const auto crashes = FilesIn(fuzz / "crashes", name + "-");
  files.insert(files.end(), crashes.begin(), crashes.end());
  return !files.empty() && std::ranges::all_of(files, Replay) ? 0 : 1;
}
