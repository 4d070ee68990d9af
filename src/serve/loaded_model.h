#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/cancel.h"
#include "base/core_pool.h"
#include "base/result.h"
#include "model/bundle.h"
#include "model/executor.h"
#include "onnx/runtime.h"
#include "registry/model_version.h"

namespace gyre::serve {

/// One thread's way of asking a model; see model::RowRunner, which is behind all but tests' models. Answers stay valid
/// until its next Run.
class ModelRunner {
 public:
  virtual ~ModelRunner() = default;
  virtual base::Result<model::RowAnswers> Run(size_t rows, std::span<const float> numbers,
                                              std::span<const std::string_view> categories,
                                              const base::Cancellation& cancel) = 0;
};

/// A model version ready to answer. Thread-safe; shared by everyone who answers with it, freed with the last of them.
class LoadedModel {
 public:
  using RunnerFactory = std::function<base::Result<std::unique_ptr<ModelRunner>>()>;

  /// Loads, checks the golden rows, warms up and measures. kUnprocessable names the first golden row that is answered
  /// differently; kInvalidArgument what does not fit in the graph. It is for the caller to add which version that is.
  static base::Result<std::shared_ptr<const LoadedModel>> Load(onnx::Runtime& runtime,
                                                               const registry::VersionRef& version,
                                                               const model::Bundle& bundle);

  /// One that answers by other means than ONNX Runtime: `make_runner` is called, from any thread, whenever more threads
  /// answer at once than ever before. `further_row_cost` is `row_cost` if not told.
  static std::shared_ptr<const LoadedModel> Make(const registry::VersionRef& version, const model::Signature& signature,
                                                 std::chrono::nanoseconds row_cost, RunnerFactory make_runner,
                                                 std::optional<std::chrono::nanoseconds> further_row_cost = {});

  const registry::VersionRef& version() const { return version_; }
  const model::Signature& signature() const { return signature_; }
  /// Median time of one single-row call, measured at load.
  std::chrono::nanoseconds row_cost() const { return row_cost_; }
  /// What a call of so many rows takes, by what was measured at load: a further row costs less than the first, often by
  /// far.
  std::chrono::nanoseconds CostOf(size_t rows) const {
    return rows == 0 ? std::chrono::nanoseconds(0) : row_cost_ + static_cast<int64_t>(rows - 1) * further_row_cost_;
  }

  /// A runner that no one else has meanwhile. Runners are kept with the model, one per core that answers, so that they
  /// go when it goes: the lease must not outlive the model.
  using Lease = base::CorePool<ModelRunner>::Lease;
  base::Result<Lease> Borrow() const;

 private:
  LoadedModel(registry::VersionRef version, model::Signature signature, std::chrono::nanoseconds row_cost,
              std::chrono::nanoseconds further_row_cost, RunnerFactory make_runner);

  const registry::VersionRef version_;
  const model::Signature signature_;
  const std::chrono::nanoseconds row_cost_;
  const std::chrono::nanoseconds further_row_cost_;
  const RunnerFactory make_runner_;
  mutable base::CorePool<ModelRunner> runners_;
};

}  // namespace gyre::serve
