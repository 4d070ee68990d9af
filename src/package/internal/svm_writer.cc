#include "package/internal/graph_writer.h"

namespace gyre::package::internal {
namespace {

using model::SvmClassifier;
using model::SvmKernel;
using onnx::ElementType;
using onnx::GraphBuilder;
using onnx::NodeSpec;

/// Class pairs times support vectors: what the matrix of pairwise coefficients may hold (512 MiB as float).
constexpr size_t kMaxPairCoefficients = 128 << 20;

std::string Inside(std::string_view name) {
  return kInside + std::string(name);
}

class SvmWriter {
 public:
  SvmWriter(const SvmClassifier& svm, const EncodedFeatures& features, const model::Signature& signature,
            GraphBuilder& graph)
      : svm_(svm),
        features_(features),
        signature_(signature),
        graph_(graph),
        classes_(signature.classes.size()),
        pairs_(classes_ * (classes_ - 1) / 2) {
    for (const int32_t count : svm.vectors_per_class) vectors_ += static_cast<size_t>(std::max(count, 0));
  }

  base::Result<void> Write() {
    TRY(Check());
    const auto x = WriteCast(features_.value, ElementType::kDouble, Inside("x"), graph_);
    WriteKernel(x);
    WriteDecisions();
    if (classes_ == 2) {
      WritePair();
    } else {
      WriteVotes();
      WriteCoupling();
    }
    return base::Ok();
  }

 private:
  base::Result<void> Check() const {
    const size_t width = features_.place.size();
    if (svm_.sigmoid_a.empty()) {
      return base::InvalidArgument("the SVM gives no probabilities; train it with them to package it");
    }
    if (svm_.features != width || svm_.vectors_per_class.size() != classes_ || vectors_ == 0 ||
        svm_.support_vectors.size() != vectors_ * width || svm_.dual_coefficients.size() != (classes_ - 1) * vectors_ ||
        svm_.rho.size() != pairs_ || svm_.sigmoid_a.size() != pairs_ || svm_.sigmoid_b.size() != pairs_) {
      return base::InvalidArgument(
          fmt::format("the SVM does not have the sizes of {} features and {} classes", width, classes_));
    }
    if (pairs_ * vectors_ > kMaxPairCoefficients) {
      return base::TooLarge(
          fmt::format("an SVM of {} support vectors and {} classes is too large to package", vectors_, classes_));
    }
    return base::Ok();
  }

  /// A double constant of any shape.
  std::string Constant(std::string_view name, std::vector<int64_t> shape, std::vector<double> values) {
    graph_.Initializer(Inside(name), {.shape = std::move(shape), .values = std::move(values)});
    return Inside(name);
  }

  /// A double constant kept as float in the file; ONNX Runtime casts it once, when the graph is loaded.
  std::string FloatConstant(std::string_view name, std::vector<int64_t> shape, std::vector<float> values) {
    const auto stored = fmt::format("{}_stored", Inside(name));
    graph_.Initializer(stored, {.shape = std::move(shape), .values = std::move(values)});
    return WriteCast(stored, ElementType::kDouble, Inside(name), graph_);
  }

  std::string Apply(std::string op, std::vector<std::string> inputs, std::string_view name,
                    std::vector<onnx::Attribute> attributes = {}) {
    graph_.Node({.op_type = std::move(op),
                 .inputs = std::move(inputs),
                 .outputs = {Inside(name)},
                 .attributes = std::move(attributes)});
    return Inside(name);
  }

  /// The transposed support vectors in the graph's order of features: [features, vectors].
  std::string WriteVectors() {
    const size_t width = features_.place.size();
    std::vector<float> transposed(width * vectors_);
    for (size_t v = 0; v < vectors_; ++v) {
      for (size_t j = 0; j < width; ++j)
        transposed[features_.place[j] * vectors_ + v] = svm_.support_vectors[v * width + j];
    }
    return FloatConstant("vectors", {static_cast<int64_t>(width), static_cast<int64_t>(vectors_)},
                         std::move(transposed));
  }

