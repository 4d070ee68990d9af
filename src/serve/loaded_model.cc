#include "serve/loaded_model.h"

#include <cmath>

namespace gyre::serve {
namespace {

using std::chrono::nanoseconds;
using std::chrono::steady_clock;

constexpr size_t kWarmUpRuns = 5;
constexpr size_t kTimedRuns = 51;
constexpr std::chrono::milliseconds kTimedLimit{50};
constexpr int64_t kBatchRows = 32;
/// Above this, a batch is not worth its wait at load: every row is taken to cost as much as the first.
constexpr std::chrono::milliseconds kCheapRow{1};

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

/// Rows to warm up with: golden ones over and over, else one within the signature's bounds.
struct SampleRows {
  std::vector<float> numbers;
  std::vector<std::string_view> categories;

  SampleRows(const model::Signature& signature, const model::GoldenRows& golden, size_t count) {
    for (size_t row = 0; row < count; ++row) {
      for (const auto& feature : signature.inputs) Add(feature, golden.features.Find(feature.name), row);
    }
  }

 private:
  void Add(const model::Feature& feature, const model::FeatureColumn* column, size_t row) {
    const bool known = column != nullptr && column->size() > 0 && column->type == feature.type;
    if (feature.type == model::FeatureType::kNumber) {
      numbers.push_back(known ? column->numbers[row % column->size()] : WithinBounds(feature));
    } else {
      categories.emplace_back(known ? column->categories[row % column->size()] : FirstCategory(feature));
    }
  }
  static float WithinBounds(const model::Feature& feature) {
    if (feature.minimum && *feature.minimum > 0) return static_cast<float>(*feature.minimum);
    if (feature.maximum && *feature.maximum < 0) return static_cast<float>(*feature.maximum);
    return 0;
  }
  static std::string_view FirstCategory(const model::Feature& feature) {
    return feature.categories.empty() ? std::string_view("none") : std::string_view(feature.categories.front());
  }
};

/// The median time of a call with these rows.
base::Result<nanoseconds> MeasureCall(ModelRunner& runner, size_t count, const SampleRows& rows) {
  for (size_t i = 0; i < kWarmUpRuns; ++i) TRY(runner.Run(count, rows.numbers, rows.categories, {}));
  std::vector<nanoseconds> times;
  const auto begin = steady_clock::now();
  for (auto start = begin; times.size() < kTimedRuns && start - begin < kTimedLimit;) {
    TRY(runner.Run(count, rows.numbers, rows.categories, {}));
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
  nanoseconds further_row_cost{};
};

base::Result<void> MeasureCosts(const model::Bundle& bundle, Prepared& prepared) {
  const auto runner = TRY(prepared.make_runner());
  prepared.row_cost = TRY(MeasureCall(*runner, 1, SampleRows(bundle.signature, bundle.golden, 1)));
  prepared.further_row_cost = prepared.row_cost;
  if (prepared.row_cost > kCheapRow) return base::Ok();
  // A graph may take one row only; whoever sends more is told so then.
  const auto batch = MeasureCall(*runner, kBatchRows, SampleRows(bundle.signature, bundle.golden, kBatchRows));
  if (batch) prepared.further_row_cost = std::max(nanoseconds(0), (*batch - prepared.row_cost) / (kBatchRows - 1));
  return base::Ok();
}

base::Result<Prepared> Prepare(onnx::Runtime& runtime, const model::Bundle& bundle) {
  const std::shared_ptr<const model::Executor> executor =
      TRY(model::Executor::Load(runtime, bundle.onnx, bundle.signature));
  TRY(model::CheckGolden(*executor, bundle.golden));
  Prepared prepared;
  prepared.make_runner = [executor]() -> base::Result<std::unique_ptr<ModelRunner>> {
    return std::make_unique<GraphRunner>(TRY(executor->MakeRunner()));
  };
  TRY(MeasureCosts(bundle, prepared));
  return prepared;
}

}  // namespace

LoadedModel::LoadedModel(registry::VersionRef version, model::Signature signature, nanoseconds row_cost,
                         nanoseconds further_row_cost, RunnerFactory make_runner)
    : version_(std::move(version)),
      signature_(std::move(signature)),
      row_cost_(row_cost),
      further_row_cost_(further_row_cost),
      make_runner_(std::move(make_runner)) {}

base::Result<std::shared_ptr<const LoadedModel>> LoadedModel::Load(onnx::Runtime& runtime,
                                                                   const registry::VersionRef& version,
                                                                   const model::Bundle& bundle) {
  auto prepared = TRY(Prepare(runtime, bundle));
  return Make(version, bundle.signature, prepared.row_cost, std::move(prepared.make_runner), prepared.further_row_cost);
}

std::shared_ptr<const LoadedModel> LoadedModel::Make(const registry::VersionRef& version,
                                                     const model::Signature& signature, nanoseconds row_cost,
                                                     RunnerFactory make_runner,
                                                     std::optional<nanoseconds> further_row_cost) {
  return std::shared_ptr<const LoadedModel>(
      new LoadedModel(version, signature, row_cost, further_row_cost.value_or(row_cost), std::move(make_runner)));
}

base::Result<LoadedModel::Lease> LoadedModel::Borrow() const {
  auto lease = runners_.Take();
  if (lease.get() == nullptr) lease.Set(TRY(make_runner_()));
  return lease;
}

}  // namespace gyre::serve
