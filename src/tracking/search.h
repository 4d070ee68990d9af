#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tracking/experiment.h"
#include "tracking/logged_model.h"
#include "tracking/run.h"

namespace gyre::tracking {

/// What is searched among: active things, deleted ones, or both.
enum class ViewType { kActiveOnly, kDeletedOnly, kAll };

/// In place of experiment ids: every experiment. No id is like it, for those are numbers.
inline constexpr const char* kAllExperiments = "ALL";

/// The filter and order_by of MLflow with Gyre's additions (docs/formats/search.md). `page_token` is empty or the
/// `next` of the page before, of the same search; whatever its depth, a page costs what the first one costs.
struct RunSearch {
  std::vector<std::string> experiments;  ///< ids; none finds nothing
  std::string filter = {};
  ViewType view = ViewType::kActiveOnly;
  std::vector<std::string> order_by = {};  ///< then start_time DESC, run_id
  int64_t max_results = 1000;              ///< 1 to Limits::kRunsPerPage
  std::string page_token = {};
  bool info_only = false;  ///< without params, tags, metrics, inputs and outputs
};

struct RunPage {
  std::vector<Run> runs;
  std::optional<std::string> next = {};  ///< the token of the page after, if there is one
};

struct ExperimentSearch {
  std::string filter = {};
  ViewType view = ViewType::kActiveOnly;
  std::vector<std::string> order_by = {};  ///< creation_time DESC, experiment_id if empty
  int64_t max_results = 1000;              ///< 1 to Limits::kRunsPerPage
  std::string page_token = {};
};

struct ExperimentPage {
  std::vector<Experiment> experiments;
  std::optional<std::string> next = {};
};

/// One key of the order of logged models: an attribute or "metrics.KEY", that perhaps on one dataset (empty: any).
struct LoggedModelOrder {
  std::string field_name;
  bool ascending = true;
  std::string dataset_name = {};
  std::string dataset_digest = {};
};

struct DatasetFilter {
  std::string name;
  std::optional<std::string> digest = {};
};

struct LoggedModelSearch {
  std::vector<std::string> experiments;
  std::string filter = {};
  std::vector<DatasetFilter> datasets = {};     ///< metrics of the filter and the order are those on one of these
  std::vector<LoggedModelOrder> order_by = {};  ///< then creation_time DESC, model_id
  int64_t max_results = 100;                    ///< 1 to Limits::kRunsPerPage
  std::string page_token = {};
};

struct LoggedModelPage {
  std::vector<LoggedModel> models;
  std::optional<std::string> next = {};
};

/// A dataset as the runs of an experiment used it.
struct DatasetSummary {
  ExperimentId experiment;
  std::string name;
  std::string digest;
  std::optional<std::string> context = {};  ///< "training"
};

}  // namespace gyre::tracking
