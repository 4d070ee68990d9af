#include "monitor/config.h"

#include "base/object_reader.h"
#include "base/time.h"
#include "stats/report.h"

namespace gyre::monitor {
namespace {

using base::ObjectReader;

constexpr size_t kMaxRules = 100;
constexpr int64_t kMaxPersistence = 1000;
constexpr std::chrono::microseconds kShortestWindow = std::chrono::seconds(1);
constexpr std::chrono::microseconds kLongestWindow = std::chrono::hours(24 * 3660);

base::Error OutOfRange(const ObjectReader& fields, std::string_view key, std::string_view wanted) {
  return base::InvalidArgument(fmt::format("{} must be {}", fields.PathOf(key), wanted), fields.PathOf(key));
}

base::Result<std::chrono::microseconds> ReadDuration(const ObjectReader& fields, std::string_view key,
                                                     std::chrono::microseconds fallback) {
  if (!fields.Has(key)) return fallback;
  const auto duration = base::ParseDuration(TRY(fields.String(key)));
  if (!duration)
    return base::InvalidArgument(duration.error().message(), fields.PathOf(key)).Within(fields.PathOf(key));
  return *duration;
}

base::Result<MonitorConfig::Performance> ReadRule(const base::Json& json, const std::string& path) {
  const ObjectReader fields(json, path);
  TRY(fields.AllowOnly({"metric", "threshold", "min_labels"}));
  MonitorConfig::Performance rule;
  const auto scoring = stats::ParseScoring(TRY(fields.String("metric")));
  if (!scoring) return scoring.error().Within(fields.PathOf("metric"));
  rule.metric = scoring->metric;
  rule.threshold = TRY(fields.Number("threshold"));
  rule.min_labels = TRY(fields.Int("min_labels", rule.min_labels));
  if (rule.min_labels < 1) return OutOfRange(fields, "min_labels", "1 or more");
  return rule;
}

base::Result<void> CheckUrl(const std::string& url, const ObjectReader& fields) {
  const bool http = url.starts_with("http://") || url.starts_with("https://");
  if (!http || url.size() > 2048)
    return OutOfRange(fields, "webhooks", "http:// or https:// URLs of at most 2048 bytes");
  return base::Ok();
}

base::Result<void> CheckRanges(const MonitorConfig& config, const ObjectReader& fields) {
  if (config.window < kShortestWindow || config.window > kLongestWindow) {
    return OutOfRange(fields, "window", "from 1s to 3660d");
  }
  if (config.lateness > kLongestWindow) return OutOfRange(fields, "lateness", "at most 3660d");
  if (config.min_rows < 1) return OutOfRange(fields, "min_rows", "1 or more");
  if (!(config.psi > 0)) return OutOfRange(fields, "psi", "above 0");
  if (!(config.p_value > 0 && config.p_value < 1)) return OutOfRange(fields, "p_value", "between 0 and 1");
  if (!(config.drifted_share > 0 && config.drifted_share <= 1)) {
    return OutOfRange(fields, "drifted_share", "above 0 and at most 1");
  }
  if (config.persistence < 1 || config.persistence > kMaxPersistence) {
    return OutOfRange(fields, "persistence", "from 1 to 1000");
  }
  if (config.performance.size() > kMaxRules || config.webhooks.size() > kMaxRules) {
    return OutOfRange(fields, "performance", "at most 100 rules, and webhooks at most 100 URLs");
  }
  return base::Ok();
}

}  // namespace

bool MonitorConfig::Performance::IsBreached(double value) const {
  const auto scoring = stats::ParseScoring(metric);
  return scoring && (scoring->loss ? value > threshold : value < threshold);
}

base::Result<MonitorConfig> MonitorConfig::FromJson(const base::Json& json, const std::string& path) {
  const ObjectReader fields(json, path);
  TRY(fields.AllowOnly(
      {"window", "lateness", "min_rows", "psi", "p_value", "drifted_share", "persistence", "performance", "webhooks"}));
  MonitorConfig config;
  config.window = TRY(ReadDuration(fields, "window", config.window));
  config.lateness = TRY(ReadDuration(fields, "lateness", config.lateness));
  config.min_rows = TRY(fields.Int("min_rows", config.min_rows));
  config.psi = TRY(fields.Number("psi", config.psi));
  config.p_value = TRY(fields.Number("p_value", config.p_value));
  config.drifted_share = TRY(fields.Number("drifted_share", config.drifted_share));
  config.persistence = TRY(fields.Int("persistence", config.persistence));
  for (const auto& rule : *TRY(fields.Array("performance"))) {
    const auto rule_path = fmt::format("{}[{}]", fields.PathOf("performance"), config.performance.size());
    config.performance.push_back(TRY(ReadRule(rule, rule_path)));
  }
  config.webhooks = TRY(fields.Strings("webhooks", {}));
  for (const auto& url : config.webhooks) TRY(CheckUrl(url, fields));
  TRY(CheckRanges(config, fields));
  return config;
}

base::Json MonitorConfig::ToJson() const {
  base::Json rules = base::Json::array();
  for (const auto& rule : performance) {
    rules.push_back({{"metric", rule.metric}, {"threshold", rule.threshold}, {"min_labels", rule.min_labels}});
  }
  return {{"window", base::DurationText(window)},
          {"lateness", base::DurationText(lateness)},
          {"min_rows", min_rows},
          {"psi", psi},
          {"p_value", p_value},
          {"drifted_share", drifted_share},
          {"persistence", persistence},
          {"performance", std::move(rules)},
          {"webhooks", webhooks}};
}

}  // namespace gyre::monitor
