#include "train/algorithm.h"

#include <cmath>

#include "base/object_reader.h"
#include "base/text.h"

namespace gyre::train {
namespace {

using base::Json;
using base::ObjectReader;

constexpr std::array<std::string_view, 4> kKernels = {"linear", "poly", "rbf", "sigmoid"};

base::Error OutOfRange(const ObjectReader& fields, std::string_view key, std::string_view expected, const Json& found) {
  return base::InvalidArgument(
      fmt::format("{} must be {}, not {}", fields.PathOf(key), expected, base::DumpJson(found)), fields.PathOf(key));
}

base::Result<double> Positive(const ObjectReader& fields, std::string_view key, double fallback) {
  const double value = TRY(fields.Number(key, fallback));
  if (!(value > 0) || !std::isfinite(value)) return OutOfRange(fields, key, "above 0", value);
  return value;
}

base::Result<int> IntBetween(const ObjectReader& fields, std::string_view key, int64_t fallback, int64_t low,
                             int64_t high) {
  const int64_t value = TRY(fields.Int(key, fallback));
  if (value < low || value > high) return OutOfRange(fields, key, fmt::format("from {} to {}", low, high), value);
  return static_cast<int>(value);
}

base::Result<bool> Balanced(const ObjectReader& fields) {
  const Json* value = fields.Find("class_weight");
  if (value == nullptr) return false;
  if (*value != "balanced") return OutOfRange(fields, "class_weight", "\"balanced\" or null", *value);
  return true;
}

base::Result<void> ReadGamma(const ObjectReader& fields, SvmParams& params) {
  const Json* value = fields.Find("gamma");
  if (value == nullptr || *value == "scale") return base::Ok();
  if (*value == "auto") {
    params.gamma_rule = SvmParams::Gamma::kAuto;
    return base::Ok();
  }
  if (!value->is_number()) return OutOfRange(fields, "gamma", "\"scale\", \"auto\" or a number", *value);
  params.gamma_rule = SvmParams::Gamma::kValue;
  params.gamma = TRY(Positive(fields, "gamma", 0));
  return base::Ok();
}

base::Result<AlgorithmParams> ReadSvm(const ObjectReader& fields) {
  TRY(fields.AllowOnly({"C", "kernel", "gamma", "degree", "coef0", "tol", "class_weight", "standardize"}));
  SvmParams params;
  params.C = TRY(Positive(fields, "C", params.C));
  const auto kernel = TRY(fields.String("kernel", "rbf"));
  const auto found = std::ranges::find(kKernels, kernel);
  if (found == kKernels.end()) return OutOfRange(fields, "kernel", "linear, poly, rbf or sigmoid", kernel);
  params.kernel = static_cast<model::SvmKernel>(found - kKernels.begin());
  TRY(ReadGamma(fields, params));
  params.degree = TRY(IntBetween(fields, "degree", params.degree, 1, 20));
  params.coef0 = TRY(fields.Number("coef0", params.coef0));
  params.tol = TRY(Positive(fields, "tol", params.tol));
  params.balanced = TRY(Balanced(fields));
  params.standardize = TRY(fields.Bool("standardize", params.standardize));
  return params;
}

base::Result<void> ReadMaxFeatures(const ObjectReader& fields, ForestParams& params) {
  using Rule = ForestParams::Features;
  const Json* value = fields.Find("max_features");
  if (value == nullptr) return base::Ok();
  if (*value == "sqrt" || *value == "log2" || *value == "all") {
    params.features_rule = *value == "sqrt" ? Rule::kSqrt : *value == "log2" ? Rule::kLog2 : Rule::kAll;
  } else if (value->is_number_integer() && value->get<double>() >= 1) {
    params.features_rule = Rule::kCount;
    params.max_features = value->get<double>();
  } else if (value->is_number_float() && value->get<double>() > 0 && value->get<double>() <= 1) {
    params.features_rule = Rule::kShare;
    params.max_features = value->get<double>();
  } else {
    return OutOfRange(fields, "max_features", R"("sqrt", "log2", "all", a count or a share up to 1.0)", *value);
  }
  return base::Ok();
}

base::Result<AlgorithmParams> ReadForest(const ObjectReader& fields) {
  TRY(fields.AllowOnly({"n_estimators", "max_depth", "min_samples_split", "min_samples_leaf", "max_features",
                        "bootstrap", "class_weight"}));
  ForestParams params;
  params.n_estimators = TRY(IntBetween(fields, "n_estimators", params.n_estimators, 1, 10'000));
  if (fields.Has("max_depth")) params.max_depth = TRY(IntBetween(fields, "max_depth", 0, 1, 1000));
  params.min_samples_split = TRY(IntBetween(fields, "min_samples_split", params.min_samples_split, 2, INT32_MAX));
  params.min_samples_leaf = TRY(IntBetween(fields, "min_samples_leaf", params.min_samples_leaf, 1, INT32_MAX));
  TRY(ReadMaxFeatures(fields, params));
  params.bootstrap = TRY(fields.Bool("bootstrap", params.bootstrap));
  params.balanced = TRY(Balanced(fields));
  return params;
}

base::Result<AlgorithmParams> ReadLogistic(const ObjectReader& fields) {
  TRY(fields.AllowOnly({"C", "tol", "max_iter", "class_weight", "standardize"}));
  LogisticParams params;
  params.C = TRY(Positive(fields, "C", params.C));
  params.tol = TRY(Positive(fields, "tol", params.tol));
  params.max_iter = TRY(IntBetween(fields, "max_iter", params.max_iter, 1, 1'000'000));
  params.balanced = TRY(Balanced(fields));
  params.standardize = TRY(fields.Bool("standardize", params.standardize));
  return params;
}

Json ClassWeight(bool balanced) {
  return balanced ? Json("balanced") : Json();
}

Json Write(const SvmParams& params) {
  Json gamma = params.gamma;
  if (params.gamma_rule == SvmParams::Gamma::kScale) gamma = "scale";
  if (params.gamma_rule == SvmParams::Gamma::kAuto) gamma = "auto";
  return {{"C", params.C},
          {"kernel", kKernels[static_cast<size_t>(params.kernel)]},
          {"gamma", gamma},
          {"degree", params.degree},
          {"coef0", params.coef0},
          {"tol", params.tol},
          {"class_weight", ClassWeight(params.balanced)},
          {"standardize", params.standardize}};
}

Json Write(const ForestParams& params) {
  using Rule = ForestParams::Features;
  Json max_features = params.max_features;
  if (params.features_rule == Rule::kSqrt) max_features = "sqrt";
  if (params.features_rule == Rule::kLog2) max_features = "log2";
  if (params.features_rule == Rule::kAll) max_features = "all";
  if (params.features_rule == Rule::kCount) max_features = static_cast<int64_t>(params.max_features);
  return {{"n_estimators", params.n_estimators},
          {"max_depth", params.max_depth ? Json(*params.max_depth) : Json()},
          {"min_samples_split", params.min_samples_split},
          {"min_samples_leaf", params.min_samples_leaf},
          {"max_features", max_features},
          {"bootstrap", params.bootstrap},
          {"class_weight", ClassWeight(params.balanced)}};
}

Json Write(const LogisticParams& params) {
  return {{"C", params.C},
          {"tol", params.tol},
          {"max_iter", params.max_iter},
          {"class_weight", ClassWeight(params.balanced)},
          {"standardize", params.standardize}};
}

}  // namespace

const std::vector<std::string>& AlgorithmNames() {
  static const std::vector<std::string> names = {"svm", "random_forest", "logistic_regression"};
  return names;
}

std::string_view AlgorithmName(const AlgorithmParams& params) {
  return AlgorithmNames()[params.index()];
}

base::Result<AlgorithmParams> ParseParams(std::string_view algorithm, const Json& params, const std::string& path) {
  const ObjectReader fields(params, path);
  if (algorithm == "svm") return ReadSvm(fields);
  if (algorithm == "random_forest") return ReadForest(fields);
  if (algorithm == "logistic_regression") return ReadLogistic(fields);
  const auto meant = base::ClosestMatch(algorithm, AlgorithmNames());
  const auto hint = meant ? fmt::format("did you mean '{}'?", *meant)
                          : fmt::format("take one of {}", base::Join(AlgorithmNames(), ", "));
  return base::InvalidArgument(fmt::format("algorithm '{}' is not known; {}", algorithm, hint), "algorithm");
}

Json ParamsToJson(const AlgorithmParams& params) {
  return std::visit([](const auto& of_algorithm) { return Write(of_algorithm); }, params);
}

}  // namespace gyre::train
