#include "artifacts/multipart.h"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

#include "artifacts/path.h"
#include "base/text.h"

namespace gyre::artifacts {
namespace {

namespace fs = std::filesystem;

base::Error NoUpload(const UploadId& id) {
  return base::NotFound(
      fmt::format("there is no upload {}: it was completed, aborted or has expired; begin a new one", id.value()),
      id.value());
}

base::Error NoPart(int64_t number, std::string_view why) {
  return base::InvalidArgument(fmt::format("part {} {}", number, why), "part_number");
}

fs::path PartFile(const fs::path& folder, int64_t number, std::string_view tag) {
  return folder / fmt::format("{}.{}", number, tag);
}

std::string_view Unquoted(std::string_view tag) {
  const bool quoted = tag.size() >= 2 && tag.front() == '"' && tag.back() == '"';
  return quoted ? tag.substr(1, tag.size() - 2) : tag;
}

base::Result<void> CheckParts(std::span<const Multipart::Part> parts, int64_t wanted,
                              const std::map<int64_t, std::string>& tags) {
  int64_t next = 1;
  for (const auto& part : parts) {
    if (part.number != next) {
      return base::InvalidArgument(
          fmt::format("parts must be all of 1 to {} in this order; {} was given where {} is due", wanted, part.number,
                      next),
          "parts");
    }
    const auto found = tags.find(next++);
    if (found == tags.end()) return NoPart(part.number, "was never sent; send it and complete again");
    if (!part.tag.empty() && Unquoted(part.tag) != found->second) {
      return NoPart(part.number, fmt::format("has the ETag \"{}\", not {}", found->second, part.tag));
    }
  }
  if (next - 1 == wanted) return base::Ok();
  return base::InvalidArgument(fmt::format("the upload has {} parts, {} were given", wanted, parts.size()), "parts");
}

void Remove(const fs::path& folder) {
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}

}  // namespace

Multipart::PartWriter::PartWriter(Multipart& owner, UploadId upload, int64_t number, std::string temp,
                                  base::UniqueFd fd)
    : owner_(owner), upload_(std::move(upload)), number_(number), temp_(std::move(temp)), fd_(std::move(fd)) {}

Multipart::PartWriter::~PartWriter() {
  if (!temp_.empty()) unlink(temp_.c_str());
}

base::Result<void> Multipart::PartWriter::Append(std::string_view bytes) {
  hash_.Update(bytes);
  return base::WriteAll(fd_.get(), bytes, temp_);
}

base::Result<std::string> Multipart::PartWriter::Commit() {
  auto tag = hash_.Finish().ToHex();
  TRY(owner_.TakePart(upload_, number_, tag, temp_));
  temp_.clear();
  return tag;
}

/// No sync: an upload ends with the process, and what is joined from the parts is synced.
base::Result<void> Multipart::TakePart(const UploadId& id, int64_t number, const std::string& tag,
                                       const std::string& temp) {
  const std::lock_guard lock(mutex_);
  const auto found = uploads_.find(id);
  if (found == uploads_.end()) return NoUpload(id);
  auto& upload = found->second;
  if (upload.completing) return base::FailedPrecondition("the upload is being completed", id.value());
  const auto path = PartFile(upload.folder, number, tag);
  if (rename(temp.c_str(), path.c_str()) != 0) return base::ErrnoError("cannot rename to", path.string());
  auto& known = upload.tags[number];
  if (!known.empty() && known != tag) unlink(PartFile(upload.folder, number, known).c_str());
  known = tag;
  return base::Ok();
}

base::Result<std::unique_ptr<Multipart>> Multipart::Open(const Options& options, ArtifactStore& artifacts,
                                                         const base::Clock& clock, base::Entropy& entropy) {
  Remove(options.folder);
  TRY(base::MakeFolders(options.folder));
  return std::unique_ptr<Multipart>(new Multipart(options, artifacts, clock, entropy));
}

void Multipart::DropExpired() {
  std::vector<fs::path> folders;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(uploads_, [&](const auto& item) {
      const auto& upload = item.second;
      const bool expired = !upload.completing && upload.expires < clock_.Now();
      if (expired) folders.push_back(upload.folder);
      return expired;
    });
  }
  for (const auto& folder : folders) Remove(folder);
}

