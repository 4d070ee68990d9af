#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace gyre::monitor::internal {

/// Where the files of the log lie. Names that begin with '_' are passed over by tools that read a folder of Parquet.
struct LogPaths {
  std::filesystem::path folder;

  std::filesystem::path Endpoint(const std::string& endpoint) const { return folder / endpoint; }
  std::filesystem::path Segments(const std::string& endpoint) const { return folder / endpoint / "_segments"; }
  std::filesystem::path Indexes(const std::string& endpoint) const { return folder / endpoint / "_index"; }

  /// What queries over more rows than memory holds put aside; empty between processes.
  std::filesystem::path Spill(const std::string& endpoint) const { return folder / endpoint / "_spill"; }

  /// Of one segment, whose name `stem` begins with the UTC day of its rows' arrival.
  std::filesystem::path Segment(const std::string& endpoint, const std::string& stem) const {
    return Segments(endpoint) / (stem + ".seg");
  }
  std::filesystem::path Index(const std::string& endpoint, const std::string& stem) const {
    return Indexes(endpoint) / (stem + ".index");
  }
  std::filesystem::path Parquet(const std::string& endpoint, const std::string& stem) const {
    return folder / endpoint / ("dt=" + stem.substr(0, kDayLength)) / (stem + ".parquet");
  }

  static constexpr size_t kDayLength = 10;  // "2013-10-01"
};

}  // namespace gyre::monitor::internal
