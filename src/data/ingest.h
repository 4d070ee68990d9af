#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "data/table_facts.h"
#include "data/work.h"
#include "engine/value.h"

namespace gyre::data {

enum class FileFormat { kCsv, kParquet };

/// Rows whose `column` lies in [from, before); an absent bound is none. Rows without a time are left out.
struct TimeFilter {
  std::string column;
  std::optional<base::Timestamp> from;
  std::optional<base::Timestamp> before;

  static base::Result<TimeFilter> FromJson(const base::Json& json, std::string_view path);
};

struct IngestOptions {
  std::optional<FileFormat> format;  ///< absent: by the file's name (.parquet, .pq), else CSV
  std::optional<char> delimiter;     ///< absent: whichever of , ; tab | the header line has most of
  /// Texts that stand for a missing value, quoted or not. The empty field always does.
  std::vector<std::string> nulls;
  /// The type of a column instead of the one its values have; a value that does not fit is an error.
  std::map<std::string, engine::DataType> types;
  std::string where;  ///< an SQL condition over the columns; empty: all rows
  std::optional<TimeFilter> time;

  /// {"format": "csv", "delimiter": ";", "nulls": ["NA"], "types": {"zip": "text"}, "where": "origin = 'JFK'",
  ///  "time": {"column": "time_hour", "from": "2013-01-01", "before": "2013-10-01"}}, all optional.
  static base::Result<IngestOptions> FromJson(const base::Json& json, std::string_view path);
};

/// Reads a CSV or Parquet file into a canonical Parquet file at `output` (docs/formats/dataset.md).
///
/// CSV is typed by looking at every value, not at a sample: boolean, integer, number, timestamp or else text, the
/// narrowest that loses nothing. Its rows must have as many fields as the header, whose names must be distinct. What is
/// wrong is said with the file's line.
base::Result<TableFacts> IngestFile(const Work& work, const std::filesystem::path& file, const IngestOptions& options,
                                    const std::filesystem::path& output);

}  // namespace gyre::data
