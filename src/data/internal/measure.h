#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/hash.h"
#include "base/result.h"
#include "data/profile.h"
#include "data/schema.h"
#include "engine/connection.h"
#include "engine/table.h"

namespace gyre::data::internal {

/// Takes the digest and the moments of one column as its values pass by.
class ColumnMeter {
 public:
  ColumnMeter(std::string name, engine::DataType type);

  /// kUnprocessable for an infinite number or a time outside the years 1 to 9999; names column and row.
  base::Result<void> See(const engine::Column& column);

  base::Digest Digest() { return hash_->Finish(); }
  /// Without what needs the values sorted: distinct, quantiles, top.
  const ColumnProfile& profile();

 private:
  base::Result<void> SeeNumbers(const engine::Column& column);
  base::Result<void> SeeIntegers(const engine::Column& column);
  void SeeTexts(const engine::Column& column);
  void Count(double value);
  void PutNull() { bytes_ += '\0'; }
  void PutWord(uint64_t word);

  ColumnProfile profile_;
  std::unique_ptr<base::Sha256> hash_;
  std::string bytes_;  ///< of one batch, on their way into the hash
  uint64_t rows_ = 0;
  double origin_ = 0;   ///< the first value; distances from it lose fewer bits where a column is far from 0
  double mean_ = 0;     ///< of the distances
  double squares_ = 0;  ///< sum of squared distances from the mean (Welford 1962)
  int64_t least_ = 0;
  int64_t greatest_ = 0;
};

struct Measured {
  Schema schema;
  uint64_t rows = 0;
  base::Digest content;
  std::vector<ColumnProfile> profile;
};

/// Reads a canonical Parquet file once for its digest and moments, then once per column for what needs sorting.
base::Result<Measured> Measure(engine::Connection& connection, const std::filesystem::path& parquet,
                               const base::Cancellation& cancel);

}  // namespace gyre::data::internal
