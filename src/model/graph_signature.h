#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/signature.h"
#include "onnx/graph.h"

namespace gyre::model {

/// What the one who brings a graph may know better than the file.
struct GraphHints {
  std::vector<std::string> feature_names;  ///< of a matrix input's columns, in order
  std::vector<std::string> classes;        ///< in the order of the probability output
  std::string positive_class;
};

/// The metadata key under which exported graphs carry their signature as JSON.
inline constexpr const char* kSignatureKey = "gyre.signature";

/// Reads a signature off a graph: the one it carries under kSignatureKey, or what follows from its inputs and outputs,
/// as scikit-learn's converter writes them:
/// - inputs: one [N, 1] or [N] per column, named after it, or one float matrix [N, d], whose columns are f0 .. f{d-1};
/// - outputs: a label with or without probabilities (a tensor or ZipMap's maps) is a classifier, whose class names are
///   in the node that computes the label; one float [N] or [N, 1] is a regression.
/// kUnsupported says what else the graph has and which hint would help. A column is nullable if the graph imputes it.
base::Result<Signature> SignatureFromGraph(const onnx::Graph& graph, const GraphHints& hints = {});

}  // namespace gyre::model
