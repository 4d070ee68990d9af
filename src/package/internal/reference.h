#pragma once

#include <string>
#include <vector>

#include "model/bundle.h"
#include "model/executor.h"
#include "package/packaging.h"

namespace gyre::package::internal {

/// NaN, or an empty text, is among the values.
bool SawMissing(const model::FeatureColumn& column);

/// The columns that the signature has, in its order.
model::Frame OnlyInputs(const model::Signature& signature, const model::Frame& frame);

/// Bounds on columns that are no inputs are passed over: expectations may be about any column.
void ApplyBounds(const std::vector<DeclaredBounds>& bounds, model::Signature& signature);

/// Training inputs, and what the graph answers to test rows.
model::ReferenceProfile MakeProfile(const model::Signature& signature, const model::Frame& training,
                                    const model::Answers& answers);

/// At most 32 of the test rows (golden_choice.h) with the graph's answers.
model::GoldenRows MakeGolden(const model::Signature& signature, const model::Frame& test,
                             const model::Answers& answers);

}  // namespace gyre::package::internal
