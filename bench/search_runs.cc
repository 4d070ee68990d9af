// Times searches over many runs without the network: medians of SearchRuns, and of the same without loading what hangs
// from the runs. Fills the database given with --home unless it is there already.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <random>

#include "arguments.h"
#include "base/id.h"
#include "base/time.h"
#include "store/database.h"
#include "tracking/tracker.h"

namespace gyre::bench {
namespace {

using std::chrono::steady_clock;

template <class T>
T OrDie(base::Result<T> result) {
  if (result) return *std::move(result);
  fmt::print(stderr, "search_runs: {}\n", result.error().ToString());
  std::exit(1);
}
void OrDie(base::Result<void> result) {
  if (result) return;
  fmt::print(stderr, "search_runs: {}\n", result.error().ToString());
  std::exit(1);
}

/// Runs of two experiments, one of ten in the second; 5 params, 6 tags and 6 metrics each.
base::Result<void> Fill(store::Transaction& t, int64_t first, int64_t count) {
  std::mt19937_64 random(static_cast<uint64_t>(first));
  std::normal_distribution<double> noise;
  for (int64_t run = first; run < first + count; ++run) {
    const int64_t experiment = run % 10 == 0 ? 2 : 1;
    const auto name = fmt::format("run-{}", run);
    const auto started = (1'700'000'000'000 + run * 1000) * 1000;
    TRY(
        t.Execute("INSERT INTO runs(number, id, experiment, name, user_id, status, started_at, ended_at, series_count) "
                  "VALUES (?1, ?2, ?3, ?4, 'bench', ?5, ?6, ?7, 6)",
                  run, fmt::format("{:032x}", static_cast<uint64_t>(run) * 0x9e3779b97f4a7c15U), experiment, name,
                  run % 50 == 0 ? "FAILED" : "FINISHED", started, started + 60'000'000));
    for (const auto& [key, value] :
         {std::pair<std::string, std::string>{"lr", fmt::format("{:.4f}", 0.001 * static_cast<double>(run % 100))},
          {"depth", std::to_string(run % 12)},
          {"model", run % 3 == 0 ? "forest" : "svm"},
          {"seed", std::to_string(run)},
          {"data", fmt::format("s3://bucket/{}/train.parquet", run % 40)}}) {
      TRY(t.Execute("INSERT INTO run_params(run, key, value) VALUES (?1, ?2, ?3)", run, key, value));
    }
    for (const auto& [key, value] :
         {std::pair<std::string, std::string>{"mlflow.runName", name},
          {"mlflow.user", "bench"},
          {"mlflow.source.name", "train.py"},
          {"team", fmt::format("team-{}", run % 7)},
          {"commit", fmt::format("{:040x}", static_cast<uint64_t>(run / 20) * 0x9e3779b97f4a7c15U)},
          {"rare", fmt::format("group-{}", run % 5000)}}) {
      TRY(t.Execute("INSERT INTO run_tags(run, key, value) VALUES (?1, ?2, ?3)", run, key, value));
    }
    int64_t series = 0;
    for (const char* key : {"acc", "auc", "f1", "loss", "precision", "recall"}) {
      const double value = noise(random);
      TRY(t.Execute(
          "INSERT INTO run_metrics(run, key, series, step, time, value, is_nan, experiment, min_value, max_value) "
          "VALUES (?1, ?2, ?3, 100, ?4, ?5, 0, ?6, ?7, ?8)",
          run, key, series++, started, value, experiment, value - 1, value + 1));
    }
  }
  return base::Ok();
}

struct Row {
  const char* title;
  tracking::RunSearch search;
};

std::vector<Row> Rows() {
  const std::vector<std::string> one = {"1"};
  const std::vector<std::string> by_acc = {"metrics.acc DESC"};
  return {
      {"newest", {.experiments = one}},
      {"metric filter (half) and order", {.experiments = one, .filter = "metrics.acc > 0", .order_by = by_acc}},
      {"metric filter (1 in 700) and order", {.experiments = one, .filter = "metrics.acc > 3", .order_by = by_acc}},
      {"metric filter (1 in 700), newest", {.experiments = one, .filter = "metrics.acc > 3"}},
      {"metric filter (half), newest", {.experiments = one, .filter = "metrics.acc > 0"}},
      {"other metric (1 in 40), order by acc", {.experiments = one, .filter = "metrics.loss > 2", .order_by = by_acc}},
      {"tag = (1 in 5000), newest", {.experiments = one, .filter = "tags.rare = 'group-7'"}},
      {"tag = (1 in 7), order by acc", {.experiments = one, .filter = "tags.team = 'team-3'", .order_by = by_acc}},
      {"param = (1 in 3) and metric, order",
       {.experiments = one, .filter = "params.model = 'forest' AND metrics.acc > 1", .order_by = by_acc}},
      {"tag LIKE 'prefix%' (20 runs)", {.experiments = one, .filter = "tags.commit LIKE '0000%'"}},
      {"tag LIKE '%infix%' (1 in 500)", {.experiments = one, .filter = "tags.rare LIKE '%-77%'"}},
      {"tag LIKE '%infix%' (none)", {.experiments = one, .filter = "tags.rare LIKE '%nothing%'"}},
      {"status = (1 in 50)", {.experiments = one, .filter = "status = 'FAILED'"}},
      {"order by param", {.experiments = one, .order_by = {"params.lr DESC"}}},
      {"max(acc) filter and order",
       {.experiments = one, .filter = "metrics.max(acc) > 2", .order_by = {"metrics.max(acc) DESC"}}},
      {"OR of two metrics, order",
       {.experiments = one, .filter = "metrics.acc > 2 OR metrics.loss > 2", .order_by = by_acc}},
      {"all experiments, metric filter and order",
       {.experiments = {"ALL"}, .filter = "metrics.acc > 0", .order_by = by_acc}},
      {"two experiments, newest", {.experiments = {"1", "2"}}},
  };
}

/// Milliseconds, the median; ends at the page of the token.
double Time(tracking::Tracker& tracker, const tracking::RunSearch& search, size_t rounds, size_t& found) {
  std::vector<double> times;
  for (size_t i = 0; i < rounds; ++i) {
    const auto start = steady_clock::now();
    found = OrDie(tracker.SearchRuns(search)).runs.size();
    times.push_back(std::chrono::duration<double, std::milli>(steady_clock::now() - start).count());
  }
  std::ranges::sort(times);
  return times[times.size() / 2];
}

std::string DeepToken(tracking::Tracker& tracker, tracking::RunSearch search, size_t pages) {
  std::string token;
  search.info_only = true;
  for (size_t i = 0; i < pages; ++i) {
    search.page_token = token;
    const auto next = OrDie(tracker.SearchRuns(search)).next;
    if (!next) return token;
    token = *next;
  }
  return token;
}

void Run(const Arguments& arguments) {
  const std::filesystem::path home = arguments.Text("home");
  std::filesystem::create_directories(home);
  base::SystemClock clock;
  base::SystemEntropy entropy;
  const auto database = OrDie(store::Database::Open({.path = home / "meta.db"}, clock, entropy));
  const auto tracker = OrDie(tracking::Tracker::Open(*database));
  if (!OrDie(tracker->FindExperiment("bench"))) {
    OrDie(tracker->CreateExperiment("bench", "", {}, "bench"));
    OrDie(tracker->CreateExperiment("bench 2", "", {}, "bench"));
    const auto runs = static_cast<int64_t>(arguments.Count("runs"));
    for (int64_t first = 1; first <= runs; first += 5000) {
      OrDie(database->RunWrite(
          [&](store::Transaction& t) { return Fill(t, first, std::min<int64_t>(5000, runs - first + 1)); }));
    }
  }
  const size_t rounds = arguments.Count("rounds");
  fmt::print("{:45} {:>6} {:>10} {:>10} {:>10}\n", "search, ms", "runs", "page 1", "info only", "deep page");
  for (auto [title, search] : Rows()) {
    search.max_results = static_cast<int64_t>(arguments.Count("page"));
    size_t found = 0;
    size_t ignored = 0;
    const double first = Time(*tracker, search, rounds, found);
    search.page_token = DeepToken(*tracker, search, 40);
    const bool deeper = !search.page_token.empty();
    const double deep = deeper ? Time(*tracker, search, rounds, ignored) : 0;
    search.page_token.clear();
    search.info_only = true;
    const double info = Time(*tracker, search, rounds, ignored);
    fmt::print("{:45} {:6} {:10.2f} {:10.2f} {:>10}\n", title, found, first, info,
               deeper ? fmt::format("{:.2f}", deep) : "-");
  }
  tracker->Stop();
  database->Stop();
}

}  // namespace
}  // namespace gyre::bench

int main(int argc, char** argv) {
  gyre::bench::Run({argc, argv, {{"home", "/tmp/search_runs"}, {"runs", "100000"}, {"page", "1000"}, {"rounds", "5"}}});
  return 0;
}
