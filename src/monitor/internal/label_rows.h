#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "monitor/log_view.h"
#include "serve/prediction_id.h"
#include "store/database.h"

namespace gyre::monitor::internal {

/// An endpoint's labels are numbered from 1 in the order they came, so "what came since" is a range. Times are
/// microseconds.
inline constexpr std::array<store::Migration, 1> kLabelMigrations = {{{"labels", 1, R"sql(
CREATE TABLE label_endpoints(
  number BIGINT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  labels BIGINT NOT NULL,
  watermark BIGINT) WITHOUT ROWID;
CREATE TABLE prediction_labels(
  endpoint BIGINT NOT NULL REFERENCES label_endpoints(number),
  number BIGINT NOT NULL,
  prediction_id BLOB NOT NULL,
  event_time BIGINT NOT NULL,
  label TEXT NOT NULL,
  observed_at BIGINT,
  received_at BIGINT NOT NULL,
  PRIMARY KEY(endpoint, number)) WITHOUT ROWID;
CREATE UNIQUE INDEX prediction_labels_by_id ON prediction_labels(endpoint, prediction_id);
CREATE INDEX prediction_labels_by_event_time ON prediction_labels(endpoint, event_time);
)sql"}}};

struct EndpointLabels {
  int64_t number = 0;
  int64_t labels = 0;
  std::optional<int64_t> watermark;
};

/// Calls `on_endpoint` for each endpoint that has labels.
base::Result<void> LoadEndpoints(store::Reader& reader,
                                 const std::function<void(std::string_view name, const EndpointLabels&)>& on_endpoint);
/// The endpoint's row, made if it is new.
base::Result<EndpointLabels> EnsureEndpoint(store::Transaction& transaction, const std::string& name);
base::Result<void> SaveEndpoint(store::Transaction& transaction, const EndpointLabels& endpoint);

/// With its labels.
base::Result<void> RemoveEndpoint(store::Transaction& transaction, const std::string& name);

struct NewLabel {
  serve::PredictionId id{};
  int64_t event_time = 0;
  std::string_view label;
  std::optional<base::Timestamp> observed_at;
};
/// False, and nothing changed, if the prediction has a label already.
base::Result<bool> InsertLabel(store::Transaction& transaction, EndpointLabels& endpoint, const NewLabel& label);

struct StoredLabel {
  std::string_view id;  ///< 16 bytes
  std::string_view label;
};
/// The labels that may belong to rows passing the filter, in order of id.
base::Result<void> LoadLabels(store::Reader& reader, int64_t endpoint, const RowFilter& filter,
                              const std::function<base::Result<void>(const StoredLabel&)>& on_label);

}  // namespace gyre::monitor::internal
