#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "api/mlflow/internal/errors.h"

// What MLflow's server checks beyond types, with its words. Lengths are in characters.

namespace gyre::api::mlflow::internal {

/// Of metrics, params and tags: "Names may only contain ...", "Names may be treated as files ...". `path` is how the
/// message names it: "key", "metrics[0].name".
Answer CheckKey(std::string_view key, std::string_view path);
/// "'key' exceeds the maximum length of 250 characters".
Answer CheckLength(std::string_view what, std::string_view value, size_t limit);
/// The first `limit` characters: MLflow cuts long values of params and tags.
std::string_view Truncated(std::string_view value, size_t limit);

struct MetricCheck {
  std::string_view key;
  double value = 0;
  int64_t timestamp = 0;
};
/// Whether nothing is wrong with it, told quickly; if false, CheckMetric looks closer.
bool IsPlainMetric(const MetricCheck& metric);
/// `prefix` is "" or "metrics[0].".
Answer CheckMetric(const MetricCheck& metric, std::string_view prefix);
/// Key, then its length ("Param key"); the value is to be cut.
Answer CheckParam(std::string_view key, std::string_view prefix);
Answer CheckTag(std::string_view key, std::string_view prefix);
Answer CheckExperimentTag(std::string_view key, std::string_view value);
/// 1 to 256 of [A-Za-z0-9_-], the first no dash or underscore.
Answer CheckRunId(std::string_view id);
/// "A batch logging request can contain at most 100 params. Got 101 params. ..."
Answer CheckBatch(size_t metrics, size_t params, size_t tags);
Answer CheckExperimentName(std::string_view name);
/// May not be "", nor contain / : . % " '.
Answer CheckLoggedModelName(std::string_view name);

}  // namespace gyre::api::mlflow::internal
