#include "release/releases.h"

#include <future>
#include <gmock/gmock.h>

#include "release/testing/release_home.h"
#include "serve/predictor.h"

namespace gyre::release {
namespace {

using base::ErrorCode;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kRain;
using testing::Rain;

class ReleasesTest : public ::testing::Test {
 protected:
  void SetUp() override { home_.Audit(); }

  /// rain/1 serves, what that took is forgotten.
  void Deploy() {
    ASSERT_TRUE(home_->Deploy(kRain, Rain(1), "ann"));
    home_.target().TakeCalls();
    audited_ = home_.Audit().size();
  }
  Canary StartCanary(const CanaryPlan& plan = {.min_rows = 50}) {
    const auto canary = home_->StartCanary(kRain, Rain(2), plan, "ann");
    EXPECT_TRUE(canary) << canary.error().ToString();
    home_.target().TakeCalls();
    audited_ = home_.Audit().size();
    return canary.value();
  }
  /// What was audited since the last call of these.
  std::vector<std::string> NewAudit() {
    auto audit = home_.Audit();
    audit.erase(audit.begin(), audit.begin() + static_cast<std::ptrdiff_t>(audited_));
    audited_ += audit.size();
    return audit;
  }
  int64_t Served() { return home_.endpoints().RoutingOf(kRain).value().champion->version().version; }
  std::string Metrics() { return home_.metrics().Expose(); }
  void FailCalls(const std::string& containing) {
    home_.target().before = [containing](const std::string& call) -> base::Result<void> {
      if (call.find(containing) == std::string::npos) return base::Ok();
      return base::Unprocessable(call + " does not work");
    };
  }
  void AllowCalls() { FailCalls("no such call"); }
  Canary Await(const std::string& id) {
    for (int i = 0; i < 2000; ++i) {
      auto canary = home_->GetCanary(id).value();
      if (canary.state != CanaryState::kRunning && !home_.listener().ended().empty()) return canary;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    ADD_FAILURE() << "the canary did not end";
    return {};
  }

  testing::ReleaseHome home_;
  size_t audited_ = 0;
};

TEST_F(ReleasesTest, DeployProbesThenRecordsThenServes) {
  audited_ = home_.Audit().size();
  const auto record = home_->Deploy(kRain, Rain(1), "ann").value();
  EXPECT_EQ(record.champion, Rain(1));
  EXPECT_THAT(home_.target().TakeCalls(), ElementsAre("probe rain/1", "apply rain: rain/1"));
  EXPECT_THAT(NewAudit(), ElementsAre("ann model_alias_set rain", "ann endpoint_deployed rain"));
  EXPECT_EQ(home_.Champion(), 1);
  EXPECT_EQ(Served(), 1);
  EXPECT_EQ(home_->Get(kRain).value().ToJson(), record.ToJson());
  EXPECT_EQ(home_->List().value().size(), 1U);
  EXPECT_TRUE(record.ToJson()["canary"].is_null());
}

TEST_F(ReleasesTest, DeployingWhatIsDeployedChangesNothing) {
  Deploy();
  const auto before = home_->Get(kRain).value();
  home_.clock().Advance(std::chrono::hours(1));
  EXPECT_EQ(home_->Deploy(kRain, Rain(1), "bob").value().ToJson(), before.ToJson());
  EXPECT_THAT(NewAudit(), IsEmpty());
  EXPECT_THAT(home_.target().TakeCalls(), IsEmpty());
}

TEST_F(ReleasesTest, DeployingTheChampionThatWasPromotedKeepsItsCanary) {
  Deploy();
  const auto first = StartCanary();
  ASSERT_TRUE(home_->EndCanary(first.id, Decision::kPromote, "good enough", "ann"));
  const auto second = home_->StartCanary(kRain, Rain(1), {.min_rows = 50}, "ann").value();
  const auto record = home_->Deploy(kRain, Rain(2), "ann").value();
  EXPECT_EQ(record.deployed, Rain(2));
  ASSERT_TRUE(record.canary);
  EXPECT_EQ(record.canary->id, second.id);
  EXPECT_EQ(Served(), 2);
}

TEST_F(ReleasesTest, DeployReplacesTheChampion) {
  Deploy();
  home_.clock().Advance(std::chrono::hours(1));
  const auto record = home_->Deploy(kRain, Rain(2), "ann").value();
  EXPECT_EQ(Served(), 2);
  EXPECT_EQ(home_.Champion(), 2);
  EXPECT_EQ(record.updated_at - record.created_at, std::chrono::hours(1));
}

TEST_F(ReleasesTest, AVersionThatFailsItsProbeChangesNothing) {
  Deploy();
  FailCalls("probe");
  EXPECT_EQ(home_->Deploy(kRain, Rain(2), "ann").error().message(), "probe rain/2 does not work");
  EXPECT_EQ(home_->Get(kRain)->champion, Rain(1));
  EXPECT_THAT(NewAudit(), IsEmpty());
  EXPECT_EQ(home_->Deploy(kRain, Rain(9), "ann").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(home_->Deploy(serve::EndpointName("a/b"), Rain(1), "ann").error().name(), "endpoint");
  EXPECT_EQ(home_->Get(serve::EndpointName("snow")).error().code(), ErrorCode::kNotFound);
}

TEST_F(ReleasesTest, ACrashBetweenRecordAndTargetIsMendedByRestore) {
  Deploy();
  FailCalls("apply");
  EXPECT_THAT(home_->Deploy(kRain, Rain(2), "ann").error().message(), HasSubstr("rain/2 is recorded but not served"));
  EXPECT_EQ(Served(), 1);
  home_.Reopen();
  EXPECT_FALSE(home_.endpoints().Find("rain"));
  ASSERT_TRUE(home_->Restore());
  EXPECT_EQ(Served(), 2);
  EXPECT_EQ(home_.Champion(), 2);
}

TEST_F(ReleasesTest, DeployingAgainServesWhatCouldNotBeServed) {
  FailCalls("apply");
  EXPECT_FALSE(home_->Deploy(kRain, Rain(1), "ann"));
  AllowCalls();
  audited_ = home_.Audit().size();
  EXPECT_TRUE(home_->Deploy(kRain, Rain(1), "ann"));
  EXPECT_EQ(Served(), 1);
  EXPECT_THAT(NewAudit(), IsEmpty());
}

TEST_F(ReleasesTest, RestoreLeavesOutWhatNoLongerLoads) {
  Deploy();
  ASSERT_TRUE(home_->Deploy(serve::EndpointName("snow"), Rain(2), "ann"));
  home_.Reopen();
  FailCalls("apply rain");
  ASSERT_TRUE(home_->Restore());
  EXPECT_FALSE(home_.endpoints().Find("rain"));
  EXPECT_TRUE(home_.endpoints().Find("snow"));
  EXPECT_TRUE(home_->Delete(kRain, "ann")) << "the target knows nothing of it";
}

TEST_F(ReleasesTest, DeleteStopsServingAndKeepsWhatWasJudged) {
  Deploy();
  const auto canary = StartCanary();
  ASSERT_TRUE(home_->Delete(kRain, "ann"));
  EXPECT_FALSE(home_.endpoints().Find("rain"));
  EXPECT_THAT(NewAudit(), ElementsAre("ann canary_aborted " + canary.id, "ann endpoint_deleted rain"));
  EXPECT_EQ(home_->Get(kRain).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(home_->Delete(kRain, "ann").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(home_->GetCanary(canary.id)->reason, "the endpoint was deleted");
  EXPECT_THAT(Metrics(), ::testing::Not(HasSubstr("gyre_canary_share{")));
}

TEST_F(ReleasesTest, NobodyWaitsForASlowProbe) {
  Deploy();
  std::promise<void> probing;
  std::promise<void> answer;
  home_.target().before = [&](const std::string& call) -> base::Result<void> {
    if (call == "probe rain/3") {
      probing.set_value();
      answer.get_future().wait();
    }
    return base::Ok();
  };
  auto slow = std::async(std::launch::async, [&] { return home_->Deploy(kRain, Rain(3), "ann"); });
  probing.get_future().wait();
  EXPECT_EQ(home_->Get(kRain)->champion, Rain(1));
  EXPECT_TRUE(home_->Deploy(kRain, Rain(2), "bob"));
  EXPECT_EQ(Served(), 2);
  answer.set_value();
  EXPECT_TRUE(slow.get());
  EXPECT_EQ(Served(), 3);
}

TEST_F(ReleasesTest, ChangesOfOneEndpointTakeTurns) {
  Deploy();
  std::atomic<int> at_once = 0;
  std::atomic<int> most = 0;
  home_.target().before = [&](const std::string& call) -> base::Result<void> {
    if (!call.starts_with("apply")) return base::Ok();
    most = std::max(most.load(), ++at_once);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    --at_once;
    return base::Ok();
  };
  std::vector<std::future<void>> changes;
  for (int64_t thread = 0; thread < 3; ++thread) {
    changes.push_back(std::async(std::launch::async, [&, thread] {
      for (int64_t i = 0; i < 10; ++i) EXPECT_TRUE(home_->Deploy(kRain, Rain(1 + (thread + i) % 3), "ann"));
    }));
  }
  for (auto& change : changes) change.get();
  EXPECT_EQ(most, 1);
  EXPECT_EQ(home_->Get(kRain)->champion.version, Served());
  EXPECT_EQ(home_.Champion(), Served());
}

TEST_F(ReleasesTest, ACanaryStartsBesideTheChampion) {
  Deploy();
  home_.AddEqual(3);
  const auto canary = home_->StartCanary(kRain, Rain(2), {.share = 0.1}, "ann").value();
  EXPECT_THAT(home_.target().TakeCalls(), ElementsAre("probe rain/2", "apply rain: rain/1 and rain/2"));
  EXPECT_THAT(NewAudit(), ElementsAre("ann canary_started " + canary.id));
  EXPECT_EQ(canary.champion, Rain(1));
  EXPECT_EQ(canary.started_event_time, base::ParseTimestamp("2013-10-01T02:00:00Z").value());
  EXPECT_EQ(home_->Get(kRain)->canary->ToJson(), canary.ToJson());
  EXPECT_EQ(home_.endpoints().RoutingOf(kRain)->candidate_share, 0.1);
  EXPECT_EQ(home_.Champion(), 1);
  EXPECT_THAT(Metrics(), HasSubstr("gyre_canary_share{endpoint=\"rain\"} 0.1"));
}

TEST_F(ReleasesTest, RefusesACanaryThatMakesNoSense) {
  EXPECT_EQ(home_->StartCanary(kRain, Rain(2), {}, "ann").error().code(), ErrorCode::kNotFound);
  Deploy();
  EXPECT_EQ(home_->StartCanary(kRain, Rain(1), {}, "ann").error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_EQ(home_->StartCanary(kRain, Rain(2), {.share = 2}, "ann").error().name(), "plan.share");
  EXPECT_EQ(home_->StartCanary(kRain, Rain(9), {}, "ann").error().code(), ErrorCode::kNotFound);
  const auto canary = StartCanary();
  const auto second = home_->StartCanary(kRain, Rain(3), {}, "ann");
  EXPECT_EQ(second.error().code(), ErrorCode::kAlreadyExists);
  EXPECT_THAT(second.error().message(), HasSubstr(canary.id));
}

TEST_F(ReleasesTest, ACandidateThatCannotBeServedIsAborted) {
  Deploy();
  FailCalls("apply rain: rain/1 and rain/2");
  EXPECT_FALSE(home_->StartCanary(kRain, Rain(2), {}, "ann"));
  EXPECT_FALSE(home_->Get(kRain)->canary);
  const auto canaries = home_->ListCanaries(kRain, 10).value();
  ASSERT_EQ(canaries.size(), 1U);
  EXPECT_EQ(canaries[0].state, CanaryState::kAborted);
  EXPECT_EQ(canaries[0].reason, "apply rain: rain/1 and rain/2 does not work");
  EXPECT_EQ(home_.target().TakeCalls().back(), "apply rain: rain/1");
}

TEST_F(ReleasesTest, TheJudgePromotesABetterCandidate) {
  Deploy();
  home_->Start();
  const auto started = StartCanary();
  home_.AddClear(60, true);
  const auto canary = Await(started.id);
  EXPECT_EQ(canary.state, CanaryState::kPromoted);
  EXPECT_EQ(canary.verdict->n, 50);
  EXPECT_EQ(canary.verdict->decision, Decision::kPromote);
  EXPECT_LT(canary.verdict->interval_high, 0);
  EXPECT_EQ(canary.reason, canary.verdict->reason);
  EXPECT_EQ(home_->Get(kRain)->champion, Rain(2));
  EXPECT_EQ(home_->Get(kRain)->deployed, Rain(1));
  EXPECT_FALSE(home_->Get(kRain)->canary);
  EXPECT_EQ(home_.Champion(), 2);
  EXPECT_EQ(Served(), 2);
  EXPECT_THAT(home_.target().TakeCalls(), ElementsAre("apply rain: rain/2"));
  EXPECT_THAT(NewAudit(), ElementsAre("judge canary_promoted " + canary.id, "judge model_alias_set rain"));
  ASSERT_EQ(home_.listener().ended().size(), 1U);
  EXPECT_EQ(home_.listener().ended()[0].ToJson(), canary.ToJson());
  EXPECT_THAT(Metrics(), HasSubstr("gyre_canary_share{endpoint=\"rain\"} 0\n"));
  EXPECT_THAT(Metrics(), HasSubstr("gyre_verdicts_total{decision=\"promote\",endpoint=\"rain\"} 1"));
}

TEST_F(ReleasesTest, TheJudgeRollsAWorseCandidateBack) {
  Deploy();
  home_->Start();
  const auto started = StartCanary();
  home_.AddClear(60, false);
  EXPECT_EQ(Await(started.id).state, CanaryState::kRolledBack);
  EXPECT_EQ(home_->Get(kRain)->champion, Rain(1));
  EXPECT_EQ(home_.Champion(), 1);
  EXPECT_THAT(home_.target().TakeCalls(), ElementsAre("apply rain: rain/1"));
}

TEST_F(ReleasesTest, AnUndecidedCanaryHolds) {
  Deploy();
  StartCanary({.min_rows = 10, .max_rows = 40});
  home_.AddEqual(30);
  EXPECT_EQ(home_->JudgeNow(kRain).value()->state, CanaryState::kRunning);
  home_.AddEqual(30);
  const auto held = home_->JudgeNow(kRain).value().value();
  EXPECT_EQ(held.state, CanaryState::kHeld);
  EXPECT_EQ(held.verdict->n, 40);
  EXPECT_EQ(Served(), 1);
  EXPECT_FALSE(home_->JudgeNow(kRain).value());
}

TEST_F(ReleasesTest, RowsFromBeforeTheCanaryDoNotCount) {
  Deploy();
  home_.AddClear(100, true);
  home_.clock().Set(home_.log().clock().Now() + std::chrono::hours(1));
  home_.log().clock().Set(home_.clock().Now());
  StartCanary();
  EXPECT_EQ(home_->JudgeNow(kRain).value()->state, CanaryState::kRunning);
}

TEST_F(ReleasesTest, ACanaryWithoutLabelsIsGivenUp) {
  Deploy();
  home_.AddEqual(1);
  StartCanary({.max_event_time = std::chrono::hours(24)});
  home_.log().clock().Advance(std::chrono::hours(48));  // the log distrusts event times far ahead of the arrival
  home_.log().Add({{.event_time = base::ParseTimestamp("2013-10-02T23:00:00Z").value()}});
  home_.log()->Flush();
  EXPECT_EQ(home_->JudgeNow(kRain).value()->state, CanaryState::kRunning);
  home_.log().Add({{.event_time = base::ParseTimestamp("2013-10-03T01:00:00Z").value()}});
  home_.log()->Flush();
  const auto held = home_->JudgeNow(kRain).value().value();
  EXPECT_EQ(held.state, CanaryState::kHeld);
  EXPECT_THAT(held.reason, HasSubstr("2d passed in event time, but only 1 rows got labels"));
}

TEST_F(ReleasesTest, ACandidateThatFailsIsRolledBackWithoutLabels) {
  home_.target().rain[2] = [](std::span<const float> numbers) -> base::Result<float> {
    if (numbers[0] > 30) return base::Internal("too hot");
    return 0.5F;
  };
  Deploy();
  const auto started = StartCanary({.share = 0.5, .min_rows = 40, .max_error_share = 0.2});
  serve::Predictor predictor({}, {home_.endpoints(), *home_.log(), home_.clock(), home_.log().entropy()});
  const auto predict = [&](int temp, int times) {
    std::string answer;
    const auto body = fmt::format(R"({{"temp": {}, "humid": 50, "sky": "clear"}})", temp);
    for (int i = 0; i < times; ++i) EXPECT_TRUE(predictor.PredictJson("rain", body, {}, answer));
  };
  predict(20, 36);
  predict(40, 9);
  EXPECT_EQ(home_->JudgeNow(kRain).value()->state, CanaryState::kRunning) << "9 of 45 rows is the share allowed";
  home_->Start();
  predict(40, 1);
  const auto canary = Await(started.id);
  EXPECT_EQ(canary.state, CanaryState::kRolledBack);
  EXPECT_EQ(canary.reason, "the candidate could not answer 10 of its 46 rows; the plan allows a share of 0.2");
  EXPECT_EQ(canary.verdict->metric, "error_share");
  EXPECT_TRUE(canary.ToJson()["verdict"]["interval"][0].is_null());
}

TEST_F(ReleasesTest, ByHandTheVerdictKeepsTheFiguresSoFar) {
  Deploy();
  const auto started = StartCanary();
  home_.AddClear(20, false);
  const auto ended = home_->EndCanary(started.id, Decision::kPromote, "I know better", "bob").value();
  EXPECT_EQ(ended.state, CanaryState::kPromoted);
  EXPECT_EQ(ended.verdict->n, 20);
  EXPECT_NEAR(ended.verdict->candidate, 0.81, 1e-6);
  EXPECT_EQ(ended.verdict->reason, "I know better");
  EXPECT_EQ(Served(), 2);
  EXPECT_THAT(NewAudit(), Contains("bob canary_promoted " + ended.id));
  const auto again = home_->EndCanary(started.id, Decision::kHold, "", "bob");
  EXPECT_EQ(again.error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_THAT(again.error().message(), HasSubstr("it was promoted"));
  EXPECT_EQ(home_->EndCanary("none", Decision::kHold, "", "bob").error().code(), ErrorCode::kNotFound);
}

TEST_F(ReleasesTest, ADeploymentOvertakesACanary) {
  Deploy();
  const auto started = StartCanary();
  EXPECT_TRUE(home_->Deploy(kRain, Rain(1), "ann"));
  EXPECT_EQ(home_->GetCanary(started.id)->state, CanaryState::kRunning) << "nothing new was deployed";
  ASSERT_TRUE(home_->Deploy(kRain, Rain(3), "ann"));
  const auto aborted = home_->GetCanary(started.id).value();
  EXPECT_EQ(aborted.state, CanaryState::kAborted);
  EXPECT_EQ(aborted.reason, "rain/3 was deployed over it");
  EXPECT_FALSE(aborted.verdict);
  ASSERT_EQ(home_.listener().ended().size(), 1U);
  EXPECT_EQ(home_.endpoints().RoutingOf(kRain)->candidate, nullptr);
}

TEST_F(ReleasesTest, ACanarySurvivesARestart) {
  Deploy();
  const auto started = StartCanary();
  home_.AddClear(30, true);
  home_.Reopen();
  ASSERT_TRUE(home_->Restore());
  EXPECT_EQ(home_.endpoints().RoutingOf(kRain)->candidate->version(), Rain(2));
  EXPECT_EQ(home_->Get(kRain)->canary->ToJson(), started.ToJson());
  home_->Start();
  home_.AddClear(30, true);
  EXPECT_EQ(Await(started.id).state, CanaryState::kPromoted);
}

TEST_F(ReleasesTest, ACandidateThatNoLongerLoadsLeavesTheChampion) {
  Deploy();
  const auto started = StartCanary();
  home_.Reopen();
  FailCalls("rain/2");
  ASSERT_TRUE(home_->Restore());
  EXPECT_EQ(Served(), 1);
  EXPECT_EQ(home_->GetCanary(started.id)->state, CanaryState::kAborted);
  EXPECT_EQ(home_.listener().ended().size(), 1U);
}

TEST_F(ReleasesTest, AVerdictThatCouldNotBeAppliedIsTriedAgain) {
  Deploy();
  const auto started = StartCanary();
  FailCalls("apply");
  ASSERT_TRUE(home_->EndCanary(started.id, Decision::kRollBack, "worse", "ann"));
  EXPECT_NE(home_.endpoints().RoutingOf(kRain)->candidate, nullptr);
  AllowCalls();
  home_->Start();
  for (int i = 0; i < 2000 && home_.endpoints().RoutingOf(kRain)->candidate != nullptr; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(home_.endpoints().RoutingOf(kRain)->candidate, nullptr);
}

TEST_F(ReleasesTest, ListsCanariesNewestFirst) {
  Deploy();
  const auto first = StartCanary();
  ASSERT_TRUE(home_->EndCanary(first.id, Decision::kHold, "", "ann"));
  const auto second = StartCanary();
  const auto all = home_->ListCanaries(serve::EndpointName(""), 10).value();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].id, second.id);
  EXPECT_EQ(home_->ListCanaries(kRain, 1)->size(), 1U);
  EXPECT_TRUE(home_->ListCanaries(serve::EndpointName("snow"), 10)->empty());
}

TEST_F(ReleasesTest, StopIsIdempotentAndTheRestGoesOn) {
  home_->Start();
  home_->Stop();
  home_->Stop();
  EXPECT_TRUE(home_->Deploy(kRain, Rain(1), "ann"));
}

}  // namespace
}  // namespace gyre::release
