#include "stats/ranking.h"

#include <limits>
#include <numeric>

namespace gyre::stats {
namespace {

double Share(uint64_t part, uint64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

double Precision(const RankingPoint& point) {
  return Share(point.true_positives, point.true_positives + point.false_positives);
}

/// `area` of the ranking of the positive class, or its mean over each class against the rest.
template <class Area>
double OneVersusRest(const ClassPredictions& predictions, int32_t positive, Area area) {
  std::vector<double> score(predictions.rows());
  const auto of_class = [&](int32_t label) {
    for (size_t row = 0; row < score.size(); ++row) {
      score[row] = predictions.probability[row * predictions.classes + static_cast<size_t>(label)];
    }
    return area(RankByScore(predictions.truth, label, score));
  };
  if (predictions.classes == 2) return of_class(positive);
  double sum = 0;
  for (size_t label = 0; label < predictions.classes; ++label) sum += of_class(static_cast<int32_t>(label));
  return sum / static_cast<double>(predictions.classes);
}

}  // namespace

std::vector<RankingPoint> RankByScore(std::span<const int32_t> truth, int32_t positive, std::span<const double> score) {
  std::vector<std::pair<double, bool>> order(truth.size());
  for (size_t row = 0; row < truth.size(); ++row) order[row] = {score[row], truth[row] == positive};
  std::ranges::sort(order, std::greater());
  std::vector<RankingPoint> points;
  RankingPoint so_far;
  for (size_t i = 0; i < order.size(); ++i) {
    ++(order[i].second ? so_far.true_positives : so_far.false_positives);
    if (i + 1 < order.size() && order[i + 1].first == order[i].first) continue;
    so_far.threshold = order[i].first;
    points.push_back(so_far);
  }
  return points;
}

double RocAuc(const std::vector<RankingPoint>& ranking) {
  const auto& total = ranking.back();
  if (total.true_positives == 0 || total.false_positives == 0) return std::numeric_limits<double>::quiet_NaN();
  double area = 0;
  RankingPoint last;
  for (const auto& point : ranking) {
    area += static_cast<double>(point.false_positives - last.false_positives) *
            static_cast<double>(point.true_positives + last.true_positives) / 2;
    last = point;
  }
  return area / static_cast<double>(total.true_positives) / static_cast<double>(total.false_positives);
}

double AveragePrecision(const std::vector<RankingPoint>& ranking) {
  const auto positives = ranking.back().true_positives;
  if (positives == 0) return 0;
  double area = 0;
  uint64_t found = 0;
  for (const auto& point : ranking) {
    area += Share(point.true_positives - found, positives) * Precision(point);
    found = point.true_positives;
  }
  return area;
}

double PrecisionRecallTrapezoid(const std::vector<RankingPoint>& ranking) {
  const auto positives = ranking.back().true_positives;
  if (positives == 0) return 0;
  double area = 0;
  uint64_t found = 0;
  double last_precision = 1;
  for (const auto& point : ranking) {
    area += Share(point.true_positives - found, positives) * (Precision(point) + last_precision) / 2;
    found = point.true_positives;
    last_precision = Precision(point);
  }
  return area;
}

double RocAuc(const ClassPredictions& predictions, int32_t positive) {
  return OneVersusRest(predictions, positive, [](const auto& ranking) { return RocAuc(ranking); });
}

double AveragePrecision(const ClassPredictions& predictions, int32_t positive) {
  return OneVersusRest(predictions, positive, [](const auto& ranking) { return AveragePrecision(ranking); });
}

}  // namespace gyre::stats
