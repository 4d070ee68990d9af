#pragma once

#include <gtest/gtest.h>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "monitor/labels.h"
#include "monitor/testing/temp_log.h"
#include "registry/testing/temp_registry.h"
#include "release/releases.h"
#include "release/testing/fake_target.h"
#include "store/testing/audit_actions.h"

namespace gyre::release::testing {

inline const serve::EndpointName kRain("rain");

inline registry::VersionRef Rain(int64_t version) {
  return {registry::ModelName("rain"), version};
}

/// Keeps what it is told. Thread-safe.
class RecordingListener final : public ReleaseListener {
 public:
  void OnCanaryEnded(const Canary& canary) override {
    const std::lock_guard lock(mutex_);
    ended_.push_back(canary);
  }
  std::vector<Canary> ended() const {
    const std::lock_guard lock(mutex_);
    return ended_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Canary> ended_;
};

/// Releases on a real database, registry, log and labels in temporary folders; versions 1 to 3 of rain are registered.
/// Only the models are made up.
class ReleaseHome {
 public:
  ReleaseHome() {
    Open();
    for (int seed = 1; seed <= 3; ++seed) {
      EXPECT_TRUE(registry_->Register(registry::ModelName("rain"), registry::testing::SmallBundle(seed), {}));
    }
  }
  ~ReleaseHome() { Close(); }

  /// As a crash and a restart: nothing is served until `Restore`.
  void Reopen() {
    Close();
    registry_.Reopen();
    log_.Reopen();
    Open();
  }

  Releases& operator*() { return *releases_; }
  Releases* operator->() { return releases_.get(); }
  FakeTarget& target() { return *target_; }
  serve::Endpoints& endpoints() { return *endpoints_; }
  registry::Registry& registry() { return *registry_; }
  store::Database& database() { return registry_.database(); }
  monitor::testing::TempLog& log() { return log_; }
  monitor::Labels& labels() { return *labels_; }
  base::testing::ManualClock& clock() { return registry_.clock(); }
  RecordingListener& listener() { return listener_; }
  base::Metrics& metrics() { return log_.metrics(); }

  /// One answered and labelled row: what rain/1 and rain/2 said, and what happened.
  struct Row {
    float champion = 0;
    float candidate = 0;
    bool rain = false;
  };
  /// An hour apart in event time, from where the last ended.
  void AddLabelled(const std::vector<Row>& rows) {
    std::vector<monitor::testing::SampleRow> samples;
    for (const auto& row : rows) {
      samples.push_back({.event_time = event_time_, .rain = row.champion, .shadow_rain = row.candidate});
      event_time_ += std::chrono::hours(1);
    }
    const auto ids = log_.Add(samples);
    log_->Flush();
    std::vector<monitor::Label> labels;
    for (size_t i = 0; i < ids.size(); ++i) {
      labels.push_back({.prediction_id = ids[i], .label = rows[i].rain ? "rain" : "no", .observed_at = {}});
    }
    const auto receipt = labels_->Submit(kRain, labels);
    EXPECT_TRUE(receipt) << receipt.error().ToString();
    EXPECT_EQ(receipt->accepted, static_cast<int64_t>(rows.size()));
  }
  /// Rows in which one of the two is right and the other wrong.
  void AddClear(int n, bool candidate_is_right) {
    std::vector<Row> rows;
    for (int i = 0; i < n; ++i) {
      const bool rain = i % 2 == 0;
      const float right = rain ? 0.9F : 0.1F;
      rows.push_back({.champion = candidate_is_right ? 1 - right : right,
                      .candidate = candidate_is_right ? right : 1 - right,
                      .rain = rain});
    }
    AddLabelled(rows);
  }
  void AddEqual(int n) { AddLabelled(std::vector<Row>(static_cast<size_t>(n), {0.2F, 0.2F, false})); }

  std::vector<std::string> Audit() { return store::testing::AuditActions(database()); }
  int64_t Champion() { return registry_->Resolve("rain@champion").value().ref.version; }

 private:
  void Open() {
    labels_ = monitor::Labels::Open(database(), *log_).value();
    endpoints_ = std::make_unique<serve::Endpoints>(metrics());
    target_ = std::make_unique<FakeTarget>(*endpoints_);
    releases_ = Releases::Open(
                    {.tick = std::chrono::milliseconds(5)},
                    {database(), *registry_, *target_, *endpoints_, *log_, *labels_, clock(), metrics(), log_.logger()})
                    .value();
    releases_->SetListener(&listener_);
  }
  void Close() {
    releases_.reset();
    target_.reset();
    endpoints_.reset();
    labels_.reset();
  }

  registry::testing::TempRegistry registry_;
  monitor::testing::TempLog log_;
  RecordingListener listener_;
  base::Timestamp event_time_ = base::ParseTimestamp("2013-10-01").value();
  std::unique_ptr<monitor::Labels> labels_;
  std::unique_ptr<serve::Endpoints> endpoints_;
  std::unique_ptr<FakeTarget> target_;
  std::unique_ptr<Releases> releases_;
};

}  // namespace gyre::release::testing
