#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "model/frame.h"

namespace gyre::model {

/// How one raw column becomes numbers, all of it fitted on training rows only.
struct NumberEncoding {
  float fill = 0;   ///< put where the value is missing (the training median)
  float shift = 0;  ///< subtracted (the training mean, or 0)
  float scale = 1;  ///< then multiplied (1 / standard deviation, or 1)
};
struct CategoryEncoding {
  std::vector<std::string> categories;  ///< one output column each, 1 where equal; all 0 for missing and unseen
};
struct ColumnEncoding {
  std::string column;
  std::variant<NumberEncoding, CategoryEncoding> encoding;
};

/// A node of a binary decision tree: a row goes left where `x[feature] <= threshold`, in float32. The root is node 0
/// and a child's index is above its parent's.
struct TreeNode {
  int32_t feature = -1;  ///< index of the encoded column; -1 for a leaf
  float threshold = 0;
  int32_t left = -1;  ///< node indices within the tree
  int32_t right = -1;
  int32_t leaf = -1;  ///< row of `TreeEnsemble::leaf_values`, for a leaf
  float cover = 0;    ///< training rows that passed, for explanations
};

/// Averages the class distributions of its trees' leaves.
struct TreeEnsemble {
  std::vector<std::vector<TreeNode>> trees;
  std::vector<float> leaf_values;  ///< row-major, leaves x classes, each already divided by the number of trees
};

/// Multinomial logistic regression; with two classes one row of weights, the log-odds of the second class.
struct LinearClassifier {
  size_t features = 0;
  std::vector<float> weights;  ///< row-major, rows x features
  std::vector<float> intercepts;
};

enum class SvmKernel { kLinear, kPoly, kRbf, kSigmoid };

/// One-against-one C-SVM as libsvm trains it, with a sigmoid per class pair that turns decisions into probabilities.
///
/// Pairs (i, j), i < j, are in the order (0,1), (0,2) ... (1,2) ... A pair's decision over x is
///   d = sum over the vectors v of class i of dual_coefficients[j - 1][v] K(v, x)
///     + sum over the vectors v of class j of dual_coefficients[i][v] K(v, x) - rho[pair]
/// and votes for i where d > 0, else for j. The kernels, as libsvm has them: linear v.x, poly (gamma v.x +
/// coef0)^degree, rbf exp(-gamma |v - x|^2), sigmoid tanh(gamma v.x + coef0).
///
/// With t = a d + b, the pair's own estimate of "i rather than j" is 1 / (1 + exp(t)). Over all pairs (Price, Knerr,
/// Personnaz and Dreyfus, NIPS 1994; closed, unlike libsvm's iteration, whose stopping point depends on rounding):
///   p_i is proportional to 1 / (1 + sum over j > i of exp(t_ij) + sum over j < i of exp(-t_ji)),
/// which for two classes is the sigmoid itself. Sums over many vectors cancel: evaluate decisions in double.
struct SvmClassifier {
  SvmKernel kernel = SvmKernel::kRbf;
  float gamma = 0;
  float coef0 = 0;
  int32_t degree = 3;
  size_t features = 0;
  std::vector<float> support_vectors;  ///< row-major, grouped by class
  std::vector<int32_t> vectors_per_class;
  std::vector<float> dual_coefficients;  ///< row-major, (classes - 1) x vectors
  std::vector<float> rho;                ///< per class pair
  std::vector<float> sigmoid_a;          ///< per class pair; empty if only labels are wanted
  std::vector<float> sigmoid_b;
};

/// A fitted classifier from raw columns to class probabilities: what trainers make, `package` turns into a graph,
/// explanations walk. Immutable value.
struct TrainedModel {
  std::vector<ColumnEncoding> encodings;
  std::vector<std::string> classes;
  std::variant<TreeEnsemble, LinearClassifier, SvmClassifier> classifier;

  size_t encoded_features() const;
};

/// The encoded matrix, row-major, rows x encoded_features, as the graph computes it (float32). The error names a column
/// that `frame` lacks or has as another type.
base::Result<std::vector<float>> Encode(const std::vector<ColumnEncoding>& encodings, const Frame& frame);

struct Predictions {
  /// Evaluated in double and rounded once. No values for an SVM without sigmoids, which trainers make while they
  /// search.
  Scores probabilities;
  /// The largest probability (the lowest index on a tie); for an SVM the one-against-one vote (the lowest index on a
  /// tie), as libsvm and scikit-learn decide, which need not be the largest probability.
  std::vector<int32_t> labels;
};

/// Evaluates the model directly. The exported graph must agree to 1e-5 on every row.
base::Result<Predictions> Predict(const TrainedModel& model, const Frame& frame);
/// The same for rows that are encoded already.
Predictions PredictEncoded(const TrainedModel& model, std::span<const float> encoded);

base::Result<Scores> PredictProbability(const TrainedModel& model, const Frame& frame);
base::Result<std::vector<int32_t>> PredictLabel(const TrainedModel& model, const Frame& frame);

base::Json ToJson(const TrainedModel& model);
/// Refuses sizes, indices and values that evaluation could not trust.
base::Result<TrainedModel> TrainedModelFromJson(const base::Json& json);

}  // namespace gyre::model
