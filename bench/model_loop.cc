// The other limit of a prediction: the model call alone. Loads a bundle as the server does and asks it again and again
// with its own golden rows, one thread; prints microseconds of its core per call as JSON: {"rows": 1,
// "microseconds": 7.1}.
//   model_loop --bundle DIR --rows 1 --seconds 0.2
#include <time.h>

#include "arguments.h"
#include "model/bundle.h"
#include "model/executor.h"

namespace gyre::bench {
namespace {

template <class T>
T OrDie(base::Result<T> result) {
  if (result) return *std::move(result);
  fmt::print(stderr, "model_loop: {}\n", result.error().ToString());
  std::exit(1);
}

/// Golden rows over and over, as RowRunner takes them.
struct Rows {
  size_t count = 0;
  std::vector<float> numbers;
  std::vector<std::string_view> categories;
};

Rows RepeatGolden(const model::GoldenRows& golden, size_t first, size_t count) {
  Rows rows{.count = count};
  for (size_t i = 0; i < count; ++i) {
    const size_t row = (first + i) % golden.features.rows();
    for (const auto& column : golden.features.columns) {
      if (column.type == model::FeatureType::kNumber) {
        rows.numbers.push_back(column.numbers[row]);
      } else {
        rows.categories.push_back(column.categories[row]);
      }
    }
  }
  return rows;
}

double ThreadSeconds() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + 1e-9 * static_cast<double>(used.tv_nsec);
}

double Microseconds(model::RowRunner& runner, const model::GoldenRows& golden, size_t count, double seconds) {
  std::vector<Rows> requests;
  for (size_t i = 0; i < golden.features.rows(); ++i) requests.push_back(RepeatGolden(golden, i, count));
  const double start = ThreadSeconds();
  size_t calls = 0;
  double passed = 0;
  while (passed < seconds) {
    for (const auto& rows : requests) OrDie(runner.Run(rows.count, rows.numbers, rows.categories));
    calls += requests.size();
    passed = ThreadSeconds() - start;
  }
  return 1e6 * passed / static_cast<double>(calls);
}

}  // namespace
}  // namespace gyre::bench

int main(int argc, char** argv) {
  using namespace gyre;
  const bench::Arguments arguments(argc, argv, {{"bundle", ""}, {"rows", "1"}, {"seconds", "0.2"}});
  const auto bundle = bench::OrDie(model::ReadBundle(arguments.Text("bundle")));
  if (bundle.golden.features.rows() == 0) {
    fmt::print(stderr, "model_loop: the bundle in {} has no golden rows\n", arguments.Text("bundle"));
    return 1;
  }
  onnx::Runtime runtime;
  const auto executor = bench::OrDie(model::Executor::Load(runtime, bundle.onnx, bundle.signature));
  const auto runner = bench::OrDie(executor->MakeRunner());
  const double microseconds =
      bench::Microseconds(*runner, bundle.golden, arguments.Count("rows"), arguments.Number("seconds"));
  fmt::print("{{\"rows\": {}, \"microseconds\": {:.3f}}}\n", arguments.Count("rows"), microseconds);
  return 0;
}
