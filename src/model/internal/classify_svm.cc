#include <cmath>
#include <cstring>

#include "model/internal/classify.h"

namespace gyre::model::internal {
namespace {

/// Support vectors in blocks of eight, feature by feature, so that eight products run side by side.
class BlockedVectors {
 public:
  BlockedVectors(const std::vector<float>& vectors, size_t features)
      : features_(features),
        count_(vectors.size() / features),
        blocks_((count_ + kWidth - 1) / kWidth * features * kWidth) {
    norms_.resize(count_);
    for (size_t v = 0; v < count_; ++v) {
      for (size_t j = 0; j < features; ++j) {
        const double value = static_cast<double>(vectors[v * features + j]);
        blocks_[(v / kWidth * features + j) * kWidth + v % kWidth] = value;
        norms_[v] += value * value;
      }
    }
  }

  size_t count() const { return count_; }
  double SquaredNorm(size_t vector) const { return norms_[vector]; }

  void Products(const float* x, std::vector<double>& products) const {
    for (size_t first = 0; first < count_; first += kWidth) {
      const double* block = &blocks_[first * features_];
      double sums[kWidth];
      Multiply(x, block, sums);
      for (size_t lane = 0; lane < std::min(kWidth, count_ - first); ++lane) products[first + lane] = sums[lane];
    }
  }

 private:
  static constexpr size_t kWidth = 8;
  /// One register each: the compiler keeps an array of eight, or a vector wider than the machine's, in memory.
  using Pair [[gnu::vector_size(16)]] = double;

  static Pair Load(const double* from) {
    Pair pair;
    std::memcpy(&pair, from, sizeof pair);
    return pair;
  }

  void Multiply(const float* x, const double* block, double* sums) const {
    Pair a{};
    Pair b{};
    Pair c{};
    Pair d{};
    for (size_t j = 0; j < features_; ++j, block += kWidth) {
      const Pair factor = {static_cast<double>(x[j]), static_cast<double>(x[j])};
      a += factor * Load(block);
      b += factor * Load(block + 2);
      c += factor * Load(block + 4);
      d += factor * Load(block + 6);
    }
    const Pair pairs[] = {a, b, c, d};
    std::memcpy(sums, pairs, sizeof pairs);
  }

  size_t features_;
  size_t count_;
  std::vector<double> blocks_;
  std::vector<double> norms_;
};

/// Dot products with every vector, to kernel values, in place.
void ApplyKernel(const SvmClassifier& svm, const BlockedVectors& vectors, const float* x, std::vector<double>& values) {
  const double gamma = static_cast<double>(svm.gamma);
  const double coef0 = static_cast<double>(svm.coef0);
  switch (svm.kernel) {
    case SvmKernel::kLinear:
      return;
    case SvmKernel::kPoly:
      for (double& value : values) value = std::pow(gamma * value + coef0, svm.degree);
      return;
    case SvmKernel::kSigmoid:
      for (double& value : values) value = std::tanh(gamma * value + coef0);
      return;
    case SvmKernel::kRbf:
      double norm = 0;
      for (size_t j = 0; j < svm.features; ++j) norm += static_cast<double>(x[j]) * static_cast<double>(x[j]);
      for (size_t v = 0; v < values.size(); ++v) {
        values[v] = std::exp(-gamma * (norm + vectors.SquaredNorm(v) - 2 * values[v]));
      }
      return;
  }
}

/// The decision of pair (i, j) from the kernel values.
double Decide(const SvmClassifier& svm, const std::vector<double>& kernel, const std::vector<size_t>& starts, size_t i,
              size_t j, size_t pair) {
  const size_t vectors = kernel.size();
  double sum = -static_cast<double>(svm.rho[pair]);
  const auto add = [&](size_t of_class, size_t line) {
    for (size_t v = starts[of_class]; v < starts[of_class + 1]; ++v) {
      sum += static_cast<double>(svm.dual_coefficients[line * vectors + v]) * kernel[v];
    }
  };
  add(i, j - 1);
  add(j, i);
  return sum;
}

/// The coupling that trained.h defines.
void Couple(const SvmClassifier& svm, const std::vector<double>& decisions, size_t classes, float* probabilities) {
  std::vector<double> inverse(classes, 1.0);
  size_t pair = 0;
  for (size_t i = 0; i < classes; ++i) {
    for (size_t j = i + 1; j < classes; ++j, ++pair) {
      const double t =
          static_cast<double>(svm.sigmoid_a[pair]) * decisions[pair] + static_cast<double>(svm.sigmoid_b[pair]);
      inverse[i] += std::exp(t);
      inverse[j] += std::exp(-t);
    }
  }
  double sum = 0;
  for (const double value : inverse) sum += 1 / value;
  for (size_t label = 0; label < classes; ++label) probabilities[label] = static_cast<float>(1 / inverse[label] / sum);
}

std::vector<size_t> Starts(const std::vector<int32_t>& vectors_per_class) {
  std::vector<size_t> starts = {0};
  for (const int32_t count : vectors_per_class) starts.push_back(starts.back() + static_cast<size_t>(count));
  return starts;
}

}  // namespace

Predictions Classify(const SvmClassifier& svm, std::span<const float> encoded, size_t features, size_t classes) {
  const size_t rows = encoded.size() / features;
  const BlockedVectors vectors(svm.support_vectors, features);
  const auto starts = Starts(svm.vectors_per_class);
  const bool with_probability = !svm.sigmoid_a.empty();
  Predictions predictions;
  predictions.labels.resize(rows);
  predictions.probabilities.classes = classes;
  if (with_probability) predictions.probabilities.values.resize(rows * classes);
  std::vector<double> kernel(vectors.count());
  std::vector<double> decisions(svm.rho.size());
  for (size_t row = 0; row < rows; ++row) {
    const float* x = &encoded[row * features];
    vectors.Products(x, kernel);
    ApplyKernel(svm, vectors, x, kernel);
    std::vector<float> votes(classes, 0.0F);
    size_t pair = 0;
    for (size_t i = 0; i < classes; ++i) {
      for (size_t j = i + 1; j < classes; ++j, ++pair) {
        decisions[pair] = Decide(svm, kernel, starts, i, j, pair);
        ++votes[decisions[pair] > 0 ? i : j];
      }
    }
    predictions.labels[row] = Largest(votes);
    if (with_probability) Couple(svm, decisions, classes, &predictions.probabilities.values[row * classes]);
  }
  return predictions;
}

}  // namespace gyre::model::internal
