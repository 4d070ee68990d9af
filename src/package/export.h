#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/signature.h"
#include "model/trained.h"

namespace gyre::package {

/// One ONNX file from raw feature columns to answers: an input per column (float [N,1], or string [N,1] for a
/// category), through imputation, scaling and one-hot encoding to the classifier, whose outputs are the signature's
/// label [N] of strings and probability [N, classes] of float. The file carries the signature (model::kSignatureKey).
/// The same model gives the same bytes.
///
/// Trees compare in float32, as in training; linear models and support vectors are evaluated in double and rounded
/// once, as model::Predict does: ONNX's own operators for them add up in float32, which unscaled inputs turn into
/// errors above 1e-5.
///
/// kInvalidArgument: the signature's inputs or classes are not the model's; an SVM without probabilities.
base::Result<std::string> ExportOnnx(const model::TrainedModel& model, const model::Signature& signature,
                                     std::string_view producer_version);

}  // namespace gyre::package
