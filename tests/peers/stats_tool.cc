// Metrics and drift tests on data that a script gives, so that the script can compare them with scikit-learn's and
// scipy's. Reads one JSON object from standard input and writes one with the same members, each a list of answers:
//   {"predictions": [{"classes": 2, "truth": [..], "predicted": [..], "probability": [.. row-major], "positive": 1}],
//    "samples": [{"reference": [.. ascending], "current": [..]}],
//    "tables": [{"reference": {"a": 3}, "current": {"a": 5}}]}
#include <cstdio>
#include <iostream>
#include <iterator>

#include "base/json.h"
#include "stats/drift.h"
#include "stats/report.h"

namespace gyre::stats {
namespace {

using base::Json;

base::Result<Json> Metrics(const Json& asked) {
  const auto truth = asked["truth"].get<std::vector<int32_t>>();
  const auto predicted = asked["predicted"].get<std::vector<int32_t>>();
  const auto probability = asked["probability"].get<std::vector<double>>();
  const ClassPredictions predictions{
      .classes = asked["classes"].get<size_t>(), .truth = truth, .predicted = predicted, .probability = probability};
  return TRY(EvaluateClassifier(predictions, asked["positive"].get<int32_t>())).ToJson();
}

base::Result<Json> CompareSamples(const Json& asked) {
  const auto reference = asked["reference"].get<std::vector<double>>();
  const auto current = asked["current"].get<std::vector<double>>();
  return Json{{"exact", TRY(KolmogorovSmirnov(reference, current, {.method = KsMethod::kExact})).ToJson()},
              {"asymptotic", TRY(KolmogorovSmirnov(reference, current, {.method = KsMethod::kAsymptotic})).ToJson()},
              {"psi", TRY(PsiEqualWidth(reference, current)).ToJson()},
              {"psi_quantiles", TRY(PsiQuantileBins(reference, current)).ToJson()}};
}

base::Result<Json> CompareTables(const Json& asked) {
  const auto reference = asked["reference"].get<CategoryCounts>();
  const auto current = asked["current"].get<CategoryCounts>();
  return Json{{"fit", TRY(ChiSquared(reference, current, ChiSquaredForm::kGoodnessOfFit)).ToJson()},
              {"homogeneity", TRY(ChiSquared(reference, current, ChiSquaredForm::kHomogeneity)).ToJson()},
              {"psi", TRY(PsiCategories(reference, current)).ToJson()}};
}

base::Result<Json> Each(const Json& list, base::Result<Json> (*answer)(const Json&)) {
  Json answers = Json::array();
  for (const auto& asked : list) answers.push_back(TRY(answer(asked)));
  return answers;
}

base::Result<Json> Run() {
  const std::string text(std::istreambuf_iterator<char>(std::cin), {});
  const auto request = TRY(base::ParseJson(text, "standard input"));
  return Json{{"predictions", TRY(Each(request["predictions"], Metrics))},
              {"samples", TRY(Each(request["samples"], CompareSamples))},
              {"tables", TRY(Each(request["tables"], CompareTables))}};
}

}  // namespace
}  // namespace gyre::stats

int main() {
  const auto answer = gyre::stats::Run();
  if (!answer) {
    std::cerr << answer.error().ToString() << "\n";
    return 1;
  }
  std::cout << gyre::base::DumpJson(*answer) << "\n";
  return 0;
}
