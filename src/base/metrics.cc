#include "base/metrics.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "base/internal/duration_buckets.h"
#include "base/per_core.h"
#include "base/text.h"

namespace gyre::base {
namespace {

constexpr size_t kMaxSlots = 16;
constexpr double kLongestSeconds = 1e6;

enum class Kind { kCounter, kGauge, kHistogram };

std::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kCounter:
      return "counter";
    case Kind::kGauge:
      return "gauge";
    case Kind::kHistogram:
      return "histogram";
  }
  return "untyped";
}

[[noreturn]] void Bug(std::string_view name, std::string_view why) {
  fmt::print(stderr, "gyre: metric {}: {}\n", name, why);
  std::abort();
}

struct alignas(kCacheLine) CounterSlot {
  std::atomic<uint64_t> value{0};
};

class SlottedCounter final : public Counter {
 public:
  explicit SlottedCounter(size_t slots) : slots_(slots) {}

  void Add(uint64_t n) override { slots_[CoreSlot(slots_.size())].value.fetch_add(n, std::memory_order_relaxed); }
  uint64_t value() const override {
    uint64_t sum = 0;
    for (const auto& slot : slots_) sum += slot.value.load(std::memory_order_relaxed);
    return sum;
  }

 private:
  std::vector<CounterSlot> slots_;
};

class AtomicGauge final : public Gauge {
 public:
  void Set(double value) override { value_.store(value, std::memory_order_relaxed); }
  double value() const override { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

using BucketCounts = std::array<uint64_t, internal::kDurationBuckets>;

struct alignas(kCacheLine) HistogramSlot {
  std::atomic<uint64_t> nanoseconds{0};
  std::array<std::atomic<uint64_t>, internal::kDurationBuckets> buckets{};
};

class SlottedHistogram final : public Histogram {
 public:
  explicit SlottedHistogram(size_t slots) : slots_(slots) {}

  void Observe(double seconds) override {
    // Not std::clamp: NaN must become 0 here.
    const double sane = seconds > 0 ? std::min(seconds, kLongestSeconds) : 0;
    const auto nanoseconds = static_cast<uint64_t>(std::llround(sane * 1e9));
    auto& slot = slots_[CoreSlot(slots_.size())];
    slot.buckets[internal::DurationBucket(nanoseconds)].fetch_add(1, std::memory_order_relaxed);
    slot.nanoseconds.fetch_add(nanoseconds, std::memory_order_relaxed);
  }

  BucketCounts Counts() const {
    BucketCounts counts{};
    for (const auto& slot : slots_) {
      for (size_t i = 0; i < counts.size(); ++i) counts[i] += slot.buckets[i].load(std::memory_order_relaxed);
    }
    return counts;
  }

  double Sum() const {
    uint64_t sum = 0;
    for (const auto& slot : slots_) sum += slot.nanoseconds.load(std::memory_order_relaxed);
    return static_cast<double>(sum) / 1e9;
  }

  uint64_t count() const override {
    uint64_t total = 0;
    for (const uint64_t n : Counts()) total += n;
    return total;
  }

  double Quantile(double q) const override {
    const BucketCounts counts = Counts();
    uint64_t total = 0;
    for (const uint64_t n : counts) total += n;
    if (total == 0) return 0;
    const auto rank = std::clamp<uint64_t>(static_cast<uint64_t>(std::ceil(q * static_cast<double>(total))), 1, total);
    size_t bucket = 0;
    for (uint64_t seen = counts[0]; seen < rank; seen += counts[bucket]) ++bucket;
    return internal::DurationBucketMiddle(bucket);
  }

 private:
  std::vector<HistogramSlot> slots_;
};

bool IsNameChar(char c, bool first, bool colon) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_') return true;
  return (!first && c >= '0' && c <= '9') || (colon && c == ':');
}

bool IsValidMetricName(std::string_view name, bool colon) {
  if (name.empty()) return false;
  for (size_t i = 0; i < name.size(); ++i) {
    if (!IsNameChar(name[i], i == 0, colon)) return false;
  }
  return true;
}

void AppendEscaped(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

/// "a="x",b="y"": what stands between the braces, sorted by label.
std::string RenderLabels(std::string_view name, MetricLabels labels) {
  std::ranges::sort(labels);
  std::string text;
  for (const auto& [label, value] : labels) {
    if (!IsValidMetricName(label, false) || label == "le") Bug(name, fmt::format("'{}' is no label name", label));
    if (!text.empty()) text += ',';
    text += label;
    text += "=\"";
    AppendEscaped(text, value, true);
    text += '"';
  }
  return text;
}

void AppendSample(std::string& out, std::string_view name, std::string_view suffix, std::string_view labels,
                  std::string_view extra_label, std::string_view value) {
  out += name;
  out += suffix;
  if (!labels.empty() || !extra_label.empty()) {
    out += '{';
    out += labels;
    if (!labels.empty() && !extra_label.empty()) out += ',';
    out += extra_label;
    out += '}';
  }
  out += ' ';
  out += value;
  out += '\n';
}

std::string PrometheusNumber(double value) {
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return FormatDouble(value);
}

struct Series {
  MetricLabels labels;
  std::unique_ptr<SlottedCounter> counter;
  std::unique_ptr<AtomicGauge> gauge;
  std::unique_ptr<SlottedHistogram> histogram;
};

struct Family {
  Kind kind = Kind::kCounter;
  std::string help;
  std::map<std::string, Series> series;  ///< by rendered labels
};

void AppendHistogram(std::string& out, std::string_view name, std::string_view labels,
                     const SlottedHistogram& histogram) {
  const BucketCounts counts = histogram.Counts();
  uint64_t cumulative = 0;
  size_t bucket = 0;
  for (const auto& bound : internal::ExposedBounds()) {
    for (; internal::DurationBucketUpper(bucket) <= bound.nanoseconds; ++bucket) cumulative += counts[bucket];
    AppendSample(out, name, "_bucket", labels, fmt::format("le=\"{}\"", bound.text), fmt::to_string(cumulative));
  }
  for (; bucket < counts.size(); ++bucket) cumulative += counts[bucket];
  AppendSample(out, name, "_bucket", labels, "le=\"+Inf\"", fmt::to_string(cumulative));
  AppendSample(out, name, "_sum", labels, "", PrometheusNumber(histogram.Sum()));
  AppendSample(out, name, "_count", labels, "", fmt::to_string(cumulative));
}

void AppendFamily(std::string& out, const std::string& name, const Family& family) {
  out += fmt::format("# HELP {} ", name);
  AppendEscaped(out, family.help, false);
  out += fmt::format("\n# TYPE {} {}\n", name, KindName(family.kind));
  for (const auto& [labels, series] : family.series) {
    switch (family.kind) {
      case Kind::kCounter:
        AppendSample(out, name, "", labels, "", fmt::to_string(series.counter->value()));
        break;
      case Kind::kGauge:
        AppendSample(out, name, "", labels, "", PrometheusNumber(series.gauge->value()));
        break;
      case Kind::kHistogram:
        AppendHistogram(out, name, labels, *series.histogram);
        break;
    }
  }
}

}  // namespace

struct Metrics::State {
  const size_t slots = std::min(CoreSlots(), kMaxSlots);
  mutable std::mutex mutex;
  std::map<std::string, Family, std::less<>> families;  ///< guarded by mutex
  std::vector<Series> retired;                          ///< guarded by mutex; kept because references to them are out

