#include "train/internal/libsvm.h"

#include <cmath>
#include <libsvm/svm.h>

namespace gyre::train::internal {
namespace {

/// libsvm reports progress through one process-wide function, standard output by default.
void SilenceLibsvm() {
  static const bool silent = [] {
    svm_set_print_string_function([](const char*) {});
    return true;
  }();
  static_cast<void>(silent);
}

/// Whole powers by squaring, in libsvm's order of multiplications.
double WholePower(double base, int times) {
  double power = 1;
  for (double square = base; times > 0; times /= 2, square *= square) {
    if (times % 2 == 1) power *= square;
  }
  return power;
}

double KernelValue(const SvmKernelSpec& kernel, double dot, double norm_i, double norm_j) {
  switch (kernel.type) {
    case POLY:
      return WholePower(kernel.gamma * dot + kernel.coef0, kernel.degree);
    case RBF:
      return std::exp(-kernel.gamma * (norm_i + norm_j - 2 * dot));
    case SIGMOID:
      return std::tanh(kernel.gamma * dot + kernel.coef0);
    default:
      return dot;
  }
}

}  // namespace

SvmNodes::SvmNodes(const Rows& rows, const DotProducts* dots, const SvmKernelSpec& kernel)
    : kernel_(kernel), precomputed_(dots != nullptr), stride_((dots ? rows.count() : rows.features) + 1) {
  nodes_.resize(rows.count() * stride_);
  if (dots != nullptr) {
    FillPrecomputed(*dots);
  } else {
    FillFeatures(rows);
  }
}

SvmNodes::~SvmNodes() = default;

svm_node* SvmNodes::Row(size_t row) const {
  return const_cast<svm_node*>(&nodes_[row * stride_]);
}

void SvmNodes::FillPrecomputed(const DotProducts& dots) {
  std::vector<double> norms(dots.size());
  for (size_t i = 0; i < norms.size(); ++i) norms[i] = dots.Row(i)[i];
  for (size_t i = 0; i < norms.size(); ++i) {
    svm_node* node = &nodes_[i * stride_];
    node[0].value = static_cast<double>(i + 1);  // where other rows find this one
    const auto row = dots.Row(i);
    for (size_t j = 0; j <= i; ++j) {
      const double value = KernelValue(kernel_, row[j], norms[i], norms[j]);
      node[j + 1].value = value;
      nodes_[j * stride_ + i + 1].value = value;
    }
  }
}

void SvmNodes::FillFeatures(const Rows& rows) {
  for (size_t i = 0; i < rows.count(); ++i) {
    svm_node* node = &nodes_[i * stride_];
    const auto row = rows.Row(i);
    for (size_t j = 0; j < row.size(); ++j) {
      if (row[j] != 0) *node++ = {.index = static_cast<int>(j + 1), .value = static_cast<double>(row[j])};
    }
    *node = {.index = -1, .value = 0};
  }
}

void SvmModelFree::operator()(svm_model* model) const {
  svm_free_and_destroy_model(&model);
}

SvmModel TrainSvm(const SvmNodes& nodes, std::span<const size_t> rows, std::span<const int32_t> labels,
                  const SvmCosts& costs) {
  SilenceLibsvm();
  std::vector<svm_node*> x;
  std::vector<double> y;
  for (const size_t row : rows) {
    x.push_back(nodes.Row(row));
    y.push_back(labels[row]);
  }
  std::vector<int> weight_labels(costs.class_weights.size());
  for (size_t i = 0; i < weight_labels.size(); ++i) weight_labels[i] = static_cast<int>(i);
  auto weights = costs.class_weights;
  svm_problem problem{.l = static_cast<int>(x.size()), .y = y.data(), .x = x.data()};
  svm_parameter parameter{};
  parameter.svm_type = C_SVC;
  parameter.kernel_type = nodes.precomputed() ? PRECOMPUTED : nodes.kernel().type;
  parameter.degree = nodes.kernel().degree;
  parameter.gamma = nodes.kernel().gamma;
  parameter.coef0 = nodes.kernel().coef0;
  parameter.cache_size = 200;
  parameter.eps = costs.tolerance;
  parameter.C = costs.C;
  parameter.nr_weight = static_cast<int>(weights.size());
  parameter.weight_label = weight_labels.data();
  parameter.weight = weights.data();
  parameter.shrinking = 1;
  SvmModel model(svm_train(&problem, &parameter));
  // libsvm keeps a copy of these pointers, which end here.
  model->param.nr_weight = 0;
  model->param.weight_label = nullptr;
  model->param.weight = nullptr;
  return model;
}

}  // namespace gyre::train::internal
