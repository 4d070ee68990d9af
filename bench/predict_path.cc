// Times the predict path without the network: nanoseconds per Predictor::PredictJson and how they divide into parsing,
// the model and the rest. The model is a forest of 100 random trees of depth 8 over 12 numbers and a category, as an
// ONNX graph. One thread; medians of rounds, since other work on the machine only ever adds.
#include <chrono>
#include <cstdio>
#include <random>

#include "base/id.h"
#include "package/export.h"
#include "serve/internal/row_parser.h"
#include "serve/predictor.h"

namespace gyre::bench {
namespace {

using std::chrono::steady_clock;

constexpr size_t kNumbers = 12;
constexpr size_t kTrees = 100;
constexpr int kDepth = 8;
constexpr int kRounds = 40;
constexpr std::chrono::milliseconds kRound{20};

const std::vector<std::string> kAirports = {"EWR", "JFK", "LGA"};

template <class T>
T OrDie(base::Result<T> result) {
  if (result) return *std::move(result);
  fmt::print(stderr, "predict_path: {}\n", result.error().ToString());
  std::exit(1);
}

model::Signature Signature() {
  model::Signature signature;
  for (size_t i = 0; i < kNumbers; ++i) {
    signature.inputs.push_back(
        {.name = fmt::format("feature_{}", i), .nullable = true, .minimum = -1000, .maximum = 1000});
  }
  signature.inputs.push_back(
      {.name = "origin", .type = model::FeatureType::kCategory, .nullable = true, .categories = kAirports});
  signature.classes = {"dry", "rain"};
  signature.positive_class = "rain";
  return signature;
}

class RandomForest {
 public:
  model::TrainedModel Make() {
    model::TrainedModel model;
    for (size_t i = 0; i < kNumbers; ++i)
      model.encodings.push_back({fmt::format("feature_{}", i), model::NumberEncoding{}});
    model.encodings.push_back({"origin", model::CategoryEncoding{kAirports}});
    model.classes = {"dry", "rain"};
    for (size_t i = 0; i < kTrees; ++i) {
      forest_.trees.emplace_back();
      Grow(forest_.trees.back(), kDepth);
    }
    model.classifier = std::move(forest_);
    return model;
  }

 private:
  int32_t Grow(std::vector<model::TreeNode>& tree, int depth) {
    const auto index = static_cast<int32_t>(tree.size());
    tree.emplace_back();
    if (depth == 0) {
      tree.back().leaf = static_cast<int32_t>(forest_.leaf_values.size() / 2);
      const float rain = unit_(random_) / kTrees;
      forest_.leaf_values.push_back(1.0F / kTrees - rain);
      forest_.leaf_values.push_back(rain);
      return index;
    }
    tree.back().feature = static_cast<int32_t>(random_() % (kNumbers + kAirports.size()));
    tree.back().threshold = static_cast<size_t>(tree.back().feature) < kNumbers ? 100 * unit_(random_) : 0.5F;
    const int32_t left = Grow(tree, depth - 1);
    const int32_t right = Grow(tree, depth - 1);
    tree[static_cast<size_t>(index)].left = left;
    tree[static_cast<size_t>(index)].right = right;
    return index;
  }

  std::mt19937 random_{7};
  std::uniform_real_distribution<float> unit_{0, 1};
  model::TreeEnsemble forest_;
};

/// What Python's json.dumps sends.
std::string Body(size_t rows) {
  std::mt19937 random(3);
  std::string body = rows == 1 ? "" : "[";
  for (size_t row = 0; row < rows; ++row) {
    body += row > 0 ? ", {" : "{";
    for (size_t i = 0; i < kNumbers; ++i) {
      body += fmt::format("\"feature_{}\": {}.{:02}, ", i, random() % 100, random() % 100);
    }
    body += fmt::format("\"origin\": \"{}\"}}", kAirports[random() % kAirports.size()]);
  }
  return rows == 1 ? body : body + "]";
}

class NoLog final : public serve::PredictionSink {
 public:
  bool Offer(const serve::PredictionBatch&) override { return true; }
};

/// Rain with certainty, at once.
class ConstantRunner final : public serve::ModelRunner {
 public:
  base::Result<model::RowAnswers> Run(size_t rows, std::span<const float>, std::span<const std::string_view>,
                                      const base::Cancellation&) override {
    return model::RowAnswers{.labels = std::span(labels_).first(rows),
                             .probabilities = std::span(probabilities_).first(2 * rows),
                             .values = {}};
  }

