#pragma once

#include <array>

#include "api/mlflow/internal/messages.h"

// The requests for traces whose fields a table can describe.

namespace gyre::api::mlflow::internal::messages {

inline constexpr std::array kGetTraceFields = {Required("trace_id"),
                                               Field{.name = "allow_partial", .type = Type::kBool}};
inline constexpr Descriptor kGetTrace = {kGetTraceFields};
inline constexpr std::array kBatchGetTracesFields = {Field{.name = "trace_ids", .required = true, .repeated = true},
                                                     Texts("experiment_ids")};
inline constexpr Descriptor kBatchGetTraces = {kBatchGetTracesFields};

inline constexpr std::array kTraceExperimentFields = {Field{.name = "experiment_id"}};
inline constexpr Descriptor kTraceExperiment = {kTraceExperimentFields};
inline constexpr std::array kTraceLocationFields = {
    Field{.name = "mlflow_experiment", .type = Type::kMessage, .message = &kTraceExperiment}};
inline constexpr Descriptor kTraceLocation = {kTraceLocationFields};
inline constexpr std::array kSearchTracesFields = {
    Field{.name = "locations", .type = Type::kMessage, .required = true, .repeated = true, .message = &kTraceLocation},
    Field{.name = "filter"}, Field{.name = "max_results", .type = Type::kInt32, .max = 500}, Texts("order_by"),
    Field{.name = "page_token"}};
inline constexpr Descriptor kSearchTraces = {kSearchTracesFields};

inline constexpr std::array kSetTraceTagFields = {Required("key"), Field{.name = "value"}};
inline constexpr Descriptor kSetTraceTag = {kSetTraceTagFields};
inline constexpr std::array kDeleteTraceTagFields = {Required("key")};
inline constexpr Descriptor kDeleteTraceTag = {kDeleteTraceTagFields};
inline constexpr std::array kDeleteTracesFields = {
    Required("experiment_id"), Field{.name = "max_timestamp_millis", .type = Type::kInt64},
    Field{.name = "max_traces", .type = Type::kInt32}, Texts("request_ids")};
inline constexpr Descriptor kDeleteTraces = {kDeleteTracesFields};
inline constexpr std::array kLinkToRunFields = {Field{.name = "trace_ids", .required = true, .repeated = true},
                                                Required("run_id")};
inline constexpr Descriptor kLinkToRun = {kLinkToRunFields};
inline constexpr std::array kPromptVersionFields = {Required("name"), Required("version")};
inline constexpr Descriptor kPromptVersion = {kPromptVersionFields};
inline constexpr std::array kLinkPromptsFields = {Required("trace_id"), Field{.name = "prompt_versions",
                                                                              .type = Type::kMessage,
                                                                              .required = true,
                                                                              .repeated = true,
                                                                              .message = &kPromptVersion}};
inline constexpr Descriptor kLinkPrompts = {kLinkPromptsFields};

}  // namespace gyre::api::mlflow::internal::messages
