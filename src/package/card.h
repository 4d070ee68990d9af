#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/json.h"
#include "model/bundle.h"
#include "model/trained.h"

namespace gyre::package {

/// What only people know, as the project's specification has it. Empty parts are left out of the card.
struct CardFacts {
  std::string name;          ///< the model's
  std::string intended_use;  ///< what its answers are for, and what they are not for
  std::string label;         ///< what is predicted: "rain in the next hour"
  std::string data;          ///< what the rows are, where from, under which licence
  struct Threshold {
    std::string metric;
    std::string condition;  ///< ">= 0.8"
  };
  std::vector<Threshold> thresholds = {};
  std::string baseline_name;                   ///< "persistence: it rains now"
  base::Json baseline = base::Json::object();  ///< metrics of the baseline on the same rows
  std::vector<std::string> limits = {};
};

/// Counts that the card states.
struct CardCounts {
  size_t training_rows = 0;
  std::vector<std::pair<std::string, size_t>> test_labels = {};  ///< per class; empty if unknown
};

/// A model card (Mitchell et al., "Model Cards for Model Reporting", 2019) in Markdown: everything in it is a fact of
/// the bundle or of `facts`; nothing is made up and nothing depends on when it is written.
std::string WriteCard(const CardFacts& facts, const CardCounts& counts, const model::Bundle& bundle,
                      const std::string& algorithm);

/// "random forest of 100 trees", "support vector machine (rbf, 212 vectors)".
std::string DescribeAlgorithm(const model::TrainedModel& model);

}  // namespace gyre::package
