#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/json.h"
#include "model/signature.h"
#include "model/trained.h"

namespace gyre::package::testing {

/// A model fitted by scikit-learn, with rows and its answers to them (tests/golden/package.py).
struct GoldenModel {
  model::TrainedModel trained;
  model::Frame features;
  std::vector<std::string> labels;
  base::Json probabilities;
};

inline const std::vector<std::string> kGoldenNames = {
    "forest2",   "forest4",  "linear2",  "linear4",      "svm_linear2",  "svm_linear4",     "svm_poly2",
    "svm_poly4", "svm_rbf2", "svm_rbf4", "svm_sigmoid2", "svm_sigmoid4", "unscaled_linear2"};

/// Throws if the file is not there: only tests use it.
GoldenModel LoadGolden(const std::string& name);

/// Every column nullable, no bounds.
model::Signature SignatureOf(const model::TrainedModel& trained);

}  // namespace gyre::package::testing
