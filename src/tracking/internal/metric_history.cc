#include "tracking/internal/metric_history.h"

#include <tuple>

#include "tracking/internal/metric_chunks.h"
#include "tracking/internal/metric_journal.h"
#include "tracking/internal/metric_order.h"

namespace gyre::tracking::internal {
namespace {

using Samples = std::vector<MetricSample>;
using OnPoints = std::function<bool(std::span<const MetricSample>)>;

/// Lays the points that wait in the journal between those of the chunks.
class Merger {
 public:
  Merger(std::span<const MetricSample> pending, const OnPoints& on_points) : pending_(pending), on_points_(on_points) {}

  bool Take(std::span<const MetricSample> chunk) {
    const auto end = std::ranges::upper_bound(pending_, chunk.back(), IsBefore);
    const auto due = pending_.first(static_cast<size_t>(end - pending_.begin()));
    pending_ = pending_.subspan(due.size());
    if (due.empty()) return wanted_ = on_points_(chunk);
    both_.clear();
    std::ranges::set_union(chunk, due, std::back_inserter(both_), IsBefore);
    return wanted_ = on_points_(both_);
  }

  void Finish() {
    if (wanted_ && !pending_.empty()) on_points_(pending_);
  }

 private:
  std::span<const MetricSample> pending_;
  const OnPoints& on_points_;
  Samples both_;
  bool wanted_ = true;
};

/// One metric's history at one moment.
class History {
 public:
  static base::Result<History> Find(store::Reader& reader, int64_t run, std::string_view key) {
    History history(reader, run);
    history.series_ = TRY(FindSeries(reader, run, key));
    history.pending_ = TRY(PendingSamples(reader, run, key));
    return history;
  }

  base::Result<void> Visit(const std::optional<MetricSample>& after, const OnPoints& on_points) const {
    const auto begin = after ? std::ranges::upper_bound(pending_, *after, IsBefore) : pending_.begin();
    Merger merger(std::span(begin, pending_.end()), on_points);
    if (series_) {
      TRY(VisitChunks(reader_, {.run = run_, .series = *series_}, after,
                      [&](std::span<const MetricSample> chunk) { return merger.Take(chunk); }));
    }
    merger.Finish();
    return base::Ok();
  }

 private:
  History(store::Reader& reader, int64_t run) : reader_(reader), run_(run) {}

  store::Reader& reader_;
  int64_t run_;
  std::optional<int64_t> series_;
  Samples pending_;
};

auto StepPlace(const MetricSample& sample) {
  return std::tuple(sample.step, sample.time, RankOf(sample.value), std::isnan(sample.value));
}
bool IsBeforeByStep(const MetricSample& a, const MetricSample& b) {
  return StepPlace(a) < StepPlace(b);
}

/// Which of `total` points are kept: the first of each of `wanted` equal parts, but the last point for the last of them
/// unless it is there already.
std::vector<size_t> EvenPlaces(size_t total, size_t wanted) {
  std::vector<size_t> places;
  const size_t parts = std::min(total, wanted);
  places.reserve(parts + 1);
  for (size_t part = 0; part < parts; ++part) {
    // The first parts are longer by one if they do not divide evenly.
    places.push_back(part * (total / parts) + std::min(part, total % parts));
  }
  if (!places.empty() && places.back() != total - 1) {
    if (places.size() >= wanted) places.pop_back();
    places.push_back(total - 1);
  }
  return places;
}

/// The points of an interval, met in the order of the history.
class IntervalReader {
 public:
  IntervalReader(const History& history, const MetricInterval& interval) : history_(history), interval_(interval) {}

  base::Result<Samples> Read() {
    TRY(Count());
    const auto places = EvenPlaces(total_, static_cast<size_t>(interval_.max_points));
    return in_step_order_ ? Pick(places) : SortAndPick(places);
  }

 private:
  template <class OnPoint>
  base::Result<void> Each(const OnPoint& on_point) const {
    return history_.Visit(std::nullopt, [&](std::span<const MetricSample> points) {
      for (const auto& point : points) {
        if (Includes(point)) on_point(point);
      }
      return true;
    });
  }

  bool Includes(const MetricSample& point) const {
    return !interval_.steps || (interval_.steps->first <= point.step && point.step <= interval_.steps->second);
  }

  base::Result<void> Count() {
    std::optional<MetricSample> last;
    return Each([&](const MetricSample& point) {
      ++total_;
      if (last && IsBeforeByStep(point, *last)) in_step_order_ = false;
      last = point;
    });
  }

  /// Nearly every history is in order of steps as it is: then a million points need no memory.
  base::Result<Samples> Pick(const std::vector<size_t>& places) const {
    Samples picked;
    auto place = places.begin();
    size_t index = 0;
    TRY(Each([&](const MetricSample& point) {
      if (place != places.end() && *place == index) {
        picked.push_back(point);
        ++place;
      }
      ++index;
    }));
    return picked;
  }

  base::Result<Samples> SortAndPick(const std::vector<size_t>& places) const {
    Samples all;
    all.reserve(total_);
    TRY(Each([&](const MetricSample& point) { all.push_back(point); }));
    std::ranges::sort(all, IsBeforeByStep);
    Samples picked;
    for (const size_t place : places) picked.push_back(all[place]);
    return picked;
  }

  const History& history_;
  const MetricInterval& interval_;
  size_t total_ = 0;
  bool in_step_order_ = true;
};

}  // namespace

base::Result<Samples> LoadHistory(store::Reader& reader, int64_t run, std::string_view key, size_t most,
                                  const std::optional<MetricSample>& after) {
  const auto history = TRY(History::Find(reader, run, key));
  Samples samples;
  TRY(history.Visit(after, [&](std::span<const MetricSample> points) {
    const auto part = points.first(std::min(points.size(), most - samples.size()));
    samples.insert(samples.end(), part.begin(), part.end());
    return samples.size() < most;
  }));
  return samples;
}

base::Result<Samples> LoadHistoryInterval(store::Reader& reader, int64_t run, std::string_view key,
                                          const MetricInterval& interval) {
  const auto history = TRY(History::Find(reader, run, key));
  return IntervalReader(history, interval).Read();
}

}  // namespace gyre::tracking::internal
