#include "http/internal/spool.h"

#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

namespace gyre::http::internal {
namespace {
constexpr std::string_view kPrefix = "body.";
}

Spool::~Spool() {
  if (!path_.empty()) unlink(path_.c_str());
}

void Spool::StartWriting() {
  piece_.clear();
  piece_.swap(filling);
}

base::Result<void> Spool::Open() {
  auto name = (folder_ / fmt::format("{}XXXXXX", kPrefix)).string();
  fd_ = base::UniqueFd(mkostemp(name.data(), O_CLOEXEC));
  if (!fd_) return base::ErrnoError("cannot create", name);
  path_ = name;
  return base::Ok();
}

void Spool::Write() {
  if (path_.empty()) outcome_ = Open();
  if (outcome_) outcome_ = base::WriteAll(fd_.get(), piece_, path_.string());
}

void RemoveOldSpools(const std::filesystem::path& folder) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    std::error_code ignored;
    if (entry.path().filename().string().starts_with(kPrefix)) std::filesystem::remove(entry.path(), ignored);
  }
}

}  // namespace gyre::http::internal
