#include "tracking/internal/run_loading.h"

#include <unordered_map>

#include "tracking/internal/input_rows.h"
#include "tracking/internal/metric_journal.h"
#include "tracking/internal/metric_order.h"
#include "tracking/internal/number_list.h"
#include "tracking/internal/run_rows.h"

namespace gyre::tracking::internal {
namespace {

constexpr std::string_view kFields =
    "SELECT number, id, experiment, name, user_id, status, started_at, ended_at, deleted_at, artifact_uri FROM runs "
    "WHERE number";

base::Result<Run> FromRow(const store::Row& row) {
  Run run{.id = RunId(row.Text(1)),
          .experiment = ExperimentId(std::to_string(row.Int(2))),
          .name = row.String(3),
          .user = row.String(4),
          .stage = row.IsNull(8) ? LifecycleStage::kActive : LifecycleStage::kDeleted,
          .artifact_uri = row.String(9),
          .started_at = base::FromMicros(row.Int(6)),
          .ended_at = {},
          .params = {},
          .tags = {},
          .metrics = {}};
  run.status = TRY(ParseRunStatus(row.Text(5)));
  if (!row.IsNull(7)) run.ended_at = base::FromMicros(row.Int(7));
  return run;
}

/// The runs under construction, by their numbers.
class Loading {
 public:
  Loading(store::Reader& reader, std::span<const int64_t> numbers) : reader_(reader), numbers_(numbers) {}

  base::Result<std::vector<Run>> LoadOwn() {
    TRY(LoadFields());
    return InOrder();
  }

  base::Result<std::vector<Run>> Load() {
    TRY(LoadFields());
    TRY(LoadTexts("run_params", &Run::params));
    TRY(LoadTexts("run_tags", &Run::tags));
    TRY(LoadMetrics());
    TRY(LayDeferredOver());
    TRY(LoadInputs(reader_, numbers_, [this](int64_t run) -> Run& { return At(run); }));
    return InOrder();
  }

 private:
  Run& At(int64_t number) { return runs_.at(number); }

  base::Result<void> LoadFields() {
    return QueryIn(reader_, kFields, "", numbers_, [this](const store::Row& row) -> base::Result<void> {
      runs_.emplace(row.Int(0), TRY(FromRow(row)));
      return base::Ok();
    });
  }

  base::Result<void> LoadTexts(std::string_view table, std::map<std::string, std::string> Run::* texts) {
    return QueryIn(reader_, fmt::format("SELECT run, key, value FROM {} WHERE run", table), "ORDER BY run, key",
                   numbers_, [&](const store::Row& row) -> base::Result<void> {
                     auto& into = At(row.Int(0)).*texts;
                     into.emplace_hint(into.end(), row.String(1), row.String(2));
                     return base::Ok();
                   });
  }

  base::Result<void> LoadMetrics() {
    return QueryIn(reader_, "SELECT run, key, step, time, value, is_nan FROM run_metrics WHERE run",
                   "ORDER BY run, key", numbers_, [this](const store::Row& row) -> base::Result<void> {
                     At(row.Int(0))
                         .metrics.push_back({.key = row.String(1),
                                             .value = ReadValue(row, 4),
                                             .time = base::FromMicros(row.Int(3)),
                                             .step = row.Int(2)});
                     return base::Ok();
                   });
  }

  /// run_metrics does not have deferred batches until they are folded.
  base::Result<void> LayDeferredOver() {
    std::map<int64_t, LatestSamples> deferred;
    TRY(QueryIn(reader_, "SELECT run, bytes FROM run_metric_journal WHERE run", "AND deferred = 1", numbers_,
                [&](const store::Row& row) { return AddLatest(row.Bytes(1), deferred[row.Int(0)]); }));
    for (auto& [number, latest] : deferred) LayOver(At(number).metrics, latest);
    return base::Ok();
  }

  static void LayOver(std::vector<MetricPoint>& metrics, LatestSamples& latest) {
    for (auto& metric : metrics) {
      const auto found = latest.find(metric.key);
      if (found == latest.end()) continue;
      const auto& later = found->second;
      if (IsEarlier({.value = metric.value, .time = metric.time, .step = metric.step}, later)) {
        metric.value = later.value;
        metric.time = later.time;
        metric.step = later.step;
      }
      latest.erase(found);
    }
    for (const auto& [key, sample] : latest) {
      metrics.push_back({.key = key, .value = sample.value, .time = sample.time, .step = sample.step});
    }
    std::ranges::sort(metrics, {}, &MetricPoint::key);
  }

  std::vector<Run> InOrder() {
    std::vector<Run> ordered;
    ordered.reserve(runs_.size());
    for (const int64_t number : numbers_) {
      const auto found = runs_.find(number);
      if (found != runs_.end()) ordered.push_back(std::move(found->second));
    }
    return ordered;
  }

  store::Reader& reader_;
  std::span<const int64_t> numbers_;
  std::unordered_map<int64_t, Run> runs_;
};

}  // namespace

base::Result<Run> LoadRun(store::Reader& reader, const RunId& id) {
  const std::array<int64_t, 1> number = {TRY(FindRun(reader, id))};
  auto runs = TRY(LoadRuns(reader, number));
  if (runs.empty()) return RunNotFound(id);
  return std::move(runs.front());
}

base::Result<Run> LoadRunFields(store::Reader& reader, const RunId& id) {
  std::optional<Run> run;
  const std::array<int64_t, 1> number = {TRY(FindRun(reader, id))};
  TRY(QueryIn(reader, kFields, "", number, [&](const store::Row& row) -> base::Result<void> {
    run = TRY(FromRow(row));
    return base::Ok();
  }));
  if (!run) return RunNotFound(id);
  return std::move(*run);
}

base::Result<std::vector<Run>> LoadRuns(store::Reader& reader, std::span<const int64_t> numbers) {
  return Loading(reader, numbers).Load();
}

base::Result<std::vector<Run>> LoadFieldsOf(store::Reader& reader, std::span<const int64_t> numbers) {
  return Loading(reader, numbers).LoadOwn();
}

base::Result<std::vector<int64_t>> ActiveRuns(store::Reader& reader, int64_t experiment, int64_t limit,
                                              int64_t offset) {
  std::vector<int64_t> numbers;
  TRY(reader.Query(
      "SELECT number FROM runs WHERE experiment = ?1 AND deleted_at IS NULL ORDER BY started_at DESC, id "
      "LIMIT ?2 OFFSET ?3",
      [&](const store::Row& row) -> base::Result<void> {
        numbers.push_back(row.Int(0));
        return base::Ok();
      },
      experiment, limit, offset));
  return numbers;
}

}  // namespace gyre::tracking::internal
