#include "http/internal/spool.h"

#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

namespace gyre::http::internal {
namespace {

constexpr std::string_view kPrefix = "body.";

class FileSink final : public BodySink {
 public:
  FileSink(std::string name, base::UniqueFd fd) : name_(std::move(name)), fd_(std::move(fd)) {}
  ~FileSink() override { unlink(name_.c_str()); }
  base::Result<void> Append(std::string_view bytes) override { return base::WriteAll(fd_.get(), bytes, name_); }

 private:
  std::string name_;
  base::UniqueFd fd_;
};

base::Result<std::unique_ptr<BodySink>> OpenFile(const std::filesystem::path& folder, std::filesystem::path& path) {
  auto name = (folder / fmt::format("{}XXXXXX", kPrefix)).string();
  base::UniqueFd fd(mkostemp(name.data(), O_CLOEXEC));
  // Not what errno is by itself: that a folder is missing here is no answer to what the client asked.
  if (!fd) return base::Error(base::ErrorCode::kIo, base::ErrnoError("cannot create", name).message(), name);
  path = name;
  return std::unique_ptr<BodySink>(std::make_unique<FileSink>(std::move(name), std::move(fd)));
}

}  // namespace

Spool::Spool(const std::filesystem::path& folder) : open_([this, folder] { return OpenFile(folder, path_); }) {}

void Spool::StartWriting() {
  piece_.clear();
  piece_.swap(filling);
}

base::Result<void> Spool::WritePiece() {
  if (!sink_) sink_ = TRY(open_());
  return sink_->Append(piece_);
}

void Spool::Write() {
  if (outcome_) outcome_ = WritePiece();
}

void RemoveOldSpools(const std::filesystem::path& folder) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    std::error_code ignored;
    if (entry.path().filename().string().starts_with(kPrefix)) std::filesystem::remove(entry.path(), ignored);
  }
}

}  // namespace gyre::http::internal
