#include "train/internal/svm.h"

#include <cmath>
#include <libsvm/svm.h>
#include <numeric>

#include "train/folds.h"
#include "train/internal/libsvm.h"
#include "train/internal/sigmoid.h"

namespace gyre::train::internal {
namespace {

int LibsvmKernel(model::SvmKernel kernel) {
  switch (kernel) {
    case model::SvmKernel::kLinear:
      return LINEAR;
    case model::SvmKernel::kPoly:
      return POLY;
    case model::SvmKernel::kRbf:
      return RBF;
    case model::SvmKernel::kSigmoid:
      return SIGMOID;
  }
  return RBF;
}

/// Decisions of every class pair for every row, each row decided by an SVM that was not trained on it.
base::Result<std::vector<double>> HeldOutDecisions(const Rows& rows, const SvmNodes& nodes, const SvmCosts& costs,
                                                   uint64_t seed, const base::Cancellation& cancel) {
  const size_t pairs = rows.classes * (rows.classes - 1) / 2;
  const size_t folds = std::min<size_t>(5, std::ranges::min(CountClasses(rows)));
  // A class of one row cannot be held out; then decisions are those over the training rows.
  const auto fold_of = folds < 2 ? std::vector<int32_t>(rows.count(), 0)
                                 : StratifiedAssignment(rows.labels, folds, /*shuffle=*/true, seed);
  std::vector<double> decisions(rows.count() * pairs);
  for (size_t fold = 0; fold < folds; ++fold) {
    TRY(cancel.Check());
    std::vector<size_t> kept;
    for (size_t row = 0; row < rows.count(); ++row) {
      if (folds < 2 || fold_of[row] != static_cast<int32_t>(fold)) kept.push_back(row);
    }
    const auto model = TrainSvm(nodes, kept, rows.labels, costs);
    for (size_t row = 0; row < rows.count(); ++row) {
      if (fold_of[row] == static_cast<int32_t>(fold))
        svm_predict_values(model.get(), nodes.Row(row), &decisions[row * pairs]);
    }
  }
  return decisions;
}

void FitSigmoids(const Rows& rows, const std::vector<double>& decisions, model::SvmClassifier& classifier) {
  const size_t pairs = rows.classes * (rows.classes - 1) / 2;
  size_t pair = 0;
  for (int32_t i = 0; i < static_cast<int32_t>(rows.classes); ++i) {
    for (int32_t j = i + 1; j < static_cast<int32_t>(rows.classes); ++j, ++pair) {
      std::vector<double> of_pair;
      std::unique_ptr<bool[]> positive(new bool[rows.count()]);
      for (size_t row = 0; row < rows.count(); ++row) {
        if (rows.labels[row] != i && rows.labels[row] != j) continue;
        positive[of_pair.size()] = rows.labels[row] == i;
        of_pair.push_back(decisions[row * pairs + pair]);
      }
      const auto sigmoid = FitSigmoid(of_pair, std::span(positive.get(), of_pair.size()));
      classifier.sigmoid_a.push_back(static_cast<float>(sigmoid.a));
      classifier.sigmoid_b.push_back(static_cast<float>(sigmoid.b));
    }
  }
}

model::SvmClassifier Extract(const svm_model& model, const Rows& rows, const SvmKernelSpec& kernel,
                             model::SvmKernel name) {
  model::SvmClassifier classifier{.kernel = name,
                                  .gamma = static_cast<float>(kernel.gamma),
                                  .coef0 = static_cast<float>(kernel.coef0),
                                  .degree = kernel.degree,
                                  .features = rows.features};
  for (int v = 0; v < model.l; ++v) {
    const auto row = rows.Row(static_cast<size_t>(model.sv_indices[v] - 1));
    classifier.support_vectors.insert(classifier.support_vectors.end(), row.begin(), row.end());
  }
  classifier.vectors_per_class.assign(model.nSV, model.nSV + model.nr_class);
  for (int line = 0; line + 1 < model.nr_class; ++line) {
    for (int v = 0; v < model.l; ++v)
      classifier.dual_coefficients.push_back(static_cast<float>(model.sv_coef[line][v]));
  }
  const int pairs = model.nr_class * (model.nr_class - 1) / 2;
  for (int pair = 0; pair < pairs; ++pair) classifier.rho.push_back(static_cast<float>(model.rho[pair]));
  return classifier;
}

}  // namespace

double ResolveGamma(const SvmParams& params, const Rows& rows) {
  const auto features = static_cast<double>(rows.features);
  double gamma = params.gamma;
  if (params.gamma_rule == SvmParams::Gamma::kAuto) gamma = 1 / features;
  if (params.gamma_rule == SvmParams::Gamma::kScale) {
    const auto n = static_cast<double>(rows.values.size());
    double mean = 0;
    for (const float value : rows.values) mean += static_cast<double>(value) / n;
    double variance = 0;
    for (const float value : rows.values)
      variance += (static_cast<double>(value) - mean) * (static_cast<double>(value) - mean) / n;
    gamma = variance == 0 ? 1 : 1 / (features * variance);
  }
  return static_cast<double>(static_cast<float>(gamma));
}

base::Result<model::SvmClassifier> FitSvm(const Rows& rows, const DotProducts* dots, const SvmParams& params,
                                          bool probabilities, uint64_t seed, const base::Cancellation& cancel) {
  const SvmKernelSpec kernel{.type = LibsvmKernel(params.kernel),
                             .degree = params.degree,
                             .gamma = ResolveGamma(params, rows),
                             .coef0 = static_cast<double>(static_cast<float>(params.coef0))};
  const SvmNodes nodes(rows, dots, kernel);
  const SvmCosts costs{.C = params.C, .tolerance = params.tol, .class_weights = ClassWeights(rows, params.balanced)};
  TRY(cancel.Check());
  std::vector<size_t> all(rows.count());
  std::iota(all.begin(), all.end(), size_t{0});
  const auto trained = TrainSvm(nodes, all, rows.labels, costs);
  auto classifier = Extract(*trained, rows, kernel, params.kernel);
  if (probabilities) FitSigmoids(rows, TRY(HeldOutDecisions(rows, nodes, costs, seed, cancel)), classifier);
  return classifier;
}

}  // namespace gyre::train::internal
