#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "data/expectation.h"
#include "data/work.h"

namespace gyre::data {

/// How one expectation fared.
struct ExpectationResult {
  /// One of the rows that are not as expected.
  struct Sample {
    std::optional<uint64_t> row;  ///< its place in the dataset, from 1; none for what custom SQL returns
    base::Json values;            ///< {"humid": 140}
  };

  std::string name;
  ExpectationKind kind = ExpectationKind::kExists;
  std::vector<std::string> columns;
  double mostly = 1;
  bool passed = false;
  uint64_t total = 0;           ///< rows looked at: those with a value
  uint64_t missing = 0;         ///< rows passed over for want of a value
  uint64_t unexpected = 0;      ///< rows, of `total`, that are not as expected
  std::string message;          ///< what was found, in a sentence
  std::vector<Sample> samples;  ///< the first kSamples of the unexpected

  static constexpr size_t kSamples = 5;
};

struct ExpectationReport {
  uint64_t rows = 0;
  std::vector<ExpectationResult> results;

  bool passed() const;
  /// {"passed", "rows", "results": [{"name", "kind", "columns", "mostly", "passed", "total", "missing", "unexpected",
  ///  "message", "samples": [{"row", "values"}]}]}
  base::Json ToJson() const;
};

/// Holds a canonical Parquet file against expectations. A column that is not there, or SQL that cannot run, fails the
/// expectation that names it; the error is for a file that cannot be read.
base::Result<ExpectationReport> CheckExpectations(const Work& work, const std::filesystem::path& parquet,
                                                  std::span<const Expectation> expectations);

}  // namespace gyre::data
