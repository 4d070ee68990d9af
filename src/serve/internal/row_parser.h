#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "serve/internal/feature_plan.h"
#include "serve/internal/json_cursor.h"
#include "serve/internal/row_batch.h"

namespace gyre::serve::internal {

struct ParseLimits {
  size_t max_rows = 10'000;
  size_t max_values = 4'000'000;  ///< rows x features: a tiny body of `{}` rows must not ask for gigabytes
};

/// Reads the body of a predict request in one pass: {"feature": value, ...} or an array of them, straight into a
/// RowBatch. No tree is built, nothing recurses, and once its buffers have grown nothing is allocated. For one thread
/// at a time.
///
/// Field names are first compared with the one that stood at the same place in the last row, and looked up by hash if
/// that was wrong. Values are checked for type and presence here, for bounds and sets by the model's runner.
class RowParser {
 public:
  /// kInvalidArgument says at which byte the body is not JSON of that shape; kUnprocessable names row and feature;
  /// kTooLarge is a limit.
  base::Result<void> Parse(const FeaturePlan& plan, std::string_view body, const ParseLimits& limits, RowBatch& batch);

 private:
  /// Field indexes in the order in which they last came, for one plan. A stale one only costs a look-up.
  struct Order {
    const FeaturePlan* plan = nullptr;
    std::vector<uint32_t> fields;
  };

  void Begin(const FeaturePlan& plan, std::string_view body, const ParseLimits& limits, RowBatch& batch);
  bool ParseDocument();
  bool ParseRows();
  bool ParseRow();
  bool BeginRow();
  bool ParseMembers();
  bool ParseMember(size_t position);
  bool FinishRow();

  uint32_t ParseName(size_t position);
  bool ParseValue(const Field& field);
  bool ParseNull(const Field& field);
  bool ParseNumber(const Field& field);
  bool ParseCategory(const Field& field);
  bool ParseEventTime(const Field& field);
  bool ParseKey(const Field& field);

  // Each stores the error and returns false.
  bool Refuse(const Field& field, std::string_view why);
  bool WrongType(const Field& field, std::string_view expected);
  bool UnknownField(std::string_view name);

  const FeaturePlan* plan_ = nullptr;
  ParseLimits limits_;
  RowBatch* batch_ = nullptr;
  JsonCursor json_;
  float* row_numbers_ = nullptr;
  std::string_view* row_categories_ = nullptr;
  size_t features_seen_ = 0;
  uint64_t stamp_ = 0;          ///< of the current row, never repeated
  std::vector<uint64_t> seen_;  ///< by field: the stamp of the row that last had it
  std::array<Order, 4> orders_;
  Order* order_ = nullptr;
};

}  // namespace gyre::serve::internal
