#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "cli/api.h"

namespace gyre::cli::internal {

/// Months of an endpoint's life, as a client would live them: rows are sent hour by hour with their event times, and
/// what really happened is sent as labels when it is known. One thread.
class LiveTraffic {
 public:
  struct Row {
    base::Timestamp time;
    std::string body;   ///< the JSON object to send
    std::string label;  ///< what happened
  };

  /// Reads the rows from a table artifact (`sha256` of its Parquet), taking the features of `signature`.
  static base::Result<LiveTraffic> Load(Api& api, const std::string& sha256, const base::Json& signature,
                                        const std::string& time_column, const std::string& label_column,
                                        std::chrono::microseconds label_delay);

  size_t rows() const { return rows_.size(); }
  base::Timestamp from() const { return rows_.front().time; }
  base::Timestamp until() const { return rows_.back().time; }
  size_t sent() const { return sent_; }

  /// Sends everything up to `until` (exclusive), labels of what has happened by then included.
  base::Result<void> SendUntil(Api& api, const std::string& endpoint, base::Timestamp until);

 private:
  struct Owed {
    base::Timestamp known_at;
    std::string prediction_id;
    std::string label;
  };
  base::Result<void> SendHour(Api& api, const std::string& endpoint, size_t end);
  base::Result<void> SendLabels(Api& api, const std::string& endpoint, base::Timestamp now);

  std::vector<Row> rows_;  ///< in order of time
  std::chrono::microseconds label_delay_{};
  size_t sent_ = 0;
  std::vector<Owed> owed_;  ///< in order of known_at
};

}  // namespace gyre::cli::internal
