#pragma once

#include <atomic>
#include <cmath>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "model/profile.h"
#include "monitor/labels.h"
#include "monitor/monitor.h"
#include "monitor/testing/temp_log.h"
#include "registry/testing/temp_registry.h"
#include "serve/testing/fake_model.h"
#include "stats/random.h"

namespace gyre::monitor::testing {

/// Keeps what it is told. While the monitor's thread runs, only `calls` may be read.
struct RecordingActions final : public ActionSink {
  void OnWindow(const WindowReport& report) override {
    windows.push_back(report);
    ++calls;
  }
  void OnAlarm(const Alarm& alarm) override {
    alarms.push_back(alarm);
    ++calls;
  }

  std::atomic<int> calls{0};
  std::vector<WindowReport> windows;
  std::vector<Alarm> alarms;
};

/// Rows of a world that can shift: temp and humid are normal, sky one of three, rain's probability uniform.
class Weather {
 public:
  explicit Weather(uint64_t seed) : random_(seed) {}

  SampleRow Row(base::Timestamp event_time) {
    const double sky = random_.Uniform();
    return {.event_time = event_time,
            .temp = static_cast<float>(20 + temp_shift + 5 * random_.Normal()),
            .humid = static_cast<float>(60 + humid_shift + 10 * random_.Normal()),
            .sky = sky < cloud_share ? "cloud"
                   : sky < 0.9       ? "clear"
                                     : "fog",
            .rain = static_cast<float>(random_.Uniform())};
  }
  /// `count` rows spread evenly over [from, until).
  std::vector<SampleRow> Rows(base::Timestamp from, base::Timestamp until, int count) {
    std::vector<SampleRow> rows;
    for (int i = 0; i < count; ++i) rows.push_back(Row(from + (until - from) * i / count));
    return rows;
  }

  double temp_shift = 0;
  double humid_shift = 0;
  double cloud_share = 0.5;

 private:
  stats::Random random_;
};

/// The profile that a version trained on `rows` would carry.
inline model::ReferenceProfile ProfileOf(const std::vector<SampleRow>& rows) {
  model::Frame frame;
  frame.columns = {{.name = "temp", .type = model::FeatureType::kNumber, .numbers = {}, .categories = {}},
                   {.name = "sky", .type = model::FeatureType::kCategory, .numbers = {}, .categories = {}},
                   {.name = "humid", .type = model::FeatureType::kNumber, .numbers = {}, .categories = {}}};
  std::vector<std::string> predicted;
  std::vector<float> no;
  std::vector<float> rain;
  for (const auto& row : rows) {
    frame.columns[0].numbers.push_back(row.temp);
    frame.columns[1].categories.push_back(row.sky);
    frame.columns[2].numbers.push_back(row.humid);
    predicted.emplace_back(row.rain >= 0.5F ? "rain" : "no");
    no.push_back(1 - row.rain);
    rain.push_back(row.rain);
  }
  auto profile = model::ProfileFrame(frame);
  profile.predicted_label = model::ProfileCategories(predicted);
  profile.predicted_probability = {{"probability.no", model::ProfileNumbers(no)},
                                   {"probability.rain", model::ProfileNumbers(rain)}};
  return profile;
}

/// A monitor with all it stands on, on real files in temporary folders; the endpoint "rain" answers with rain/1.
class TempMonitor {
 public:
  TempMonitor() {
    log_.clock().Set(Week(60));  // all weeks of the tests are past when their rows arrive
    Weather weather(1);
    RegisterVersion(ProfileOf(weather.Rows(Week(-52), Week(0), 5000)));
    Reopen();
    Promote(1);
  }

  Monitor& operator*() { return *monitor_; }
  Monitor* operator->() { return monitor_.get(); }

  /// As a restart does; the endpoints are where they were.
  void Reopen() {
    monitor_.reset();
    labels_.reset();
    log_.Reopen();
    registry_.Reopen();
    labels_ = Labels::Open(registry_.database(), *log_).value();
    monitor_ = Monitor::Open({}, {.database = registry_.database(),
                                  .log = *log_,
                                  .labels = *labels_,
                                  .registry = *registry_,
                                  .endpoints = endpoints_,
                                  .clock = log_.clock(),
                                  .metrics = log_.metrics(),
                                  .logger = log_.logger()})
                   .value();
    monitor_->SetSink(&actions_);
  }

  void RegisterVersion(const model::ReferenceProfile& profile) {
    auto bundle = registry::testing::SmallBundle(1);
    bundle.signature = WeatherSignature();
    bundle.profile = profile;
    const auto made = registry_->Register(registry::ModelName("rain"), bundle, {});
    EXPECT_TRUE(made) << made.error().ToString();
  }
  void Promote(int64_t version) {
    const auto model =
        serve::testing::FakeModel("rain/" + std::to_string(version), WeatherSignature(),
                                  [](const auto&, std::span<float>) -> base::Result<void> { return base::Ok(); });
    ASSERT_TRUE(endpoints_.Install(kEndpoint, {.champion = model}));
  }

  /// Logs rows; their ids.
  std::vector<std::string> Log(const std::vector<SampleRow>& rows) {
    auto ids = log_.Add(rows);
    log_->Flush();
    return ids;
  }
  /// One row, so that event time passes.
  void Tick(base::Timestamp event_time) { Log({{.event_time = event_time}}); }

  void Evaluate() {
    const auto evaluated = monitor_->EvaluateDue(kEndpoint);
    EXPECT_TRUE(evaluated) << evaluated.error().ToString();
  }

  /// The weeks of the default windows, from one in September 2013 on.
  static base::Timestamp Week(int n) {
    return base::ParseTimestamp("2013-09-05").value() + std::chrono::hours(24 * 7 * n);
  }

  TempLog& log() { return log_; }
  Labels& labels() { return *labels_; }
  store::Database& database() { return registry_.database(); }
  RecordingActions& actions() { return actions_; }
  base::Metrics& metrics() { return log_.metrics(); }
  serve::Endpoints& endpoints() { return endpoints_; }

  inline static const serve::EndpointName kEndpoint{"rain"};

 private:
  registry::testing::TempRegistry registry_;
  TempLog log_;
  RecordingActions actions_;
  std::unique_ptr<Labels> labels_;
  serve::Endpoints endpoints_{log_.metrics()};
  std::unique_ptr<Monitor> monitor_;
};

}  // namespace gyre::monitor::testing
