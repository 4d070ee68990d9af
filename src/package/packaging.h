#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "model/bundle.h"
#include "model/graph_signature.h"
#include "model/trained.h"
#include "onnx/runtime.h"
#include "package/card.h"
#include "package/parity.h"

namespace gyre::package {

/// What an expectation declares of a column: it becomes a rule for callers.
struct DeclaredBounds {
  std::string feature;
  std::optional<double> minimum = {};
  std::optional<double> maximum = {};
  bool closed = false;  ///< only the categories that training saw
};

/// A trained model and the facts around it.
struct PackageRequest {
  const model::TrainedModel& model;
  const model::Frame& training;                 ///< the rows it was fitted on
  const model::Frame& test;                     ///< rows it has not seen; one or more
  const std::vector<std::string>& test_labels;  ///< what happened on them
  std::string positive_class = {};              ///< the last class if empty
  std::vector<DeclaredBounds> bounds = {};
  base::Json metrics = base::Json::object();  ///< on the test rows
  base::Json lineage = base::Json::object();
  CardFacts card = {};
  std::string producer_version = {};
};

struct Packaged {
  model::Bundle bundle;
  ParityReport parity;
};

/// Exports the model, checks the graph against it on every test row, and puts beside it what a version's later life
/// needs: signature, golden rows (at most 32 test rows, some with missing values), the reference profile (training
/// inputs; predictions on the test rows), metrics, lineage and a model card. Deterministic.
base::Result<Packaged> BuildBundle(onnx::Runtime& runtime, const PackageRequest& request);

/// A graph from outside and what its bringer knows of it.
struct OutsideModel {
  std::string onnx;
  std::optional<model::Signature> signature = {};  ///< read off the graph if absent
  model::GraphHints hints = {};
  base::Json metrics = base::Json::object();
  base::Json lineage = base::Json::object();
  CardFacts card = {};
};

/// Checks that the graph loads and fits its signature. The bundle has no golden rows and no profile: nothing is known
/// of the data.
base::Result<model::Bundle> BundleFromOnnx(onnx::Runtime& runtime, const OutsideModel& outside);

/// For a graph from outside whose data is at hand after all: declared bounds, categories and missing values seen in
/// training, golden rows and the reference profile, from those test rows that callers might send. Writes the card anew.
base::Result<void> AddReference(onnx::Runtime& runtime, model::Bundle& bundle, const model::Frame& training,
                                const model::Frame& test, const std::vector<DeclaredBounds>& bounds,
                                const CardFacts& card);

}  // namespace gyre::package
