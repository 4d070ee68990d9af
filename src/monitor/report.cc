#include "monitor/report.h"

#include <cmath>
#include <limits>

#include "base/object_reader.h"

namespace gyre::monitor {
namespace {

/// JSON has no infinities: null is NaN, and the one infinity there is has a name.
base::Json ScoreToJson(double score) {
  if (std::isnan(score)) return nullptr;
  return std::isinf(score) ? base::Json("Infinity") : base::Json(score);
}

base::Result<double> ScoreFromJson(const base::ObjectReader& fields) {
  const base::Json* score = fields.Find("score");
  if (score == nullptr || score->is_null()) return std::numeric_limits<double>::quiet_NaN();
  if (score->is_string()) return std::numeric_limits<double>::infinity();
  return fields.Number("score");
}

}  // namespace

base::Json DriftFigure::ToJson() const {
  base::Json json = {{"feature", feature},
                     {"of_answer", of_answer},
                     {"test", test},
                     {"score", ScoreToJson(score)},
                     {"threshold", threshold},
                     {"drifted", drifted},
                     {"convention", convention},
                     {"reference_count", reference_count},
                     {"current_count", current_count}};
  json["p_value"] = p_value ? base::Json(*p_value) : base::Json();
  return json;
}

base::Result<DriftFigure> DriftFigure::FromJson(const base::Json& json) {
  const base::ObjectReader fields(json, "drift");
  DriftFigure figure{.p_value = {}};
  figure.feature = TRY(fields.String("feature"));
  figure.of_answer = TRY(fields.Bool("of_answer", false));
  figure.test = TRY(fields.String("test"));
  figure.score = TRY(ScoreFromJson(fields));
  figure.threshold = TRY(fields.Number("threshold"));
  figure.drifted = TRY(fields.Bool("drifted", false));
  figure.convention = TRY(fields.String("convention"));
  figure.reference_count = TRY(fields.Count("reference_count"));
  figure.current_count = TRY(fields.Count("current_count"));
  if (fields.Has("p_value")) figure.p_value = TRY(fields.Number("p_value"));
  return figure;
}

double WindowReport::DriftedShare() const {
  return features == 0 ? 0 : static_cast<double>(drifted_features) / static_cast<double>(features);
}

base::Json WindowReport::ToJson() const {
  base::Json figures = base::Json::array();
  for (const auto& figure : drift) figures.push_back(figure.ToJson());
  return {{"id", id},
          {"endpoint", endpoint.value()},
          {"version", version.ToString()},
          {"from", base::FormatTimestamp(from)},
          {"until", base::FormatTimestamp(until)},
          {"rows", rows},
          {"answered_by", answered_by},
          {"judged", judged},
          {"drift", std::move(figures)},
          {"features", features},
          {"drifted_features", drifted_features},
          {"drifted_share", DriftedShare()},
          {"drifted", drifted},
          {"labels", labels},
          {"performance", performance},
          {"created_at", base::FormatTimestamp(created_at)}};
}

std::string_view AlarmKindName(AlarmKind kind) {
  return kind == AlarmKind::kDrift ? "drift" : "performance";
}

base::Result<AlarmKind> ParseAlarmKind(std::string_view name) {
  for (const auto kind : {AlarmKind::kDrift, AlarmKind::kPerformance}) {
    if (AlarmKindName(kind) == name) return kind;
  }
  return base::InvalidArgument(fmt::format("'{}' is no kind of alarm; there are drift and performance", name));
}

base::Json Alarm::ToJson() const {
  return {{"id", id},
          {"kind", AlarmKindName(kind)},
          {"endpoint", endpoint.value()},
          {"version", version.ToString()},
          {"window", window_id},
          {"subject", subject},
          {"event_time", base::FormatTimestamp(event_time)},
          {"raised_at", base::FormatTimestamp(raised_at)},
          {"reason", reason},
          {"evidence", evidence}};
}

}  // namespace gyre::monitor
