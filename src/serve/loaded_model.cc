#include "serve/loaded_model.h"

#include <cmath>

namespace gyre::serve {
namespace {

using std::chrono::nanoseconds;
using std::chrono::steady_clock;

constexpr size_t kWarmUpRuns = 5;
constexpr size_t kTimedRuns = 51;
constexpr std::chrono::milliseconds kTimedLimit{50};

class GraphRunner final : public ModelRunner {
 public:
  explicit GraphRunner(std::unique_ptr<model::RowRunner> runner) : runner_(std::move(runner)) {}

  base::Result<model::RowAnswers> Run(size_t rows, std::span<const float> numbers,
                                      std::span<const std::string_view> categories,
                                      const base::Cancellation& cancel) override {
    return runner_->Run(rows, numbers, categories, cancel);
  }

 private:
  std::unique_ptr<model::RowRunner> runner_;
};

/// One row to warm up with: the first golden one, else one within the signature's bounds.
struct SampleRow {
  std::vector<float> numbers;
  std::vector<std::string_view> categories;

  SampleRow(const model::Signature& signature, const model::GoldenRows& golden) {
    for (const auto& feature : signature.inputs) {
      const auto* column = golden.features.Find(feature.name);
      const bool known = column != nullptr && column->size() > 0 && column->type == feature.type;
      if (feature.type == model::FeatureType::kNumber) {
        numbers.push_back(known ? column->numbers[0] : WithinBounds(feature));
      } else {
        categories.emplace_back(known ? column->categories[0] : FirstCategory(feature));
      }
    }
  }

 private:
  static float WithinBounds(const model::Feature& feature) {
    if (feature.minimum && *feature.minimum > 0) return static_cast<float>(*feature.minimum);
    if (feature.maximum && *feature.maximum < 0) return static_cast<float>(*feature.maximum);
    return 0;
  }
  static std::string_view FirstCategory(const model::Feature& feature) {
    return feature.categories.empty() ? std::string_view("none") : std::string_view(feature.categories.front());
  }
};

base::Result<nanoseconds> MeasureRowCost(ModelRunner& runner, const SampleRow& row) {
  for (size_t i = 0; i < kWarmUpRuns; ++i) TRY(runner.Run(1, row.numbers, row.categories, {}));
  std::vector<nanoseconds> times;
  const auto begin = steady_clock::now();
  for (auto start = begin; times.size() < kTimedRuns && start - begin < kTimedLimit;) {
    TRY(runner.Run(1, row.numbers, row.categories, {}));
    const auto end = steady_clock::now();
    times.push_back(end - start);
    start = end;
  }
  std::ranges::nth_element(times, times.begin() + static_cast<ptrdiff_t>(times.size() / 2));
  return times[times.size() / 2];
}

/// What Load makes on its way.
struct Prepared {
  LoadedModel::RunnerFactory make_runner;
  nanoseconds row_cost{};
};

base::Result<Prepared> Prepare(onnx::Runtime& runtime, const model::Bundle& bundle) {
  const std::shared_ptr<const model::Executor> executor =
      TRY(model::Executor::Load(runtime, bundle.onnx, bundle.signature));
  TRY(model::CheckGolden(*executor, bundle.golden));
  Prepared prepared;
  prepared.make_runner = [executor]() -> base::Result<std::unique_ptr<ModelRunner>> {
    return std::make_unique<GraphRunner>(TRY(executor->MakeRunner()));
  };
  const auto runner = TRY(prepared.make_runner());
  prepared.row_cost = TRY(MeasureRowCost(*runner, SampleRow(bundle.signature, bundle.golden)));
  return prepared;
}

}  // namespace

LoadedModel::LoadedModel(registry::VersionRef version, model::Signature signature, nanoseconds row_cost,
                         RunnerFactory make_runner)
    : version_(std::move(version)),
      signature_(std::move(signature)),
      row_cost_(row_cost),
      make_runner_(std::move(make_runner)) {}

base::Result<std::shared_ptr<const LoadedModel>> LoadedModel::Load(onnx::Runtime& runtime,
                                                                   const registry::VersionRef& version,
                                                                   const model::Bundle& bundle) {
  auto prepared = TRY(Prepare(runtime, bundle));
  return Make(version, bundle.signature, prepared.row_cost, std::move(prepared.make_runner));
}

std::shared_ptr<const LoadedModel> LoadedModel::Make(const registry::VersionRef& version,
                                                     const model::Signature& signature, nanoseconds row_cost,
                                                     RunnerFactory make_runner) {
  return std::shared_ptr<const LoadedModel>(new LoadedModel(version, signature, row_cost, std::move(make_runner)));
}

base::Result<LoadedModel::Lease> LoadedModel::Borrow() const {
  auto lease = runners_.Take();
  if (lease.get() == nullptr) lease.Set(TRY(make_runner_()));
  return lease;
}

}  // namespace gyre::serve
