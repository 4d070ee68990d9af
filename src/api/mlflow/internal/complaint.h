#pragma once

#include <optional>
#include <simdjson.h>

#include "api/mlflow/internal/descriptor.h"
#include "api/mlflow/internal/errors.h"

namespace gyre::api::mlflow::internal {

/// The first mistake of a request that JsonFill refused, in the order of the descriptor, in MLflow's words:
/// "Invalid value 5 for parameter 'run_id' supplied", "Missing value for required parameter 'metrics[0].key'".
Failure Complain(const simdjson::dom::element& document, const Descriptor& descriptor);

/// A field that was written in both its forms, which leaves open what was meant.
std::optional<Failure> FindTwice(const simdjson::dom::element& document, const Descriptor& descriptor);

}  // namespace gyre::api::mlflow::internal
