#include <cmath>

#include "model/bundle.h"
#include "model/executor.h"

namespace gyre::model {
namespace {

base::Error Different(size_t row, std::string what) {
  return base::Unprocessable(
      fmt::format("golden row {}: {}; the graph or its runtime has changed since it was packaged", row, what));
}

base::Result<void> CheckLabels(const Signature& signature, const Answers& answers, const GoldenRows& golden) {
  for (size_t row = 0; row < golden.labels.size(); ++row) {
    const auto& label = signature.classes[static_cast<size_t>(answers.labels[row])];
    if (label != golden.labels[row])
      return Different(row, fmt::format("label '{}' instead of '{}'", label, golden.labels[row]));
  }
  return base::Ok();
}

base::Result<void> CheckProbabilities(const Signature& signature, const Answers& answers, const GoldenRows& golden) {
  if (golden.probabilities.rows() == 0) return base::Ok();
  if (answers.probabilities.rows() != golden.probabilities.rows())
    return Different(0, "the graph gives no probabilities");
  for (size_t row = 0; row < golden.probabilities.rows(); ++row) {
    for (size_t label = 0; label < golden.probabilities.classes; ++label) {
      const float found = answers.probabilities.At(row, label);
      const float expected = golden.probabilities.At(row, label);
      if (std::fabs(static_cast<double>(found) - static_cast<double>(expected)) <= golden.tolerance) continue;
      return Different(row,
                       fmt::format("probability of {} is {} instead of {}", signature.classes[label], found, expected));
    }
  }
  return base::Ok();
}

}  // namespace

base::Result<void> CheckGolden(const Executor& executor, const GoldenRows& golden) {
  if (golden.features.rows() == 0) return base::Ok();
  const auto answers = TRY(executor.Predict(golden.features));
  if (golden.labels.size() > answers.labels.size() || golden.values.size() > answers.values.size()) {
    return base::InvalidArgument("the golden rows have answers that are not of the signature's task", "golden");
  }
  TRY(CheckLabels(executor.signature(), answers, golden));
  TRY(CheckProbabilities(executor.signature(), answers, golden));
  for (size_t row = 0; row < golden.values.size(); ++row) {
    const auto expected = static_cast<double>(golden.values[row]);
    const auto found = static_cast<double>(answers.values[row]);
    if (std::fabs(found - expected) <= golden.tolerance * (1 + std::fabs(expected))) continue;
    return Different(row, fmt::format("value {} instead of {}", found, expected));
  }
  return base::Ok();
}

}  // namespace gyre::model
