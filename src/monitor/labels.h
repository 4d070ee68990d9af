#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "model/frame.h"
#include "monitor/prediction_log.h"
#include "serve/endpoints.h"
#include "store/database.h"

namespace gyre::monitor {

/// What really happened, sent back later by the prediction's id.
struct Label {
  std::string prediction_id;
  std::string label;  ///< one of the classes
  std::optional<base::Timestamp> observed_at;
};

struct LabelReceipt {
  int64_t accepted = 0;
  int64_t duplicate = 0;             ///< had a label already; the first one stays
  std::vector<std::string> unknown;  ///< ids that were never answered at this endpoint
};

/// Rows of the log with their labels, in order of (event time, prediction id).
struct LabelledRows {
  std::vector<std::string> prediction_ids;
  std::vector<base::Timestamp> event_times;
  std::vector<std::string> versions;  ///< that answered: "rain/3"
  std::vector<std::string> labels;    ///< true class
  std::vector<std::string> predicted_labels;
  /// Of all versions that ever answered, in the order of the oldest; a label may be none of them only if a file of the
  /// log was indexed anew without them (docs/formats/inference.md).
  std::vector<std::string> classes;
  std::string positive_class;                ///< of the newest version
  model::Scores probabilities;               ///< per class, of the answering version; NaN where it gave none
  std::vector<std::string> shadow_versions;  ///< empty where there was none
  model::Scores shadow_probabilities;        ///< NaN where there was none

  size_t size() const { return prediction_ids.size(); }
};

/// Labels, durable when acknowledged, joined to the log on demand. Not audited, as predictions are not. Thread-safe.
class Labels {
 public:
  static constexpr size_t kMaxAtOnce = 10'000;

  /// Both must outlive the labels. `Open` brings the tables up to date.
  static base::Result<std::unique_ptr<Labels>> Open(store::Database& database, PredictionLog& log);

  /// All or nothing; sending labels again changes nothing. Errors: kTooLarge over kMaxAtOnce labels, kUnprocessable for
  /// a label that is no class of the version that answered, kUnimplemented for a regression; both name the position.
  base::Result<LabelReceipt> Submit(const serve::EndpointName& endpoint, const std::vector<Label>& labels);

  /// Deletes all labels of the endpoint.
  base::Result<void> Forget(const serve::EndpointName& endpoint);

  /// From memory: whether labels have come can be asked at every tick.
  int64_t Count(const serve::EndpointName& endpoint) const;
  /// Greatest event time among labelled predictions, with the log's exception for wrong clocks. From memory.
  std::optional<base::Timestamp> Watermark(const serve::EndpointName& endpoint) const;
  /// Event times of the labels that were accepted after the first `count`.
  base::Result<std::vector<base::Timestamp>> EventTimesAfter(const serve::EndpointName& endpoint, int64_t count);

  base::Result<int64_t> CountBetween(const serve::EndpointName& endpoint, base::Timestamp event_from,
                                     base::Timestamp event_until);

  base::Result<LabelledRows> Join(const serve::EndpointName& endpoint, const RowFilter& filter);

  /// Writes features (columns by their own names), label (column `label_column`) and event time (column `event_time`)
  /// of the labelled rows with event times before `until` as Parquet, in order of (event time, prediction id): what
  /// retraining adds to history. A feature that a version did not have is null in its rows. The same rows give the same
  /// bytes.
  struct Exported {
    int64_t rows = 0;
    std::optional<base::Timestamp> newest;
  };
  base::Result<Exported> Export(const serve::EndpointName& endpoint, base::Timestamp until,
                                const std::string& label_column, const std::filesystem::path& path);
  /// Identifies what `Export` would write, without writing it: {"endpoint", "until", "rows", "digest"}, the digest over
  /// the ids and labels.
  base::Result<base::Json> ExportFingerprint(const serve::EndpointName& endpoint, base::Timestamp until);

 private:
  struct Totals {
    int64_t number = 0;  ///< of the endpoint, in the database
    int64_t labels = 0;
    std::optional<int64_t> watermark;
  };
  Labels(store::Database& database, PredictionLog& log) : database_(database), log_(log) {}
  Totals TotalsOf(const serve::EndpointName& endpoint) const;
  void Remember(const serve::EndpointName& endpoint, const Totals& totals);

  store::Database& database_;
  PredictionLog& log_;
  mutable std::mutex mutex_;
  std::map<std::string, Totals, std::less<>> totals_;  ///< guarded by mutex_
};

}  // namespace gyre::monitor
