#pragma once

#include <cstdint>
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

namespace gyre::data {

/// Cuts a table along a time column: what a model that predicts the future must be tested on.
struct TimeSplit {
  /// Rows whose time lies in [from, before); an absent bound is none.
  struct Part {
    std::string name;
    std::optional<base::Timestamp> from;
    std::optional<base::Timestamp> before;
  };
  std::string column;
  std::vector<Part> parts;  ///< in the order of time, without overlap

  /// {"time": "time_hour", "parts": {"train": {"before": "2013-08-01"}, "test": {"from": "2013-08-01"}}}
  static base::Result<TimeSplit> FromJson(const base::Json& json, std::string_view path);
};

/// Deals rows out by a hash of their key: rows with the same key stay together, and a row stays where it is when others
/// come or go.
struct HashSplit {
  struct Part {
    std::string name;
    double share = 0;  ///< of the keys, as an expectation
  };
  std::vector<std::string> by;  ///< the key columns
  int64_t seed = 0;
  std::vector<Part> parts;  ///< by name; shares add up to at most 1

  /// {"by": ["customer"], "seed": 7, "parts": {"test": 0.2, "train": 0.8}}
  static base::Result<HashSplit> FromJson(const base::Json& json, std::string_view path);
};

struct SplitTables {
  std::map<std::string, TableFacts> parts;
  uint64_t left_out = 0;  ///< rows in no part, those without a time among them
};

/// Writes each part of `input` to the path `outputs` has under its name, rows in the input's order. kUnprocessable if
/// a part has no rows.
base::Result<SplitTables> SplitByTime(const Work& work, const std::filesystem::path& input, const TimeSplit& split,
                                      const std::map<std::string, std::filesystem::path>& outputs);

/// The same by hash. A row's place in [0, 1) is the first 52 bits of the SHA-256 of "seed", then per key column a unit
/// separator (0x1F) and "v" + the value's text, or "n" where it is null; parts lie there in the order of their names.
base::Result<SplitTables> SplitByHash(const Work& work, const std::filesystem::path& input, const HashSplit& split,
                                      const std::map<std::string, std::filesystem::path>& outputs);

}  // namespace gyre::data