base::Result<UploadId> Multipart::Create(std::string_view path, int64_t parts) {
  Upload upload;
  upload.path = TRY(CleanPath(path));
  if (upload.path.empty()) return base::InvalidArgument("an artifact needs a path with a file name", "path");
  if (parts < 1 || parts > kMaxParts) {
    return base::InvalidArgument(fmt::format("an upload has 1 to {} parts, not {}", kMaxParts, parts), "num_parts");
  }
  DropExpired();
  const UploadId id(base::NewHexId(entropy_));
  upload.parts = parts;
  upload.expires = clock_.Now() + options_.lasts;
  upload.folder = options_.folder / id.value();
  TRY(base::MakeFolders(upload.folder));
  const std::lock_guard lock(mutex_);
  if (uploads_.size() >= options_.max_uploads) {
    Remove(upload.folder);
    return base::Error(base::ErrorCode::kResourceExhausted,
                       fmt::format("{} uploads are under way; complete or abort some", uploads_.size()), "uploads");
  }
  uploads_.emplace(id, std::move(upload));
  return id;
}

base::Result<Multipart::Upload> Multipart::Find(const UploadId& id) {
  const std::lock_guard lock(mutex_);
  const auto found = uploads_.find(id);
  if (found == uploads_.end() || found->second.expires < clock_.Now()) return NoUpload(id);
  return found->second;
}

base::Result<std::unique_ptr<Multipart::PartWriter>> Multipart::BeginPart(const UploadId& id, int64_t number) {
  const auto upload = TRY(Find(id));
  if (number < 1 || number > upload.parts) return NoPart(number, fmt::format("is none of 1 to {}", upload.parts));
  auto temp = (upload.folder / fmt::format("new-{}-XXXXXX", number)).string();
  base::UniqueFd fd(mkostemp(temp.data(), O_CLOEXEC));
  if (!fd && errno != ENOENT) return base::ErrnoError("cannot create", temp);
  if (!fd) return NoUpload(id);
  return std::make_unique<PartWriter>(*this, id, number, std::move(temp), std::move(fd));
}

base::Result<Multipart::Upload> Multipart::BeginCompleting(const UploadId& id, std::string_view path) {
  const auto clean = TRY(CleanPath(path));
  const std::lock_guard lock(mutex_);
  const auto found = uploads_.find(id);
  if (found == uploads_.end() || found->second.expires < clock_.Now()) return NoUpload(id);
  auto& upload = found->second;
  if (upload.path != clean) {
    return base::InvalidArgument(fmt::format("upload {} is for '{}', not for '{}'", id.value(), upload.path, clean),
                                 "path");
  }
  if (upload.completing) return base::FailedPrecondition("the upload is being completed already", id.value());
  upload.completing = true;
  return upload;
}

base::Result<File> Multipart::Join(const Upload& upload, std::span<const Part> parts) {
  TRY(CheckParts(parts, upload.parts, upload.tags));
  const auto writer = TRY(artifacts_.Begin());
  for (const auto& [number, tag] : upload.tags) {
    const auto fd = TRY(base::OpenForRead(PartFile(upload.folder, number, tag)));
    TRY(base::ReadChunks(fd.get(), [&](std::string_view chunk) { return writer->Append(chunk); }));
  }
  return artifacts_.Put(upload.path, *writer);
}

base::Result<File> Multipart::Complete(const UploadId& id, std::string_view path, std::span<const Part> parts) {
  const auto upload = TRY(BeginCompleting(id, path));
  auto file = Join(upload, parts);
  {
    const std::lock_guard lock(mutex_);
    if (file) {
      uploads_.erase(id);
    } else {
      uploads_[id].completing = false;
    }
  }
  if (file) Remove(upload.folder);
  return file;
}

base::Result<void> Multipart::Abort(const UploadId& id) {
  fs::path folder;
  {
    const std::lock_guard lock(mutex_);
    const auto found = uploads_.find(id);
    if (found == uploads_.end()) return base::Ok();
    if (found->second.completing) return base::FailedPrecondition("the upload is being completed", id.value());
    folder = found->second.folder;
    uploads_.erase(found);
  }
  Remove(folder);
  return base::Ok();
}

}  // namespace gyre::artifacts
