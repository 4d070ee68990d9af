#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/metrics.h"
#include "monitor/internal/row_codec.h"
#include "monitor/log_schema.h"

namespace gyre::monitor::internal {

/// The rows of one endpoint that have one schema: they share segments. Immutable; the counter is thread-safe.
struct Stream {
  uint32_t number = 0;
  std::string endpoint;
  std::shared_ptr<const LogSchema> schema;
  RowShape shape;
  base::Counter* dropped = nullptr;
};

/// All streams there have been. Thread-safe; streams live as long as the table.
class StreamTable {
 public:
  explicit StreamTable(base::Metrics& metrics) : metrics_(metrics) {}

  /// The stream of an endpoint and signature, made at first use.
  const Stream& Get(std::string_view endpoint, const model::Signature& signature);
  const Stream& At(uint32_t number) const;

  base::Counter& Dropped(std::string_view endpoint);

 private:
  base::Metrics& metrics_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<const Stream>> streams_;  ///< guarded by mutex_
};

}  // namespace gyre::monitor::internal
