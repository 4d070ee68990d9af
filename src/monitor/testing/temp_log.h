#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "base/file.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/testing/manual_clock.h"
#include "base/testing/seeded_entropy.h"
#include "monitor/prediction_log.h"
#include "monitor/testing/sample_rows.h"

namespace gyre::monitor::testing {

/// A log on real files in a temporary folder. Rows arrive when the manual clock says.
class TempLog {
 public:
  TempLog() { Reopen(); }

  PredictionLog& operator*() { return *log_; }
  PredictionLog* operator->() { return log_.get(); }

  void Reopen() {
    log_.reset();
    log_ = PredictionLog::Open(options_, {clock_, entropy_, metrics_, logger_}).value();
  }
  void Close() { log_.reset(); }
  /// In force from the next `Reopen` on.
  PredictionLog::Options& options() { return options_; }

  /// Offers the rows of one batch, which must be taken; their ids.
  std::vector<std::string> Add(const std::vector<SampleRow>& rows, const std::string& endpoint = "rain",
                               const model::Signature& signature = WeatherSignature()) {
    const SampleBatch batch(endpoint, rows, clock_.Now(), entropy_, signature);
    std::vector<std::string> ids;
    if (!log_->Offer(batch.Get())) return ids;
    for (size_t i = 0; i < rows.size(); ++i) ids.push_back(batch.hex(i));
    return ids;
  }

  std::filesystem::path folder() const { return folder_.path() / "inference"; }
  base::testing::ManualClock& clock() { return clock_; }
  base::testing::SeededEntropy& entropy() { return entropy_; }
  base::Metrics& metrics() { return metrics_; }
  base::Logger& logger() { return logger_; }

 private:
  base::TempFolder folder_ = base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-log-test").value();
  base::testing::ManualClock clock_{base::ParseTimestamp("2013-10-01T12:00:00Z").value()};
  base::testing::SeededEntropy entropy_{11};
  base::Metrics metrics_;
  base::Logger logger_{{.level = base::LogLevel::kOff}};
  PredictionLog::Options options_{.folder = folder_.path() / "inference"};
  std::unique_ptr<PredictionLog> log_;
};

}  // namespace gyre::monitor::testing
