#include "artifacts/internal/file_rows.h"

#include <algorithm>

#include "artifacts/path.h"

namespace gyre::artifacts::internal {
namespace {

/// Rows read at a time while a folder is listed: what is below its folders is jumped over.
constexpr int64_t kListRows = 256;

base::Result<File> FileFromRow(const store::Row& row) {
  File file;
  file.path = row.String(0);
  file.blob.digest = TRY(base::Digest::Parse(row.Text(1)));
  file.blob.size = static_cast<uint64_t>(row.Int(2));
  file.modified_at = base::FromMicros(row.Int(3));
  return file;
}

/// Takes entries from the rows that begin at `from`; returns where to go on, nothing at the end.
base::Result<std::optional<std::string>> ListSome(store::Reader& reader, const Below& below, const std::string& from,
                                                  std::vector<Entry>& entries) {
  int64_t rows = 0;
  std::string next;
  TRY(reader.Query(
      "SELECT path, size FROM artifact_files WHERE path >= ?1 AND path < ?2 ORDER BY path LIMIT ?3",
      [&](const store::Row& row) -> base::Result<void> {
        ++rows;
        const auto rest = row.Text(0).substr(below.first.size());
        const auto slash = rest.find('/');
        if (slash == std::string_view::npos) {
          entries.push_back({.name = std::string(rest), .is_folder = false, .size = static_cast<uint64_t>(row.Int(1))});
          next = row.String(0) + '\x01';  // before all that a path can go on with
          return base::Ok();
        }
        const auto name = rest.substr(0, slash);
        if (entries.empty() || !entries.back().is_folder || entries.back().name != name) {
          entries.push_back({.name = std::string(name), .is_folder = true, .size = 0});
        }
        next = Below(row.Text(0).substr(0, below.first.size() + slash)).end;
        return base::Ok();
      },
      from, below.end, kListRows));
  return rows < kListRows ? std::nullopt : std::optional(next);
}

}  // namespace

Below::Below(std::string_view folder) {
  if (folder.empty()) {
    end = "\U0010ffff";  // the last character there can be
    return;
  }
  first = std::string(folder) + '/';
  end = std::string(folder) + static_cast<char>('/' + 1);
}

base::Result<std::optional<File>> LoadFile(store::Reader& reader, std::string_view path) {
  std::optional<File> found;
  TRY(reader.Query(
      "SELECT path, digest, size, modified_at FROM artifact_files WHERE path = ?1",
      [&](const store::Row& row) -> base::Result<void> {
        found = TRY(FileFromRow(row));
        return base::Ok();
      },
      path));
  return found;
}

base::Result<void> ForEachFile(store::Reader& reader, std::string_view path,
                               const std::function<base::Result<void>(const File&)>& on_file) {
  const auto take = [&](const store::Row& row) -> base::Result<void> { return on_file(TRY(FileFromRow(row))); };
  constexpr std::string_view kColumns = "SELECT path, digest, size, modified_at FROM artifact_files";
  if (!path.empty()) TRY(reader.Query(fmt::format("{} WHERE path = ?1", kColumns), take, path));
  const Below below(path);
  return reader.Query(fmt::format("{} WHERE path >= ?1 AND path < ?2 ORDER BY path", kColumns), take, below.first,
                      below.end);
}

base::Result<bool> HasFilesBelow(store::Reader& reader, std::string_view folder) {
  const Below below(folder);
  const auto any = TRY(reader.QueryOne(
      "SELECT 1 FROM artifact_files WHERE path >= ?1 AND path < ?2 LIMIT 1",
      [](const store::Row& row) { return row.Int(0); }, below.first, below.end));
  return any.has_value();
}

base::Result<std::vector<Entry>> ListFolder(store::Reader& reader, std::string_view folder) {
  const Below below(folder);
  std::vector<Entry> entries;
  std::optional<std::string> from = below.first;
  while (from) from = TRY(ListSome(reader, below, *from, entries));
  // "a.txt" comes before "a/b" but behind "a".
  std::ranges::sort(entries, {}, &Entry::name);
  return entries;
}

base::Result<void> CheckPlace(store::Reader& reader, const std::string& path) {
  if (path.empty()) return base::InvalidArgument("an artifact needs a path with a file name", "path");
  for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const auto parent = path.substr(0, slash);
    if (TRY(LoadFile(reader, parent))) {
      return base::InvalidArgument(fmt::format("'{}' cannot be stored: '{}' is a file, not a folder", path, parent),
                                   path);
    }
  }
  if (!TRY(HasFilesBelow(reader, path))) return base::Ok();
  return base::InvalidArgument(fmt::format("'{}' is a folder; a file cannot take its place", path), path);
}

base::Result<void> SaveFile(store::Transaction& transaction, const File& file) {
  TRY(transaction.Execute(
      "INSERT INTO artifact_files(path, digest, size, modified_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT(path) DO UPDATE "
      "SET digest = excluded.digest, size = excluded.size, modified_at = excluded.modified_at",
      file.path, file.blob.digest.ToHex(), static_cast<int64_t>(file.blob.size), base::ToMicros(file.modified_at)));
  return base::Ok();
}

}  // namespace gyre::artifacts::internal
