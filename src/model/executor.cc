#include "model/executor.h"

#include "model/internal/executor_state.h"
#include "model/internal/runner.h"
#include "onnx/graph_edit.h"

namespace gyre::model {
namespace {

using internal::ExecutorState;

/// The graph with its columns folded into one input, if it is of that kind and still loads; else null and the graph as
/// it is.
base::Result<std::shared_ptr<ExecutorState>> LoadAndBind(onnx::Runtime& runtime, std::string_view graph,
                                                         const Signature& signature, const Executor::Options& options) {
  auto state = std::make_shared<ExecutorState>();
  state->signature = signature;
  const auto folded = TRY(onnx::FoldColumns(graph));
  if (folded) {
    auto session = runtime.Load(folded->bytes, options.session);
    if (session) {
      state->session = *std::move(session);
      TRY(internal::Bind(*state, &*folded));
      return state;
    }
  }
  state->session = TRY(runtime.Load(graph, options.session));
  TRY(internal::Bind(*state, nullptr));
  return state;
}

/// A frame as rows: numbers and categories in signature order, columns that are absent as missing values.
struct Rows {
  std::vector<float> numbers;
  std::vector<std::string_view> categories;

  Rows(const Signature& signature, const Frame& frame) {
    const size_t rows = frame.rows();
    numbers.assign(rows * signature.CountInputs(FeatureType::kNumber), std::numeric_limits<float>::quiet_NaN());
    categories.assign(rows * signature.CountInputs(FeatureType::kCategory), {});
    size_t number = 0;
    size_t category = 0;
    for (const auto& feature : signature.inputs) {
      const bool is_number = feature.type == FeatureType::kNumber;
      const size_t place = is_number ? number++ : category++;
      const auto* column = frame.Find(feature.name);
      if (column == nullptr) continue;
      if (is_number) {
        Scatter(column->numbers, place, numbers.size() / rows, numbers);
      } else {
        Scatter(column->categories, place, categories.size() / rows, categories);
      }
    }
  }

 private:
  template <class From, class To>
  static void Scatter(const From& from, size_t place, size_t stride, To& to) {
    for (size_t row = 0; row < from.size(); ++row) to[row * stride + place] = from[row];
  }
};

}  // namespace

RowRunner::RowRunner(std::unique_ptr<internal::RunnerState> state) : state_(std::move(state)) {}

RowRunner::~RowRunner() = default;

base::Result<RowAnswers> RowRunner::Run(size_t rows, std::span<const float> numbers,
                                        std::span<const std::string_view> categories,
                                        const base::Cancellation& cancel) {
  return state_->Run(rows, {.numbers = numbers, .categories = categories}, cancel);
}

void RowRunner::Terminate() {
  state_->Terminate();
}

Executor::Executor(std::shared_ptr<const ExecutorState> state) : state_(std::move(state)) {}

Executor::~Executor() = default;

base::Result<std::unique_ptr<Executor>> Executor::Load(onnx::Runtime& runtime, std::string_view onnx,
                                                       const Signature& signature, const Options& options) {
  TRY(signature.Check());
  auto state = TRY(LoadAndBind(runtime, onnx, signature, options));
  return std::unique_ptr<Executor>(new Executor(std::move(state)));
}

const Signature& Executor::signature() const {
  return state_->signature;
}

base::Result<Answers> Executor::Predict(const Frame& frame, const base::Cancellation& cancel) const {
  if (frame.rows() == 0) return base::InvalidArgument("there are no rows to answer");
  TRY(CheckFrame(state_->signature, frame));
  const Rows rows(state_->signature, frame);
  const auto runner = TRY(MakeRunner());
  const auto answers = TRY(runner->Run(frame.rows(), rows.numbers, rows.categories, cancel));
  Answers copied;
  copied.labels.assign(answers.labels.begin(), answers.labels.end());
  if (!answers.probabilities.empty()) copied.probabilities.classes = state_->signature.classes.size();
  copied.probabilities.values.assign(answers.probabilities.begin(), answers.probabilities.end());
  copied.values.assign(answers.values.begin(), answers.values.end());
  return copied;
}

base::Result<std::unique_ptr<RowRunner>> Executor::MakeRunner() const {
  return std::make_unique<RowRunner>(std::make_unique<internal::RunnerState>(state_));
}

uint64_t Executor::memory_bytes() const {
  return state_->session->memory_bytes();
}

}  // namespace gyre::model
