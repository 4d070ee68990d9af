#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "model/trained.h"

namespace gyre::train {

/// Parameters carry scikit-learn's names, meanings and (unless said otherwise) defaults. Rows weigh alike unless
/// `balanced` ("class_weight": "balanced"): then as much in all as rows / classes, whatever the class.

/// libsvm's C-SVC. Its results equal sklearn.svm.SVC's.
struct SvmParams {
  double C = 1;
  model::SvmKernel kernel = model::SvmKernel::kRbf;
  enum class Gamma { kScale, kAuto, kValue };
  Gamma gamma_rule = Gamma::kScale;  ///< 1 / (features x variance of all encoded values), or 1 / features
  double gamma = 0;
  int degree = 3;
  double coef0 = 0;
  double tol = 1e-3;
  bool balanced = false;
  bool standardize = true;  ///< shift and scale numbers to mean 0 and deviation 1 first (StandardScaler)
};

/// Breiman's random forest: bootstrap samples, a random subset of features per split, exact Gini splits.
struct ForestParams {
  int n_estimators = 100;
  std::optional<int> max_depth;  ///< none: until leaves are pure
  int min_samples_split = 2;
  int min_samples_leaf = 1;
  enum class Features { kSqrt, kLog2, kAll, kCount, kShare };
  Features features_rule = Features::kSqrt;
  double max_features = 0;  ///< for kCount and kShare
  bool bootstrap = true;
  bool balanced = false;
};

/// Multinomial logistic regression with an L2 penalty (not on the intercept), by L-BFGS; two classes: binomial.
struct LogisticParams {
  double C = 1;
  double tol = 1e-4;    ///< on the largest component of the gradient of the mean loss
  int max_iter = 1000;  ///< scikit-learn stops at 100, converged or not
  bool balanced = false;
  bool standardize = true;
};

using AlgorithmParams = std::variant<SvmParams, ForestParams, LogisticParams>;

/// "svm", "random_forest", "logistic_regression".
const std::vector<std::string>& AlgorithmNames();
std::string_view AlgorithmName(const AlgorithmParams& params);

/// Reads the "params" of a spec; `path` is where they stand ("train.params"). Unknown names, wrong types and values out
/// of range are errors that name the field.
base::Result<AlgorithmParams> ParseParams(std::string_view algorithm, const base::Json& params,
                                          const std::string& path);
/// All parameters, defaults included, as a spec would give them.
base::Json ParamsToJson(const AlgorithmParams& params);

}  // namespace gyre::train
