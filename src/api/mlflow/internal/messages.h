#pragma once

#include <array>

#include "api/mlflow/internal/descriptor.h"

// The requests for experiments, runs, metrics and logged models: fields as in MLflow's service.proto, in the order in
// which its server looks at them.

namespace gyre::api::mlflow::internal::messages {

inline constexpr std::array kRunStatusValues = {EnumValue{"RUNNING", 1}, EnumValue{"SCHEDULED", 2},
                                                EnumValue{"FINISHED", 3}, EnumValue{"FAILED", 4},
                                                EnumValue{"KILLED", 5}};
inline constexpr std::array kViewTypeValues = {EnumValue{"ACTIVE_ONLY", 1}, EnumValue{"DELETED_ONLY", 2},
                                               EnumValue{"ALL", 3}};
inline constexpr std::array kModelStatusValues = {
    EnumValue{"LOGGED_MODEL_STATUS_UNSPECIFIED", 0}, EnumValue{"LOGGED_MODEL_PENDING", 1},
    EnumValue{"LOGGED_MODEL_READY", 2}, EnumValue{"LOGGED_MODEL_UPLOAD_FAILED", 3}};

// Parts of requests.
inline constexpr std::array kTagFields = {Field{.name = "key"}, Field{.name = "value"}};
inline constexpr Descriptor kTag = {kTagFields};

constexpr Field Tags(std::string_view name) {
  return {.name = name, .type = Type::kMessage, .repeated = true, .message = &kTag};
}
constexpr Field Required(std::string_view name) {
  return {.name = name, .required = true};
}
/// Runs were named by run_uuid once.
constexpr Field RunId() {
  return {.name = "run_id", .required = true, .alias = "run_uuid"};
}
constexpr Field Texts(std::string_view name) {
  return {.name = name, .repeated = true};
}

// Experiments.
inline constexpr std::array kExperimentIdFields = {Required("experiment_id")};
inline constexpr Descriptor kExperimentId = {kExperimentIdFields};
inline constexpr std::array kCreateExperimentFields = {Required("name"), Field{.name = "artifact_location"},
                                                       Tags("tags")};
inline constexpr Descriptor kCreateExperiment = {kCreateExperimentFields};
inline constexpr std::array kExperimentByNameFields = {Required("experiment_name")};
inline constexpr Descriptor kExperimentByName = {kExperimentByNameFields};
inline constexpr std::array kUpdateExperimentFields = {Required("experiment_id"), Required("new_name")};
inline constexpr Descriptor kUpdateExperiment = {kUpdateExperimentFields};
inline constexpr std::array kExperimentTagFields = {Required("experiment_id"), Required("key"), Field{.name = "value"}};
inline constexpr Descriptor kExperimentTag = {kExperimentTagFields};
inline constexpr std::array kSearchExperimentsFields = {
    Field{.name = "view_type", .type = Type::kEnum, .enumeration = kViewTypeValues},
    Field{.name = "max_results", .type = Type::kInt64}, Texts("order_by"), Field{.name = "filter"},
    Field{.name = "page_token"}};
inline constexpr Descriptor kSearchExperiments = {kSearchExperimentsFields};
inline constexpr std::array kSearchDatasetsFields = {Texts("experiment_ids")};
inline constexpr Descriptor kSearchDatasets = {kSearchDatasetsFields};

// Runs.
inline constexpr std::array kRunIdFields = {RunId()};
inline constexpr Descriptor kRunId = {kRunIdFields};
inline constexpr std::array kCreateRunFields = {Field{.name = "experiment_id"},
                                                Field{.name = "start_time", .type = Type::kInt64},
                                                Field{.name = "run_name"}, Field{.name = "user_id"}, Tags("tags")};
inline constexpr Descriptor kCreateRun = {kCreateRunFields};
inline constexpr std::array kUpdateRunFields = {
    RunId(), Field{.name = "end_time", .type = Type::kInt64},
    Field{.name = "status", .type = Type::kEnum, .enumeration = kRunStatusValues}, Field{.name = "run_name"}};
inline constexpr Descriptor kUpdateRun = {kUpdateRunFields};
inline constexpr std::array kLogMetricFields = {RunId(),
                                                Required("key"),
                                                Field{.name = "value", .type = Type::kDouble, .required = true},
                                                Field{.name = "timestamp", .type = Type::kInt64, .required = true},
                                                Field{.name = "step", .type = Type::kInt64},
                                                Field{.name = "model_id"},
                                                Field{.name = "dataset_name"},
                                                Field{.name = "dataset_digest"}};
inline constexpr Descriptor kLogMetric = {kLogMetricFields};
inline constexpr std::array kRunTagFields = {RunId(), Required("key"), Field{.name = "value"}};
inline constexpr Descriptor kRunTag = {kRunTagFields};  ///< of log-parameter too
inline constexpr std::array kSearchRunsFields = {
    Texts("experiment_ids"),
    Field{.name = "filter"},
    Field{.name = "max_results", .type = Type::kInt32, .max = 50'000},
    Texts("order_by"),
    Field{.name = "run_view_type", .type = Type::kEnum, .enumeration = kViewTypeValues},
    Field{.name = "page_token"},
    Field{.name = "info_only", .type = Type::kBool}};  // Gyre's own: runs without what they logged
inline constexpr Descriptor kSearchRuns = {kSearchRunsFields};
inline constexpr std::array kLogModelFields = {Required("run_id"), Required("model_json")};
inline constexpr Descriptor kLogModel = {kLogModelFields};

/// Read by place: a batch has a thousand of them.
enum MetricPlace : size_t {
  kMetricKey,
  kMetricValue,
  kMetricTimestamp,
  kMetricStep,
  kMetricModel,
  kMetricDataset,
  kMetricDigest
};
inline constexpr std::array kBatchMetricFields = {Required("key"),
                                                  Field{.name = "value", .type = Type::kDouble, .required = true},
                                                  Field{.name = "timestamp", .type = Type::kInt64, .required = true},
                                                  Field{.name = "step", .type = Type::kInt64},
                                                  Field{.name = "model_id"},
                                                  Field{.name = "dataset_name"},
                                                  Field{.name = "dataset_digest"}};
inline constexpr Descriptor kBatchMetric = {kBatchMetricFields};
inline constexpr std::array kBatchPairFields = {Required("key"), Field{.name = "value"}};
inline constexpr Descriptor kBatchPair = {kBatchPairFields};
inline constexpr std::array kLogBatchFields = {
    Required("run_id"), Field{.name = "metrics", .type = Type::kMessage, .repeated = true, .message = &kBatchMetric},
    Field{.name = "params", .type = Type::kMessage, .repeated = true, .message = &kBatchPair},
    Field{.name = "tags", .type = Type::kMessage, .repeated = true, .message = &kBatchPair}};
inline constexpr Descriptor kLogBatch = {kLogBatchFields};

inline constexpr std::array kDatasetFields = {Field{.name = "name"},        Field{.name = "digest"},
                                              Field{.name = "source_type"}, Field{.name = "source"},
                                              Field{.name = "schema"},      Field{.name = "profile"}};
inline constexpr Descriptor kDataset = {kDatasetFields};
inline constexpr std::array kDatasetInputFields = {
    Tags("tags"), Field{.name = "dataset", .type = Type::kMessage, .message = &kDataset}};
inline constexpr Descriptor kDatasetInput = {kDatasetInputFields};
inline constexpr std::array kModelInputFields = {Field{.name = "model_id"}};
inline constexpr Descriptor kModelInput = {kModelInputFields};
inline constexpr std::array kLogInputsFields = {
    Required("run_id"), Field{.name = "datasets", .type = Type::kMessage, .repeated = true, .message = &kDatasetInput},
    Field{.name = "models", .type = Type::kMessage, .repeated = true, .message = &kModelInput}};
inline constexpr Descriptor kLogInputs = {kLogInputsFields};
inline constexpr std::array kModelOutputFields = {Field{.name = "model_id"},
                                                  Field{.name = "step", .type = Type::kInt64}};
inline constexpr Descriptor kModelOutput = {kModelOutputFields};
inline constexpr std::array kLogOutputsFields = {
    Required("run_id"),
    Field{.name = "models", .type = Type::kMessage, .required = true, .repeated = true, .message = &kModelOutput}};
inline constexpr Descriptor kLogOutputs = {kLogOutputsFields};

// Metric histories.
inline constexpr std::array kHistoryFields = {RunId(), Required("metric_key"), Field{.name = "page_token"},
                                              Field{.name = "max_results", .type = Type::kInt32}};
inline constexpr Descriptor kHistory = {kHistoryFields};
inline constexpr std::array kHistoryBulkFields = {Texts("run_id"), Field{.name = "metric_key"},
                                                  Field{.name = "max_results", .type = Type::kInt64}};
inline constexpr Descriptor kHistoryBulk = {kHistoryBulkFields};
inline constexpr std::array kHistoryIntervalFields = {
    Field{.name = "run_ids", .required = true, .repeated = true}, Required("metric_key"),
    Field{.name = "start_step", .type = Type::kInt32}, Field{.name = "end_step", .type = Type::kInt32},
    Field{.name = "max_results",
          .type = Type::kInt32,
          .min = 1,
          .max = 2500,
          .range_message = "max_results must be between 1 and 2500."}};
inline constexpr Descriptor kHistoryInterval = {kHistoryIntervalFields};

// Logged models.
inline constexpr std::array kCreateLoggedModelFields = {
    Required("experiment_id"),      Field{.name = "name"}, Field{.name = "model_type"},
    Field{.name = "source_run_id"}, Tags("params"),        Tags("tags")};
inline constexpr Descriptor kCreateLoggedModel = {kCreateLoggedModelFields};
inline constexpr std::array kGetLoggedModelFields = {Field{.name = "allow_deleted"}};
inline constexpr Descriptor kGetLoggedModel = {kGetLoggedModelFields};
inline constexpr std::array kFinalizeLoggedModelFields = {
    Required("model_id"),
    Field{.name = "status", .type = Type::kEnum, .required = true, .enumeration = kModelStatusValues}};
inline constexpr Descriptor kFinalizeLoggedModel = {kFinalizeLoggedModelFields};
inline constexpr std::array kLoggedModelParamsFields = {Required("model_id"), Tags("params")};
inline constexpr Descriptor kLoggedModelParams = {kLoggedModelParamsFields};
inline constexpr std::array kLoggedModelTagsFields = {Tags("tags")};
inline constexpr Descriptor kLoggedModelTags = {kLoggedModelTagsFields};
inline constexpr std::array kModelDatasetFields = {Field{.name = "dataset_name"}, Field{.name = "dataset_digest"}};
inline constexpr Descriptor kModelDataset = {kModelDatasetFields};
inline constexpr std::array kModelOrderFields = {Field{.name = "field_name"},
                                                 Field{.name = "ascending", .type = Type::kBool},
                                                 Field{.name = "dataset_name"}, Field{.name = "dataset_digest"}};
inline constexpr Descriptor kModelOrder = {kModelOrderFields};
inline constexpr std::array kSearchLoggedModelsFields = {
    Field{.name = "experiment_ids", .required = true, .repeated = true},
    Field{.name = "filter"},
    Field{.name = "datasets", .type = Type::kMessage, .repeated = true, .message = &kModelDataset},
    Field{.name = "max_results", .type = Type::kInt32},
    Field{.name = "order_by", .type = Type::kMessage, .repeated = true, .message = &kModelOrder},
    Field{.name = "page_token"}};
inline constexpr Descriptor kSearchLoggedModels = {kSearchLoggedModelsFields};

}  // namespace gyre::api::mlflow::internal::messages
