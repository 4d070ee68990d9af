// Times what runs log without the network, on a database in a new folder, durable as a server's: medians of
// microseconds of Tracker::Log for one point, 1,000 points of one metric and one point of each of 1,000 metrics, of the
// bare fsync beside them, of creating runs, of 64 threads at once, and of pages of a history of 1,000,000 points.
#include <chrono>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <thread>
#include <unistd.h>

#include "base/file.h"
#include "base/id.h"
#include "base/time.h"
#include "store/database.h"
#include "tracking/tracker.h"

namespace gyre::bench {
namespace {

using std::chrono::steady_clock;

constexpr int kRounds = 200;
constexpr int kThreads = 64;
constexpr int kBatchesPerThread = 50;
constexpr int64_t kLongHistory = 1'000'000;
constexpr int64_t kPage = 25'000;

void OrDie(const base::Result<void>& result) {
  if (result) return;
  fmt::print(stderr, "tracker_log: {}\n", result.error().ToString());
  std::exit(1);
}
template <class T>
T OrDie(base::Result<T> result) {
  if (result) return *std::move(result);
  fmt::print(stderr, "tracker_log: {}\n", result.error().ToString());
  std::exit(1);
}

double Micros(steady_clock::duration duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}

/// Prints the median and the 95th percentile of `work`, called with the number of the round.
template <class Work>
void Time(std::string_view what, int rounds, const Work& work) {
  std::vector<double> micros;
  for (int round = 0; round < rounds; ++round) {
    const auto start = steady_clock::now();
    work(round);
    micros.push_back(Micros(steady_clock::now() - start));
  }
  std::ranges::sort(micros);
  fmt::print("{:<44} p50 {:>9.0f} us   p95 {:>9.0f} us\n", what, micros[micros.size() / 2],
             micros[micros.size() * 95 / 100]);
}

tracking::LogBatch OneMetric(int64_t first_step, int64_t count) {
  tracking::LogBatch batch;
  for (int64_t step = first_step; step < first_step + count; ++step) {
    batch.metrics.push_back({.key = "loss",
                             .value = 1.0 / static_cast<double>(step + 1),
                             .time = base::FromMicros(1'380'000'000'000'000 + step * 50'000),
                             .step = step});
  }
  return batch;
}

tracking::LogBatch ManyMetrics(int64_t step) {
  tracking::LogBatch batch;
  for (int i = 0; i < 1000; ++i) {
    batch.metrics.push_back({.key = fmt::format("layer_{}/gradient_norm", i),
                             .value = static_cast<double>(i),
                             .time = base::FromMicros(1'380'000'000'000'000 + step * 50'000),
                             .step = step});
  }
  return batch;
}

class Bench {
 public:
  Bench() { tracker_ = OrDie(tracking::Tracker::Open(*database_)); }

  void Run() {
    TimeFsync();
    TimeRuns();
    TimeBatches();
    TimeThreads();
    TimeHistory();
  }

 private:
  tracking::RunId NewRun() { return OrDie(tracker_->CreateRun({}, "bench")).id; }
  void Log(const tracking::RunId& id, const tracking::LogBatch& batch) { OrDie(tracker_->Log(id, batch)); }

  void TimeFsync() {
    const auto path = folder_.path() / "fsync";
    const int file = ::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    const std::string bytes(8192, 'x');
    Time("write of 8 KB and fdatasync", kRounds, [&](int) {
      if (::write(file, bytes.data(), bytes.size()) < 0 || ::fdatasync(file) != 0) std::exit(1);
    });
    ::close(file);
  }

  void TimeRuns() {
    Time("create a run", kRounds, [&](int) { (void)NewRun(); });
  }

  void TimeBatches() {
    const auto one = NewRun();
    Time("log one point", kRounds, [&](int round) { Log(one, OneMetric(round, 1)); });
    const auto steps = NewRun();
    std::vector<tracking::LogBatch> batches;
    for (int round = 0; round < kRounds; ++round) batches.push_back(OneMetric(round * 1000, 1000));
    Time("log 1,000 steps of one metric", kRounds, [&](int round) { Log(steps, batches[round]); });
    const auto metrics = NewRun();
    batches.clear();
    for (int round = 0; round < kRounds; ++round) batches.push_back(ManyMetrics(round));
    Time("log one step of 1,000 metrics", kRounds, [&](int round) { Log(metrics, batches[round]); });
    Time("read a run of 1,000 metrics", 20, [&](int) { (void)OrDie(tracker_->GetRun(metrics)); });
  }

  void TimeThreads() {
    std::vector<std::thread> threads;
    const auto start = steady_clock::now();
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([this] {
        const auto id = NewRun();
        for (int round = 0; round < kBatchesPerThread; ++round) Log(id, OneMetric(round * 100, 100));
        const auto page = OrDie(tracker_->MetricHistory(id, "loss", 1'000'000));
        if (page.points.size() != kBatchesPerThread * 100) std::exit(1);
      });
    }
    for (auto& thread : threads) thread.join();
    const double seconds = Micros(steady_clock::now() - start) / 1e6;
    fmt::print("{:<44} {:.0f} batches of 100 points a second\n", fmt::format("{} threads at once", kThreads),
               kThreads * kBatchesPerThread / seconds);
  }

  void TimeHistory() {
    const auto id = NewRun();
    for (int64_t step = 0; step < kLongHistory; step += 1000) Log(id, OneMetric(step, 1000));
    Time("first page of 25,000 of 1,000,000 points", 20,
         [&](int) { (void)OrDie(tracker_->MetricHistory(id, "loss", kPage)); });
    std::string token;
    for (int64_t page = 1; page < kLongHistory / kPage; ++page) {
      token = OrDie(tracker_->MetricHistory(id, "loss", kPage, token)).next.value_or("");
    }
    Time("last page of it", 20, [&](int) { (void)OrDie(tracker_->MetricHistory(id, "loss", kPage, token)); });
    Time("320 points of it", 20,
         [&](int) { (void)OrDie(tracker_->MetricHistoryInterval(std::array{id}, "loss", {.max_points = 320})); });
  }

  base::TempFolder folder_ = OrDie(base::TempFolder::Make(std::filesystem::current_path(), "tracker-log"));
  base::SystemClock clock_;
  base::SystemEntropy entropy_;
  std::unique_ptr<store::Database> database_ =
      OrDie(store::Database::Open({.path = folder_.path() / "meta.db"}, clock_, entropy_));
  std::unique_ptr<tracking::Tracker> tracker_;
};

}  // namespace
}  // namespace gyre::bench

int main() {
  gyre::bench::Bench().Run();
}
