#pragma once

#include <memory>
#include <span>
#include <vector>

#include "train/internal/dot_products.h"
#include "train/internal/rows.h"

struct svm_model;
struct svm_node;
struct svm_parameter;

namespace gyre::train::internal {

/// A kernel with its parameters as libsvm takes them.
struct SvmKernelSpec {
  int type = 0;  ///< LINEAR, POLY, RBF or SIGMOID
  int degree = 3;
  double gamma = 0;
  double coef0 = 0;
};

/// Rows in libsvm's form: with `dots`, as rows of a precomputed kernel matrix (equal to libsvm's own kernel values to
/// the last bit), else as feature vectors.
class SvmNodes {
 public:
  SvmNodes(const Rows& rows, const DotProducts* dots, const SvmKernelSpec& kernel);
  ~SvmNodes();
  SvmNodes(const SvmNodes&) = delete;
  SvmNodes& operator=(const SvmNodes&) = delete;

  svm_node* Row(size_t row) const;
  const SvmKernelSpec& kernel() const { return kernel_; }
  bool precomputed() const { return precomputed_; }

 private:
  void FillPrecomputed(const DotProducts& dots);
  void FillFeatures(const Rows& rows);

  SvmKernelSpec kernel_;
  bool precomputed_;
  size_t stride_;
  std::vector<svm_node> nodes_;
};

struct SvmModelFree {
  void operator()(svm_model* model) const;
};
/// Valid while the SvmNodes it was trained on are.
using SvmModel = std::unique_ptr<svm_model, SvmModelFree>;

struct SvmCosts {
  double C = 1;
  double tolerance = 1e-3;
  std::vector<double> class_weights;
};

/// Trains on the given rows, which must be in ascending order of class: then libsvm numbers classes as we do, and its
/// results equal scikit-learn's.
SvmModel TrainSvm(const SvmNodes& nodes, std::span<const size_t> rows, std::span<const int32_t> labels,
                  const SvmCosts& costs);

}  // namespace gyre::train::internal