  /// K(v, x) for every row and vector.
  void WriteKernel(const std::string& x) {
    const auto vectors = WriteVectors();
    if (svm_.kernel == SvmKernel::kLinear) {
      Apply("MatMul", {x, vectors}, "kernel");
      return;
    }
    if (svm_.kernel == SvmKernel::kRbf) {
      WriteRbf(x, vectors);
      return;
    }
    const auto coef0 = Constant("coef0", {1}, {static_cast<double>(svm_.coef0)});
    const auto product = Apply("Gemm", {x, vectors, coef0}, "product", {{"alpha", svm_.gamma}});
    if (svm_.kernel == SvmKernel::kSigmoid) {
      Apply("Tanh", {product}, "kernel");
    } else {
      Apply("Pow", {product, Constant("degree", {1}, {static_cast<double>(svm_.degree)})}, "kernel");
    }
  }

  /// exp(-gamma |v - x|^2) as exp((2 gamma v.x - gamma |v|^2) - gamma |x|^2): one matrix product. In double the
  /// cancellation costs nothing that shows.
  void WriteRbf(const std::string& x, const std::string& vectors) {
    const double gamma = static_cast<double>(svm_.gamma);
    const size_t width = features_.place.size();
    std::vector<double> norms(vectors_);
    for (size_t v = 0; v < vectors_; ++v) {
      double sum = 0;
      for (size_t j = 0; j < width; ++j) {
        const double value = static_cast<double>(svm_.support_vectors[v * width + j]);
        sum += value * value;
      }
      norms[v] = -gamma * sum;
    }
    const auto of_vectors = Constant("vector_norms", {1, static_cast<int64_t>(vectors_)}, std::move(norms));
    const auto product = Apply("Gemm", {x, vectors, of_vectors}, "product", {{"alpha", 2 * svm_.gamma}});
    const auto squares = Apply("ReduceSumSquare", {x}, "squares", {{"axes", std::vector<int64_t>{1}}});
    const auto of_row = Apply("Mul", {squares, Constant("gamma", {1}, {gamma})}, "row_norms");
    Apply("Exp", {Apply("Sub", {product, of_row}, "exponent")}, "kernel");
  }

  /// d of every class pair: a column of coefficients each, zero for the vectors of other classes.
  void WriteDecisions() {
    std::vector<float> coefficients(vectors_ * pairs_, 0.0F);
    std::vector<size_t> starts = {0};
    for (const int32_t count : svm_.vectors_per_class) starts.push_back(starts.back() + static_cast<size_t>(count));
    size_t pair = 0;
    for (size_t i = 0; i < classes_; ++i) {
      for (size_t j = i + 1; j < classes_; ++j, ++pair) {
        for (size_t v = starts[i]; v < starts[i + 1]; ++v) {
          coefficients[v * pairs_ + pair] = svm_.dual_coefficients[(j - 1) * vectors_ + v];
        }
        for (size_t v = starts[j]; v < starts[j + 1]; ++v) {
          coefficients[v * pairs_ + pair] = svm_.dual_coefficients[i * vectors_ + v];
        }
      }
    }
    const auto of_pairs = static_cast<int64_t>(pairs_);
    const auto stored =
        FloatConstant("coefficients", {static_cast<int64_t>(vectors_), of_pairs}, std::move(coefficients));
    std::vector<double> offsets;
    for (const float rho : svm_.rho) offsets.push_back(-static_cast<double>(rho));
    Apply("Gemm", {Inside("kernel"), stored, Constant("offsets", {of_pairs}, std::move(offsets))}, "decisions");
  }

  /// Two classes: the first where d > 0; probabilities are the sigmoids of -t and t with t = a d + b.
  void WritePair() {
    const double a = static_cast<double>(svm_.sigmoid_a[0]);
    const double b = static_cast<double>(svm_.sigmoid_b[0]);
    const auto zero = Constant("zero", {1}, {0});
    const auto second = Apply("LessOrEqual", {Inside("decisions"), zero}, "second");
    const auto column = WriteCast(second, ElementType::kInt64, Inside("winner_column"), graph_);
    graph_.Initializer(Inside("one"), {.shape = {1}, .values = std::vector<int64_t>{1}});
    WriteLabels(Apply("Squeeze", {column, Inside("one")}, "winner"), signature_, graph_);
    const auto scaled = Apply("Mul", {Inside("decisions"), Constant("slopes", {2}, {-a, a})}, "scaled_decisions");
    const auto logits = Apply("Add", {scaled, Constant("shifts", {2}, {-b, b})}, "logits");
    WriteCast(Apply("Sigmoid", {logits}, "exact"), ElementType::kFloat, signature_.probability_output, graph_);
  }