 private:
  std::vector<int32_t> labels_ = std::vector<int32_t>(1024, 1);
  std::vector<float> probabilities_ = std::vector<float>(2048, 0.8125F);
};

/// Nanoseconds per call.
template <class Call>
double Time(Call call) {
  double best = 1e18;
  for (int round = 0; round < kRounds; ++round) {
    size_t calls = 0;
    const auto start = steady_clock::now();
    auto now = start;
    for (; now - start < kRound; now = steady_clock::now()) {
      for (int i = 0; i < 16; ++i) call();
      calls += 16;
    }
    best = std::min(best, std::chrono::duration<double, std::nano>(now - start).count() / static_cast<double>(calls));
  }
  return best;
}

class Bench {
 public:
  Bench() {
    model::Bundle bundle;
    bundle.signature = Signature();
    bundle.onnx = OrDie(package::ExportOnnx(RandomForest().Make(), bundle.signature, "bench"));
    const auto version = OrDie(registry::VersionRef::Parse("forest/1"));
    Install("forest", OrDie(serve::LoadedModel::Load(runtime_, version, bundle)));
    Install("constant", serve::LoadedModel::Make(version, bundle.signature, std::chrono::nanoseconds(1), [] {
              return base::Result<std::unique_ptr<serve::ModelRunner>>(std::make_unique<ConstantRunner>());
            }));
  }

  void Run(size_t rows) {
    const std::string body = Body(rows);
    const double whole = TimePredict("forest", body);
    const double path = TimePredict("constant", body);
    const serve::internal::FeaturePlan plan(Signature());
    serve::internal::RowParser parser;
    serve::internal::RowBatch batch;
    const double parse = Time([&] {
      if (!parser.Parse(plan, body, {}, batch)) std::exit(1);
    });
    fmt::print(
        "{:>3} row(s), {:>5} bytes: {:>8.0f} ns = parse {:.0f} ({:.0f}%, {:.2f} GB/s) + model {:.0f} ({:.0f}%) + rest "
        "{:.0f} ({:.0f}%); {:.0f} rows/s\n",
        rows, body.size(), whole, parse, 100 * parse / whole, static_cast<double>(body.size()) / parse, whole - path,
        100 * (whole - path) / whole, path - parse, 100 * (path - parse) / whole,
        1e9 * static_cast<double>(rows) / whole);
  }

 private:
  void Install(const std::string& name, std::shared_ptr<const serve::LoadedModel> model) {
    if (!endpoints_.Install(serve::EndpointName(name), {.champion = std::move(model)})) std::exit(1);
  }
  double TimePredict(std::string_view endpoint, const std::string& body) {
    std::string answer;
    return Time([&] {
      answer.clear();
      if (!predictor_.PredictJson(endpoint, body, {}, answer)) std::exit(1);
    });
  }

  onnx::Runtime runtime_;
  base::Metrics metrics_;
  serve::Endpoints endpoints_{metrics_};
  NoLog sink_;
  base::SystemClock clock_;
  base::SystemEntropy entropy_;
  serve::Predictor predictor_{{}, {endpoints_, sink_, clock_, entropy_}};
};

}  // namespace
}  // namespace gyre::bench

int main() {
  gyre::bench::Bench bench;
  for (const size_t rows : {1, 32, 256}) bench.Run(rows);
  return 0;
}
