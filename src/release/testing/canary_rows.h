#pragma once

#include <chrono>
#include <limits>
#include <optional>
#include <string>

#include "base/time.h"
#include "monitor/labels.h"
#include "registry/model_version.h"

namespace gyre::release::testing {

inline const registry::VersionRef kChampion{registry::ModelName("rain"), 1};
inline const registry::VersionRef kCandidate{registry::ModelName("rain"), 2};

/// What both versions say of one row, and what happened.
struct CanaryRow {
  double champion = 0;  ///< its probability of rain
  double candidate = 0;
  bool rain = false;
  bool by_candidate = false;  ///< who replied
  bool shadow = true;         ///< the other one answered too
};

/// Labelled rows of the endpoint of a canary, an hour apart.
class CanaryRows {
 public:
  CanaryRows() {
    rows_.classes = {"no", "rain"};
    rows_.probabilities.classes = rows_.shadow_probabilities.classes = 2;
  }

  void Add(const CanaryRow& row) {
    const auto index = rows_.size();
    rows_.prediction_ids.push_back(std::to_string(index));
    rows_.event_times.push_back(base::ParseTimestamp("2013-10-01").value() + std::chrono::hours(index));
    rows_.versions.push_back((row.by_candidate ? kCandidate : kChampion).ToString());
    rows_.labels.emplace_back(row.rain ? "rain" : "no");
    const double answer = row.by_candidate ? row.candidate : row.champion;
    rows_.predicted_labels.emplace_back(answer > 0.5 ? "rain" : "no");
    Append(rows_.probabilities, answer);
    const double other = row.by_candidate ? row.champion : row.candidate;
    rows_.shadow_versions.push_back(row.shadow ? (row.by_candidate ? kChampion : kCandidate).ToString() : "");
    Append(rows_.shadow_probabilities, row.shadow ? other : std::numeric_limits<double>::quiet_NaN());
  }

  const monitor::LabelledRows& rows() const { return rows_; }
  monitor::LabelledRows& rows() { return rows_; }

 private:
  static void Append(model::Scores& scores, double rain) {
    scores.values.push_back(static_cast<float>(1 - rain));
    scores.values.push_back(static_cast<float>(rain));
  }

  monitor::LabelledRows rows_;
};

}  // namespace gyre::release::testing
