#include "monitor/internal/recovery.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/id.h"
#include "monitor/internal/index_file.h"
#include "monitor/internal/index_rebuild.h"
#include "monitor/internal/segment_file.h"

namespace gyre::monitor::internal {
namespace {

namespace fs = std::filesystem;

/// Sorted, so that what is done does not depend on the file system; empty if the folder is not there.
base::Result<std::vector<fs::path>> List(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    entries.push_back(at->path());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return base::Error(base::ErrorCode::kIo, fmt::format("cannot list {}: {}", folder.string(), error.message()),
                       folder.string());
  }
  std::ranges::sort(entries);
  return entries;
}

/// "2013-10-01-..."
bool IsStem(const std::string& name) {
  return name.size() > LogPaths::kDayLength && base::ParseTimestamp(name.substr(0, LogPaths::kDayLength));
}

class EndpointRecovery {
 public:
  EndpointRecovery(const LogPaths& paths, std::string endpoint, Catalogue& catalogue, base::Logger& log)
      : paths_(paths), endpoint_(std::move(endpoint)), catalogue_(catalogue), log_(log) {}

  base::Result<void> Run() {
    std::error_code ignored;
    fs::remove_all(paths_.Spill(endpoint_), ignored);
    for (const auto& path : TRY(List(paths_.Segments(endpoint_)))) {
      if (path.extension() == ".seg" && IsStem(path.stem())) TRY(TakeSegment(path));
      if (path.extension() == ".parquet" || path.extension() == ".partial") unlink(path.c_str());  // on its way
    }
    for (const auto& path : TRY(List(paths_.Indexes(endpoint_)))) {
      if (path.extension() != ".index" || !HasRows(path.stem())) unlink(path.c_str());
    }
    for (const auto& day : TRY(List(paths_.Endpoint(endpoint_)))) {
      if (!day.filename().string().starts_with("dt=")) continue;
      for (const auto& path : TRY(List(day))) {
        if (path.extension() == ".parquet") TakeParquet(path);
      }
    }
    return base::Ok();
  }

 private:
  bool HasRows(const std::string& stem) const {
    return IsStem(stem) && (fs::exists(paths_.Parquet(endpoint_, stem)) || fs::exists(paths_.Segment(endpoint_, stem)));
  }

  base::Result<void> TakeSegment(const fs::path& path) {
    if (fs::exists(paths_.Parquet(endpoint_, path.stem()))) {
      unlink(path.c_str());
      return base::Ok();
    }
    auto segment = std::make_shared<Segment>();
    segment->endpoint = endpoint_;
    segment->stem = path.stem();
    segment->path = path;
    segment->fd = base::UniqueFd(open(path.c_str(), O_RDWR | O_CLOEXEC));
    struct stat info{};
    if (!segment->fd || fstat(segment->fd.get(), &info) != 0) return base::ErrnoError("cannot open", path.string());
    const auto bytes = static_cast<uint64_t>(info.st_size);
    const auto file = TRY(ReadPrefix(segment->fd.get(), bytes, path.string()));
    const auto header = DecodeSegmentHeader(file);
    if (!header) return SetAside(path);
    const auto content = ReadContent(file, header->bytes);
    if (content.range.rows == 0) {
      unlink(path.c_str());
      return base::Ok();
    }
    segment->first_block = header->bytes;
    segment->schema = std::make_shared<const LogSchema>(header->schema);
    if (content.bytes < bytes) TRY(CutTail(*segment, content.bytes, bytes));
    catalogue_.AddSegment(segment, content);
    catalogue_.Close(*segment);
    return base::Ok();
  }

  /// Of the blocks that are whole, down to their rows.
  static SegmentContent ReadContent(std::string_view file, uint64_t first_block) {
    SegmentContent content{.bytes = first_block, .range = {}, .runs = {}};
    std::vector<IdEntry> entries;
    const auto end = ScanBlocks(file, first_block, [&](std::string_view rows) -> base::Result<void> {
      while (!rows.empty()) {
        const RowKey key = ReadRowKey(TRY(TakeRow(rows)));
        content.range.Add(key);
        entries.push_back({key.id, key.event_time});
      }
      return base::Ok();
    });
    if (!end) return {};
    content.bytes = *end;
    AddRun(content.runs, std::move(entries));
    return content;
  }

  /// A header is one small write, so this is no ordinary crash: someone may want to look.
  base::Result<void> SetAside(const fs::path& path) {
    log_.Error("prediction_log_segment_unreadable", {{"endpoint", endpoint_}, {"segment", path.native()}});
    return base::RenameDurably(path, path.string() + ".unreadable");
  }

  base::Result<void> CutTail(const Segment& segment, uint64_t keep, uint64_t had) {
    log_.Warn("prediction_log_tail_cut",
              {{"endpoint", endpoint_}, {"segment", segment.stem}, {"bytes", static_cast<int64_t>(had - keep)}});
    if (ftruncate(segment.fd.get(), static_cast<off_t>(keep)) != 0) {
      return base::ErrnoError("cannot cut the torn end off", segment.path.string());
    }
    return base::Ok();
  }

  void TakeParquet(const fs::path& path) {
    if (!IsStem(path.stem())) return;
    const auto index = paths_.Index(endpoint_, path.stem());
    auto header = ReadIndexHeader(index, schemas_);
    if (!header) header = RebuildIndex(path, index);
    if (!header) {
      log_.Warn("prediction_log_file_ignored", {{"file", path.native()}, {"error", header.error().message()}});
      return;
    }
    auto file = std::make_shared<SealedFile>();
    file->parquet = path;
    file->index = index;
    file->schema = header->schema;
    file->range = header->range;
    catalogue_.AddFile(endpoint_, std::move(file));
  }

  const LogPaths& paths_;
  const std::string endpoint_;
  Catalogue& catalogue_;
  base::Logger& log_;
  KnownSchemas schemas_;
};

}  // namespace

base::Result<void> Recover(const LogPaths& paths, Catalogue& catalogue, base::Logger& log) {
  for (const auto& path : TRY(List(paths.folder))) {
    const auto endpoint = path.filename().string();
    if (!base::IsValidName(endpoint) || !fs::is_directory(path)) continue;
    TRY(EndpointRecovery(paths, endpoint, catalogue, log).Run());
  }
  return base::Ok();
}

}  // namespace gyre::monitor::internal
