#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "registry/model_version.h"
#include "serve/endpoints.h"

namespace gyre::monitor {

/// One test of one column of a window against the reference profile. JSON forms in docs/formats/monitoring.md.
struct DriftFigure {
  std::string feature;     ///< or, of what was answered, "prediction" or "probability.CLASS"
  bool of_answer = false;  ///< not a feature: reported, but no part of the window's verdict
  std::string test;        ///< "psi", "ks" (the score is D), "chi_squared"
  double score = 0;  ///< NaN if the window has no values; infinite for chi-squared at a category new to the reference
  std::optional<double> p_value;
  double threshold = 0;    ///< of the score for psi, of the p-value for the others
  bool drifted = false;    ///< the verdict on the feature, the same at each of its figures
  std::string convention;  ///< bins, zero fill, denominators
  uint64_t reference_count = 0;
  uint64_t current_count = 0;  ///< values present

  base::Json ToJson() const;
  static base::Result<DriftFigure> FromJson(const base::Json& json);
};

/// One closed window of one endpoint.
struct WindowReport {
  std::string id;
  serve::EndpointName endpoint;
  registry::VersionRef version;  ///< the champion whose reference profile the rows of all versions are compared with
  base::Timestamp from;
  base::Timestamp until;  ///< exclusive
  int64_t rows = 0;
  std::vector<std::string> answered_by;  ///< versions that answered rows of it, sorted
  bool judged = false;                   ///< had enough rows for a verdict
  std::vector<DriftFigure> drift;
  int64_t features = 0;          ///< that could be compared
  int64_t drifted_features = 0;  ///< of them
  bool drifted = false;
  int64_t labels = 0;
  /// {"brier": 0.04, ..., "rows", "confusion_matrix"} of the answers given, {} until labels came.
  base::Json performance = base::Json::object();
  base::Timestamp created_at;

  double DriftedShare() const;
  base::Json ToJson() const;
};

enum class AlarmKind { kDrift, kPerformance };
std::string_view AlarmKindName(AlarmKind kind);  ///< "drift", "performance"
base::Result<AlarmKind> ParseAlarmKind(std::string_view name);

struct Alarm {
  std::string id;
  AlarmKind kind = AlarmKind::kDrift;
  serve::EndpointName endpoint;
  registry::VersionRef version;
  std::string window_id;
  std::string subject;         ///< the metric of a performance alarm, else empty
  base::Timestamp event_time;  ///< end of the window
  base::Timestamp raised_at;
  std::string reason;   ///< one sentence with its numbers
  base::Json evidence;  ///< the figures and rules it was raised on

  base::Json ToJson() const;
};

}  // namespace gyre::monitor