  Series& Find(Kind kind, std::string_view name, std::string_view help, const MetricLabels& labels);
};

Series& Metrics::State::Find(Kind kind, std::string_view name, std::string_view help, const MetricLabels& labels) {
  auto rendered = RenderLabels(name, labels);
  const std::lock_guard lock(mutex);
  auto family = families.find(name);
  if (family == families.end()) {
    if (!IsValidMetricName(name, true)) Bug(name, "is no metric name");
    family = families.emplace(name, Family{.kind = kind, .help = std::string(help), .series = {}}).first;
  }
  if (family->second.kind != kind) {
    Bug(name, fmt::format("is a {}, not a {}", KindName(family->second.kind), KindName(kind)));
  }
  auto& series = family->second.series[std::move(rendered)];
  if (series.counter || series.gauge || series.histogram) return series;
  series.labels = labels;
  if (kind == Kind::kCounter) series.counter = std::make_unique<SlottedCounter>(slots);
  if (kind == Kind::kGauge) series.gauge = std::make_unique<AtomicGauge>();
  if (kind == Kind::kHistogram) series.histogram = std::make_unique<SlottedHistogram>(slots);
  return series;
}

Metrics::Metrics() : state_(std::make_unique<State>()) {}

Metrics::~Metrics() = default;

Counter& Metrics::GetCounter(std::string_view name, std::string_view help, const MetricLabels& labels) {
  return *state_->Find(Kind::kCounter, name, help, labels).counter;
}

Gauge& Metrics::GetGauge(std::string_view name, std::string_view help, const MetricLabels& labels) {
  return *state_->Find(Kind::kGauge, name, help, labels).gauge;
}

Histogram& Metrics::GetHistogram(std::string_view name, std::string_view help, const MetricLabels& labels) {
  return *state_->Find(Kind::kHistogram, name, help, labels).histogram;
}

void Metrics::Retire(std::string_view label, std::string_view value) {
  const std::lock_guard lock(state_->mutex);
  for (auto& [name, family] : state_->families) {
    for (auto series = family.series.begin(); series != family.series.end();) {
      const bool carries = std::ranges::any_of(
          series->second.labels, [&](const auto& pair) { return pair.first == label && pair.second == value; });
      if (carries) state_->retired.push_back(std::move(series->second));
      series = carries ? family.series.erase(series) : std::next(series);
    }
  }
}

std::string Metrics::Expose() const {
  std::string text;
  const std::lock_guard lock(state_->mutex);
  for (const auto& [name, family] : state_->families) AppendFamily(text, name, family);
  return text;
}

std::vector<std::string> Metrics::Names() const {
  std::vector<std::string> names;
  const std::lock_guard lock(state_->mutex);
  for (const auto& [name, family] : state_->families) names.push_back(name);
  return names;
}

}  // namespace gyre::base
