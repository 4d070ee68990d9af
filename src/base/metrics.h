#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gyre::base {

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

/// Figures for Prometheus. A figure is found once by name and labels, then kept by reference: counting costs one
/// uncontended atomic add (each thread has a slot of its own, summed when scraped). Thread-safe. References stay valid
/// as long as the Metrics.
class Counter {
 public:
  virtual ~Counter() = default;
  virtual void Add(uint64_t n = 1) = 0;
  virtual uint64_t value() const = 0;
};

class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void Set(double value) = 0;
  virtual double value() const = 0;
};

/// Durations in seconds over log-linear buckets: exact counts, quantiles within 5 percent, from 1 us to 100 s. Exposed
/// as a classic histogram with a fixed choice of those bounds.
class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void Observe(double seconds) = 0;
  virtual uint64_t count() const = 0;
  virtual double Quantile(double q) const = 0;  ///< 0 if nothing was observed
};

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// The one of that name and those labels, made at first use. A name has one kind and one help text: a second kind is
  /// a bug (abort).
  Counter& GetCounter(std::string_view name, std::string_view help, const MetricLabels& labels = {});
  Gauge& GetGauge(std::string_view name, std::string_view help, const MetricLabels& labels = {});
  Histogram& GetHistogram(std::string_view name, std::string_view help, const MetricLabels& labels = {});

  /// Forgets the series of a name that carry this label value (a deleted endpoint). Their references stay usable.
  void Retire(std::string_view label, std::string_view value);

  /// Prometheus text format 0.0.4, sorted.
  std::string Expose() const;
  /// Metric names, sorted: a golden file watches them.
  std::vector<std::string> Names() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gyre::base
