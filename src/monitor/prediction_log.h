#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/log.h"
#include "base/metrics.h"
#include "base/result.h"
#include "base/time.h"
#include "monitor/log_schema.h"
#include "monitor/log_view.h"
#include "serve/endpoints.h"
#include "serve/prediction_sink.h"

namespace gyre::monitor {

/// Answered rows, kept in an open format: inference/ENDPOINT/dt=YYYY-MM-DD/*.parquet (docs/formats/inference.md), where
/// the day is that of arrival, in UTC.
///
/// Path of a row: `Offer` copies it into the calling thread's bounded ring; one writer thread empties the rings into
/// append-only segments (within 100 ms, so kill -9 loses no more); segments are sealed to Parquet by size, by age, on
/// request and at stop, each exactly once. A torn end of a segment is cut off at opening. What cannot be kept (a ring
/// or the disk is full) is dropped and counted in gyre_prediction_log_dropped_total{endpoint}; the log goes on.
/// DuckDB is opened while something is sealed or viewed, and closed again. Thread-safe.
class PredictionLog final : public serve::PredictionSink {
 public:
  struct Options {
    std::filesystem::path folder;
    size_t ring_bytes = 4 << 20;  ///< per thread that predicts
    std::chrono::milliseconds write_interval{20};
    uint64_t seal_bytes = 32 << 20;
    /// Gyre itself reads unsealed rows too; this is how far other readers of the folder may lag. Short ages make many
    /// small files: a file per hour and endpoint is 8,760 a year.
    std::chrono::seconds seal_age{3600};
    uint64_t engine_bytes = 512 << 20;           ///< memory of DuckDB while it is open
    std::chrono::milliseconds stop_time{5'000};  ///< for sealing at `Stop`; the rest is sealed after the next opening
  };
  struct Deps {
    const base::Clock& clock;
    base::Entropy& entropy;
    base::Metrics& metrics;
    base::Logger& log;
  };
  /// Makes the folder if need be and mends what a crash left in it.
  static base::Result<std::unique_ptr<PredictionLog>> Open(const Options& options, const Deps& deps);
  ~PredictionLog() override;

  bool Offer(const serve::PredictionBatch& batch) override;

  /// Returns once everything offered before the call is in segments, so that it is found and viewed.
  void Flush();
  /// Returns once everything offered before the call is in Parquet, of one endpoint.
  base::Result<void> Seal(const serve::EndpointName& endpoint);

  /// Deletes the rows that were offered before the call. For an endpoint that answers no more: rows offered meanwhile
  /// may stay.
  base::Result<void> Forget(const serve::EndpointName& endpoint);

  /// Greatest event time logged at an endpoint, but for times more than a day ahead of their row's arrival: a sender's
  /// wrong clock is no progress. Nothing if it has no rows.
  std::optional<base::Timestamp> Watermark(const serve::EndpointName& endpoint) const;
  /// No row of the endpoint has an earlier event time; there may be none at it. Nothing if it has no rows.
  std::optional<base::Timestamp> EarliestEvent(const serve::EndpointName& endpoint) const;

  struct Found {
    base::Timestamp event_time;
    std::shared_ptr<const LogSchema> schema;  ///< of the version that answered
  };
  /// For each id its row, if it was answered at this endpoint. Reads neither Parquet nor rows.
  base::Result<std::vector<std::optional<Found>>> Find(const serve::EndpointName& endpoint,
                                                       std::span<const serve::PredictionId> ids);

  /// The rows that pass the filter, in SQL that may also write the files `outputs`.
  base::Result<LogView> View(const serve::EndpointName& endpoint, const RowFilter& filter,
                             const std::vector<std::filesystem::path>& outputs = {}) const;

  /// Parquet files of an endpoint, oldest first; sealed ones only.
  std::vector<std::filesystem::path> Files(const serve::EndpointName& endpoint) const;
  uint64_t dropped(const serve::EndpointName& endpoint) const;

  /// Writes and seals what was offered, joins; later offers are dropped. Idempotent.
  void Stop();

 private:
  struct Impl;
  explicit PredictionLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gyre::monitor
