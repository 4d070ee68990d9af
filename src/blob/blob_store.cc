#include "blob/blob_store.h"

namespace gyre::blob {

base::Result<BlobRef> BlobStore::Put(std::string_view bytes) {
  auto writer = TRY(Begin());
  TRY(writer->Append(bytes));
  return writer->Commit();
}

base::Result<BlobRef> BlobStore::PutFile(const std::filesystem::path& path) {
  const auto fd = TRY(base::OpenForRead(path));
  auto writer = TRY(Begin());
  TRY(base::ReadChunks(fd.get(), [&](std::string_view chunk) { return writer->Append(chunk); }));
  return writer->Commit();
}

base::Result<std::string> BlobStore::Get(const base::Digest& digest, uint64_t max_bytes) {
  const auto ref = TRY(Stat(digest));
  if (ref.size > max_bytes) {
    return base::TooLarge(
        fmt::format("blob {} has {} bytes, over the limit of {}", digest.ToHex(), ref.size, max_bytes));
  }
  std::string bytes;
  bytes.reserve(ref.size);
  TRY(Read(digest, [&](std::string_view chunk) -> base::Result<void> {
    bytes += chunk;
    return base::Ok();
  }));
  return bytes;
}

}  // namespace gyre::blob