  /// [pairs, classes] with `of_first` where the class is the pair's first and `of_second` where it is its second.
  std::string PairMatrix(std::string_view name, double of_first, double of_second) {
    std::vector<double> matrix(pairs_ * classes_, 0);
    size_t pair = 0;
    for (size_t i = 0; i < classes_; ++i) {
      for (size_t j = i + 1; j < classes_; ++j, ++pair) {
        matrix[pair * classes_ + i] = of_first;
        matrix[pair * classes_ + j] = of_second;
      }
    }
    return Constant(name, {static_cast<int64_t>(pairs_), static_cast<int64_t>(classes_)}, std::move(matrix));
  }

  /// Each pair votes for its first class where d > 0, else for its second. Counted from "all for the second", which
  /// gives class j its j votes; a pair that goes to its first class moves one vote over.
  void WriteVotes() {
    const auto zero = Constant("zero", {1}, {0});
    const auto first = Apply("Greater", {Inside("decisions"), zero}, "first");
    const auto won = WriteCast(first, ElementType::kDouble, Inside("won"), graph_);
    std::vector<double> all_second(classes_);
    for (size_t label = 0; label < classes_; ++label) all_second[label] = static_cast<double>(label);
    const auto base = Constant("votes_of_second", {static_cast<int64_t>(classes_)}, std::move(all_second));
    const auto votes = Apply("Gemm", {won, PairMatrix("moves", 1, -1), base}, "votes");
    WriteLabels(Apply("ArgMax", {votes}, "winner", {{"axis", int64_t{1}}, {"keepdims", int64_t{0}}}), signature_,
                graph_);
  }

  /// The coupling that model/trained.h defines. t is held within 700 of 0, where exp is still finite: an infinity would
  /// meet a zero of the matrix.
  void WriteCoupling() {
    std::vector<double> a(svm_.sigmoid_a.begin(), svm_.sigmoid_a.end());
    std::vector<double> b(svm_.sigmoid_b.begin(), svm_.sigmoid_b.end());
    const auto of_pairs = static_cast<int64_t>(pairs_);
    const auto scaled =
        Apply("Mul", {Inside("decisions"), Constant("slopes", {of_pairs}, std::move(a))}, "scaled_decisions");
    const auto t = Apply("Add", {scaled, Constant("shifts", {of_pairs}, std::move(b))}, "logits");
    const auto held = Apply("Clip", {t, Constant("lowest", {}, {-700}), Constant("highest", {}, {700})}, "held");
    const auto odds = Apply("Exp", {held}, "odds");
    const auto inverse_odds = Apply("Reciprocal", {odds}, "inverse_odds");
    const auto one = Constant("one", {1}, {1});
    const auto of_first = Apply("Gemm", {odds, PairMatrix("firsts", 1, 0), one}, "of_first");
    const auto of_second = Apply("MatMul", {inverse_odds, PairMatrix("seconds", 0, 1)}, "of_second");
    const auto shares = Apply("Reciprocal", {Apply("Add", {of_first, of_second}, "inverse_shares")}, "shares");
    graph_.Initializer(Inside("axis"), {.shape = {1}, .values = std::vector<int64_t>{1}});
    const auto sum = Apply("ReduceSum", {shares, Inside("axis")}, "sum");
    WriteCast(Apply("Div", {shares, sum}, "exact"), ElementType::kFloat, signature_.probability_output, graph_);
  }

  const SvmClassifier& svm_;
  const EncodedFeatures& features_;
  const model::Signature& signature_;
  GraphBuilder& graph_;
  const size_t classes_;
  const size_t pairs_;
  size_t vectors_ = 0;
};

}  // namespace

base::Result<void> WriteClassifier(const SvmClassifier& svm, const EncodedFeatures& features,
                                   const model::Signature& signature, onnx::GraphBuilder& graph) {
  return SvmWriter(svm, features, signature, graph).Write();
}

}  // namespace gyre::package::internal
