#include "artifacts/artifact_store.h"

#include <algorithm>

#include "artifacts/internal/file_rows.h"
#include "artifacts/internal/schema.h"
#include "artifacts/path.h"

namespace gyre::artifacts {
namespace {

base::Error NoArtifact(std::string_view path) {
  return base::NotFound(fmt::format("No such artifact: '{}'", path), std::string(path));
}

base::Result<Amount> MeasureBelow(store::Reader& reader, std::string_view path) {
  Amount amount;
  TRY(internal::ForEachFile(reader, path, [&](const File& file) -> base::Result<void> {
    ++amount.files;
    amount.bytes += file.blob.size;
    return base::Ok();
  }));
  return amount;
}

/// `folders` are sorted.
bool IsIn(std::string_view path, const std::vector<std::string>& folders) {
  // The folder that would hold it is the path itself or one of its parents.
  for (auto end = path.size();;) {
    if (std::ranges::binary_search(folders, path.substr(0, end), std::less<>())) return true;
    const auto slash = end == 0 ? std::string_view::npos : path.rfind('/', end - 1);
    if (slash == std::string_view::npos) return false;
    end = slash;
  }
}

}  // namespace

base::Result<std::unique_ptr<ArtifactStore>> ArtifactStore::Open(store::Database& database, blob::BlobStore& blobs) {
  TRY(database.Migrate(internal::kMigrations));
  return std::unique_ptr<ArtifactStore>(new ArtifactStore(database, blobs));
}

base::Result<File> ArtifactStore::Put(std::string_view path, blob::BlobWriter& bytes) {
  File file;
  file.path = TRY(CleanPath(path));
  // Looked at before the disk is waited for, and again when it counts.
  TRY(database_.Read([&](store::Reader& reader) { return internal::CheckPlace(reader, file.path); }));
  const auto stored = TRY(bytes.CommitPinned());
  file.blob = stored.ref;
  return database_.Write([&](store::Transaction& transaction) -> base::Result<File> {
    TRY(internal::CheckPlace(transaction, file.path));
    file.modified_at = transaction.Now();
    TRY(internal::SaveFile(transaction, file));
    return file;
  });
}

base::Result<File> ArtifactStore::Put(std::string_view path, std::string_view bytes) {
  const auto writer = TRY(Begin());
  TRY(writer->Append(bytes));
  return Put(path, *writer);
}

base::Result<File> ArtifactStore::Find(std::string_view path) {
  const auto clean = TRY(CleanPath(path));
  auto found = TRY(database_.Read([&](store::Reader& reader) { return internal::LoadFile(reader, clean); }));
  if (!found) return NoArtifact(clean);
  return std::move(*found);
}

base::Result<ArtifactStore::OpenFile> ArtifactStore::OpenForRead(std::string_view path) {
  OpenFile open;
  open.file = TRY(Find(path));
  auto blob = blobs_.Open(open.file.blob.digest);
  if (!blob && blob.error().code() == base::ErrorCode::kNotFound) {
    // Replaced, and what was there collected, in between.
    open.file = TRY(Find(path));
    blob = blobs_.Open(open.file.blob.digest);
  }
  if (!blob) return blob.error().Within(fmt::format("artifact '{}'", open.file.path));
  open.blob = std::move(*blob);
  return open;
}

base::Result<bool> ArtifactStore::IsFolder(std::string_view path) {
  const auto clean = TRY(CleanPath(path));
  if (clean.empty()) return true;
  return database_.Read([&](store::Reader& reader) { return internal::HasFilesBelow(reader, clean); });
}

base::Result<std::vector<Entry>> ArtifactStore::List(std::string_view folder) {
  const auto clean = TRY(CleanPath(folder));
  return database_.Read([&](store::Reader& reader) { return internal::ListFolder(reader, clean); });
}

base::Result<Amount> ArtifactStore::Measure(std::string_view path) {
  const auto clean = TRY(CleanPath(path));
  return database_.Read([&](store::Reader& reader) { return MeasureBelow(reader, clean); });
}

base::Result<Amount> ArtifactStore::Delete(std::string_view path, std::string_view actor) {
  const auto clean = TRY(CleanPath(path));
  const internal::Below below(clean);
  return database_.Write([&](store::Transaction& transaction) -> base::Result<Amount> {
    const auto amount = TRY(MeasureBelow(transaction, clean));
    TRY(transaction.Execute("DELETE FROM artifact_dooms WHERE path = ?1", clean));
    if (amount.files == 0) return amount;
    TRY(transaction.Execute("DELETE FROM artifact_files WHERE path = ?1", clean));
    TRY(transaction.Execute("DELETE FROM artifact_files WHERE path >= ?1 AND path < ?2", below.first, below.end));
    TRY(transaction.Audit({.actor = std::string(actor),
                           .action = "artifacts_deleted",
                           .object_type = "artifact",
                           .object_id = clean,
                           .details = {{"files", amount.files}, {"bytes", amount.bytes}}}));
    return amount;
  });
}

base::Result<void> ArtifactStore::Doom(std::string_view path, std::string_view owner) {
  const auto clean = TRY(CleanPath(path));
  return database_.Write([&](store::Transaction& transaction) -> base::Result<void> {
    TRY(
        transaction.Execute("INSERT INTO artifact_dooms(path, owner) VALUES (?1, ?2) ON CONFLICT(path) DO UPDATE SET "
                            "owner = excluded.owner",
                            clean, owner));
    return base::Ok();
  });
}

base::Result<void> ArtifactStore::Spare(std::string_view path) {
  const auto clean = TRY(CleanPath(path));
  return database_.Write([&](store::Transaction& transaction) -> base::Result<void> {
    TRY(transaction.Execute("DELETE FROM artifact_dooms WHERE path = ?1", clean));
    return base::Ok();
  });
}

base::Result<std::vector<ArtifactStore::Doomed>> ArtifactStore::ListDoomed() {
  std::vector<Doomed> doomed;
  TRY(database_.Read([&](store::Reader& reader) {
    return reader.Query("SELECT path, owner FROM artifact_dooms ORDER BY path",
                        [&](const store::Row& row) -> base::Result<void> {
                          doomed.push_back({.path = row.String(0), .owner = row.String(1)});
                          return base::Ok();
                        });
  }));
  return doomed;
}

base::Result<std::map<std::string, blob::BlobRef>> ArtifactStore::Files(std::string_view path) {
  const auto clean = TRY(CleanPath(path));
  std::map<std::string, blob::BlobRef> files;
  TRY(database_.Read([&](store::Reader& reader) {
    return internal::ForEachFile(reader, clean, [&](const File& file) -> base::Result<void> {
      const size_t prefix = clean.empty() || file.path.size() == clean.size() ? clean.size() : clean.size() + 1;
      files.emplace(file.path.substr(prefix), file.blob);
      return base::Ok();
    });
  }));
  return files;
}

base::Result<void> ArtifactStore::Link(std::string_view folder, const std::map<std::string, blob::BlobRef>& files) {
  const auto clean = TRY(CleanPath(folder));
  std::vector<File> linked;
  for (const auto& [name, ref] : files) {
    const auto path = TRY(CleanPath(name));
    const auto stored = TRY(blobs_.Stat(ref.digest));
    linked.push_back({.path = Join(clean, path), .blob = stored, .modified_at = {}});
  }
  // Most often all of it is there, and the writer is left alone.
  const bool complete = TRY(database_.Read([&](store::Reader& reader) -> base::Result<bool> {
    for (const auto& file : linked) {
      const auto there = TRY(internal::LoadFile(reader, file.path));
      if (!there || there->blob != file.blob) return false;
    }
    return true;
  }));
  if (complete) return base::Ok();
  return database_.Write([&](store::Transaction& transaction) -> base::Result<void> {
    for (auto& file : linked) {
      const auto there = TRY(internal::LoadFile(transaction, file.path));
      if (there && there->blob == file.blob) continue;
      TRY(internal::CheckPlace(transaction, file.path));
      file.modified_at = transaction.Now();
      TRY(internal::SaveFile(transaction, file));
    }
    return base::Ok();
  });
}

base::Result<void> ArtifactStore::NameBlobs(store::Reader& reader,
                                            const std::function<void(const base::Digest&)>& on_blob,
                                            std::vector<std::string> without) {
  std::ranges::sort(without);
  return internal::ForEachFile(reader, "", [&](const File& file) -> base::Result<void> {
    if (!IsIn(file.path, without)) on_blob(file.blob.digest);
    return base::Ok();
  });
}

}  // namespace gyre::artifacts
