#pragma once

#include <span>

#include "model/trained.h"

namespace gyre::model::internal {

/// One overload per kind of classifier; `encoded` is row-major.
Predictions Classify(const TreeEnsemble& trees, std::span<const float> encoded, size_t features, size_t classes);
Predictions Classify(const LinearClassifier& linear, std::span<const float> encoded, size_t features, size_t classes);
Predictions Classify(const SvmClassifier& svm, std::span<const float> encoded, size_t features, size_t classes);

/// The index of the largest value, the lowest on a tie.
int32_t Largest(std::span<const float> values);

}  // namespace gyre::model::internal
