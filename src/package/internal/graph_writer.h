#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/signature.h"
#include "model/trained.h"
#include "onnx/graph_builder.h"

namespace gyre::package::internal {

/// The encoded features as a value of the graph, and where each of the model's encoded features lies in it: numbers
/// come first, so that one operator each imputes and scales them all.
struct EncodedFeatures {
  std::string value;
  std::vector<size_t> place;
};

/// Names inside the graph start with this; no feature may.
inline constexpr const char* kInside = "gyre/";

/// The model must have at least one encoded feature.
EncodedFeatures WriteEncodings(const std::vector<model::ColumnEncoding>& encodings, onnx::GraphBuilder& graph);

/// One overload per kind of classifier: from the encoded features to the signature's outputs.
base::Result<void> WriteClassifier(const model::TreeEnsemble& trees, const EncodedFeatures& features,
                                   const model::Signature& signature, onnx::GraphBuilder& graph);
base::Result<void> WriteClassifier(const model::LinearClassifier& linear, const EncodedFeatures& features,
                                   const model::Signature& signature, onnx::GraphBuilder& graph);
base::Result<void> WriteClassifier(const model::SvmClassifier& svm, const EncodedFeatures& features,
                                   const model::Signature& signature, onnx::GraphBuilder& graph);

/// From class indices [N] of int64 to the label output.
void WriteLabels(const std::string& indices, const model::Signature& signature, onnx::GraphBuilder& graph);

/// `value` cast to another element type, under the name returned.
std::string WriteCast(const std::string& value, onnx::ElementType type, const std::string& name,
                      onnx::GraphBuilder& graph);

}  // namespace gyre::package::internal
