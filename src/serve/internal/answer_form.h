#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "model/signature.h"
#include "registry/model_version.h"
#include "serve/prediction_sink.h"

namespace gyre::serve::internal {

/// The answer of an endpoint as JSON text, with every part that is known beforehand written beforehand. Immutable.
class AnswerForm {
 public:
  /// `candidate` may be null. Versions are compared by address: answers must point to these.
  AnswerForm(const model::Signature& signature, const registry::VersionRef& champion,
             const registry::VersionRef* candidate);

  /// Appends the whole document.
  void Append(std::span<const PredictionView> rows, std::string& out) const;

 private:
  struct Version {
    const registry::VersionRef* version = nullptr;
    std::string json;  ///< "model_version":"rain/3"
  };
  const Version& Headline(std::span<const PredictionView> rows) const;
  char* WriteRow(const PredictionView& row, const Version& headline, char* at) const;
  float ProbabilityOf(const VariantAnswer& answer) const;

  Version champion_;
  Version candidate_;
  bool regression_ = false;
  bool two_classes_ = false;
  size_t positive_ = 0;
  std::vector<std::string> labels_;  ///< "label":"rain"
  size_t row_bytes_ = 0;             ///< that no row exceeds
};

}  // namespace gyre::serve::internal
