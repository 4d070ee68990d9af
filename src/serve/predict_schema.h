#pragma once

#include "base/json.h"
#include "model/bundle.h"
#include "model/signature.h"

namespace gyre::serve {

/// JSON Schema (2020-12, as OpenAPI 3.1 has it) of what `Predictor::PredictJson` takes and gives for a signature: for
/// an endpoint's own OpenAPI document.
base::Json PredictRequestSchema(const model::Signature& signature);
base::Json PredictAnswerSchema(const model::Signature& signature);

/// A row that the schema accepts: the first golden one, else one made up from bounds and categories.
base::Json ExampleRow(const model::Signature& signature, const model::GoldenRows& golden);

}  // namespace gyre::serve
