#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "model/frame.h"
#include "onnx/runtime.h"
#include "stats/report.h"
#include "steps/task.h"

namespace gyre::steps::internal {

/// What some model says to some rows, in terms of its own classes.
struct Predictions {
  std::vector<std::string> classes;
  std::vector<int32_t> labels;
  std::vector<double> probability;  ///< row-major, rows x classes; empty if the model gives none
};

/// Answers of a model artifact: model.json (trained by a built-in) or model.onnx (left by a command).
base::Result<Predictions> PredictWithModel(onnx::Runtime& runtime, const Task::Input& model,
                                           const model::Frame& features);
/// Answers of a bundle's graph to those of the columns that it knows.
base::Result<Predictions> PredictWithBundle(onnx::Runtime& runtime, const std::filesystem::path& folder,
                                            const model::Frame& features);

/// Scores them against what happened. `positive` names the class two-class metrics are about; the last one if empty.
base::Result<stats::ClassificationReport> Score(const Predictions& predictions, const std::vector<std::string>& truth,
                                                const std::string& positive);

}  // namespace gyre::steps::internal
