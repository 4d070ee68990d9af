#include "loop/loop.h"

#include <future>
#include <gmock/gmock.h>

#include "loop/testing/loop_home.h"

namespace gyre::loop {
namespace {

using base::ErrorCode;
using release::testing::kRain;
using release::testing::Rain;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

LoopConfig Config() {
  return LoopConfig::FromJson({{"project", "weather"},
                               {"pipeline", "rain"},
                               {"params", {{"champion", "${loop.champion}"}, {"until", "${loop.watermark}"}}},
                               {"cooldown", "7d"},
                               {"canary", {{"min_rows", 20}, {"max_rows", 60}}}},
                              "loop")
      .value();
}

class LoopTest : public ::testing::Test {
 protected:
  /// rain/1 serves and the loop runs.
  void Start(const LoopConfig& config = Config()) {
    ASSERT_TRUE(home_.releases()->Deploy(kRain, Rain(1), "ann"));
    ASSERT_TRUE(home_->Configure(kRain, config, "ann"));
    home_.Start();
  }
  monitor::Alarm Alarm(const std::string& id, monitor::AlarmKind kind = monitor::AlarmKind::kDrift) {
    home_.releases().clock().Advance(std::chrono::seconds(1));
    return {.id = id,
            .kind = kind,
            .endpoint = kRain,
            .version = Rain(1),
            .window_id = "w",
            .event_time = base::ParseTimestamp("2013-10-08").value(),
            .raised_at = home_.releases().clock().Now(),
            .reason = "3 of 8 features drifted",
            .evidence = base::Json::object()};
  }
  std::vector<Cycle> Cycles() { return home_->Cycles(kRain, 100).value(); }
  std::string AwaitCycle() {
    home_.Await([&] { return !Cycles().empty(); });
    return Cycles().empty() ? "" : Cycles().front().id;
  }
  Cycle AwaitCanary(const std::string& id) { return home_.AwaitState(id, CycleState::kCanary); }
  /// Returns once the loop has begun a cycle for the alarm, or refused to.
  void AwaitConsidered(const monitor::Alarm& alarm) {
    home_.Await([&] {
      const auto seen = home_.releases().database().Read([](store::Reader& reader) {
        return reader.QueryOne("SELECT MAX(alarms_seen) FROM loop_configs",
                               [](const store::Row& row) { return base::FromMicros(row.Int(0)); });
      });
      return seen.value().value() >= alarm.raised_at;
    });
  }
  void RaiseAndAwait(const std::string& id, monitor::AlarmKind kind = monitor::AlarmKind::kDrift) {
    const auto alarm = Alarm(id, kind);
    home_->OnAlarm(alarm);
    AwaitConsidered(alarm);
  }
  void AddLabels(int n) { home_.releases().AddEqual(n); }
  /// Once the loop has finished what it does.
  std::string Metrics() {
    home_->Stop();
    return home_.releases().metrics().Expose();
  }

  testing::LoopHome home_;
};

TEST_F(LoopTest, ADriftAlarmTrainsTriesAndPromotes) {
  Start();
  home_.releases().AddEqual(3);
  home_->OnAlarm(Alarm("a1"));
  const auto id = AwaitCycle();
  const auto trying = AwaitCanary(id);
  EXPECT_EQ(trying.candidate, "rain/4");
  EXPECT_EQ(trying.trigger, base::Json({{"kind", "drift"}, {"reason", "3 of 8 features drifted"}, {"alarm", "a1"}}));
  EXPECT_EQ(trying.event_time, base::ParseTimestamp("2013-10-01T02:00:00Z").value());
  EXPECT_EQ(trying.labels, 3);

  const auto run = home_.executor().Get(pipeline::PipelineRunId(trying.pipeline_run)).value();
  EXPECT_EQ(run.params, base::Json({{"champion", "rain/1"}, {"until", "2013-10-01T02:00:00Z"}}));
  EXPECT_EQ(run.until, "register");
  EXPECT_EQ(run.trigger["kind"], "drift");
  EXPECT_EQ(run.trigger["alarm"], "a1");
  EXPECT_EQ(run.actor, "loop");

  const auto canary = home_.releases()->GetCanary(trying.canary).value();
  EXPECT_EQ(canary.plan.min_rows, 20);
  ASSERT_TRUE(home_.releases()->EndCanary(trying.canary, release::Decision::kPromote, "it is better", "judge"));
  const auto ended = home_.AwaitState(id, CycleState::kPromoted);
  EXPECT_EQ(ended.outcome, "it is better");
  EXPECT_TRUE(ended.ended_at);
  EXPECT_EQ(home_.releases()->Get(kRain)->champion, Rain(4));
  EXPECT_THAT(Metrics(), HasSubstr("gyre_loop_cycles_total{endpoint=\"rain\",outcome=\"promoted\"} 1"));
  EXPECT_THAT(home_.Audit(), Contains("loop cycle_ended " + id));
  EXPECT_EQ(home_->GetCycle(id)->ToJson()["state"], "promoted");
}

TEST_F(LoopTest, FlushReturnsOnceAnAlarmHasBeenActedOn) {
  Start();
  home_->OnAlarm(Alarm("a1"));
  home_->Flush();
  EXPECT_THAT(Cycles(), ::testing::SizeIs(1));
  home_->Stop();
  home_->Flush();  // nothing comes of it any more
}

TEST_F(LoopTest, AForgottenEndpointHasNoPastToCoolDownFrom) {
  Start();
  home_->OnAlarm(Alarm("a1"));
  const auto id = AwaitCycle();
  const auto canary = AwaitCanary(id).canary;
  ASSERT_TRUE(home_.releases()->EndCanary(canary, release::Decision::kHold, "enough", "judge"));
  home_.AwaitState(id, CycleState::kHeld);
  ASSERT_TRUE(home_->Forget(kRain));
  EXPECT_THAT(Cycles(), IsEmpty());
  EXPECT_EQ(home_->GetCycle(id).error().code(), ErrorCode::kNotFound);
  EXPECT_TRUE(home_->ConfigOf(kRain).value());
  home_->OnAlarm(Alarm("a2"));
  home_->Flush();
  EXPECT_THAT(Cycles(), ::testing::SizeIs(1)) << "the cool-down of a cycle that is forgotten";
}

TEST_F(LoopTest, TheJudgesVerdictEndsTheCycle) {
  // The candidate is rain/2, registered before: the sample rows know it as the shadow of rain/1.
  auto config = Config();
  config.version_output = "train.version";
  config.until = "train";
  home_.train = [](const pipeline::StepContext&) -> base::Result<pipeline::StepOutcome> {
    pipeline::StepOutcome outcome;
    outcome.outputs["version"] = {.kind = pipeline::ArtifactKind::kValue, .files = {}, .facts = {{"ref", "rain/2"}}};
    return outcome;
  };
  Start(config);
  const auto first = home_->Trigger(kRain, "try it", "ann").value();
  AwaitCanary(first.id);
  home_.releases().AddClear(30, false);
  const auto worse = home_.AwaitState(first.id, CycleState::kRolledBack);
  EXPECT_THAT(worse.outcome, HasSubstr("the candidate is surely worse"));
  EXPECT_EQ(home_.releases()->Get(kRain)->champion, Rain(1));
}

TEST_F(LoopTest, AHeldCanaryIsAnHonestEnd) {
  Start();
  const auto cycle = home_->Trigger(kRain, "try it", "ann").value();
  const auto trying = AwaitCanary(cycle.id);
  ASSERT_TRUE(home_.releases()->EndCanary(trying.canary, release::Decision::kHold, "undecided", "judge"));
  EXPECT_EQ(home_.AwaitState(cycle.id, CycleState::kHeld).outcome, "undecided");
}

TEST_F(LoopTest, AFailedGateRejectsWithItsSentence) {
  home_.train = [](const pipeline::StepContext&) -> base::Result<pipeline::StepOutcome> {
    pipeline::StepOutcome outcome;
    outcome.failure = base::Unprocessable("brier is 0.09, over the champion's 0.05", "brier");
    return outcome;
  };
  Start();
  const auto cycle = home_->Trigger(kRain, "try it", "ann").value();
  const auto ended = home_.AwaitState(cycle.id, CycleState::kRejected);
  EXPECT_EQ(ended.outcome, "step 'train': brier is 0.09, over the champion's 0.05");
  EXPECT_TRUE(ended.candidate.empty());
  EXPECT_THAT(Metrics(), HasSubstr("outcome=\"rejected\"} 1"));
}

TEST_F(LoopTest, ABrokenStepFailsTheCycle) {
  home_.train = [](const pipeline::StepContext&) -> base::Result<pipeline::StepOutcome> {
    return base::Internal("out of paper");
  };
  Start();
  const auto cycle = home_->Trigger(kRain, "try it", "ann").value();
  EXPECT_EQ(home_.AwaitState(cycle.id, CycleState::kFailed).outcome, "step 'train': out of paper");
}

TEST_F(LoopTest, ACandidateThatFailsItsProbeIsRejected) {
  home_.releases().target().before = [](const std::string& call) -> base::Result<void> {
    if (call == "probe rain/4") return base::Unprocessable("rain/4 crashed on its golden rows");
    return base::Ok();
  };
  Start();
  const auto cycle = home_->Trigger(kRain, "try it", "ann").value();
  const auto ended = home_.AwaitState(cycle.id, CycleState::kRejected);
  EXPECT_EQ(ended.outcome, "rain/4 crashed on its golden rows");
  EXPECT_EQ(ended.candidate, "rain/4");
}

TEST_F(LoopTest, TheSameGraphIsNothingNew) {
  home_.seed = 1;
  Start();
  const auto cycle = home_->Trigger(kRain, "try it", "ann").value();
  const auto ended = home_.AwaitState(cycle.id, CycleState::kRejected);
  EXPECT_EQ(ended.outcome, "nothing new was learnt: rain/4 has the graph of the champion rain/1");
  EXPECT_THAT(home_.releases()->ListCanaries(kRain, 10).value(), IsEmpty());
}

TEST_F(LoopTest, TheChampionItselfIsNothingNew) {
  Start();
  const auto first = home_->Trigger(kRain, "try it", "ann").value();
  const auto trying = AwaitCanary(first.id);
  ASSERT_TRUE(home_.releases()->EndCanary(trying.canary, release::Decision::kPromote, "better", "ann"));
  home_.AwaitState(first.id, CycleState::kPromoted);
  // Another run with the parameters of the first is answered from the cache: it leaves rain/4 again.
  auto config = Config();
  config.params = {{"champion", "rain/1"}, {"until", base::FormatTimestamp(trying.event_time)}};
  ASSERT_TRUE(home_->Configure(kRain, config, "ann"));
  const auto second = home_->Trigger(kRain, "again", "ann").value();
  EXPECT_EQ(home_.AwaitState(second.id, CycleState::kRejected).outcome,
            "nothing new was learnt: the run left rain/4, the champion itself");
}

TEST_F(LoopTest, ARunWithoutAVersionFails) {
  auto config = Config();
  config.until = "train";
  Start(config);
  const auto cycle = home_->Trigger(kRain, "try it", "ann").value();
  EXPECT_THAT(home_.AwaitState(cycle.id, CycleState::kFailed).outcome, HasSubstr("left no register.version"));
}

TEST_F(LoopTest, OneCycleAtATime) {
  std::promise<void> go;
  auto gone = go.get_future().share();
  home_.train = [gone](const pipeline::StepContext&) -> base::Result<pipeline::StepOutcome> {
    gone.wait();
    return base::Internal("stop here");
  };
  Start();
  const auto cycle = home_->Trigger(kRain, "try it", "ann").value();
  EXPECT_FALSE(cycle.pipeline_run.empty());
  const auto second = home_->Trigger(kRain, "again", "ann");
  EXPECT_EQ(second.error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_THAT(second.error().message(), HasSubstr(cycle.id));
  RaiseAndAwait("a1");
  go.set_value();
  home_.AwaitState(cycle.id, CycleState::kFailed);
  EXPECT_EQ(Cycles().size(), 1U);
  EXPECT_EQ(home_.Runs().size(), 1U);
}

TEST_F(LoopTest, TheCoolDownIsOfEventTimeAndNotForHands) {
  home_.seed = 1;
  Start();
  home_.releases().AddEqual(1);
  home_->OnAlarm(Alarm("a1"));
  home_.AwaitState(AwaitCycle(), CycleState::kRejected);
  RaiseAndAwait("a2");
  EXPECT_EQ(Cycles().size(), 1U) << "the second alarm came in the cool-down";
  const auto by_hand = home_->Trigger(kRain, "I insist", "ann");
  ASSERT_TRUE(by_hand);
  home_.AwaitState(by_hand->id, CycleState::kRejected);

  home_.releases().log().clock().Advance(std::chrono::hours(24 * 8));
  home_.releases().log().Add({{.event_time = base::ParseTimestamp("2013-10-08").value()}});
  home_.releases().log()->Flush();
  home_->OnAlarm(Alarm("a3"));
  home_.Await([&] { return Cycles().size() == 3; });
  EXPECT_EQ(Cycles().front().trigger["alarm"], "a3");
}

TEST_F(LoopTest, AlarmsThatAreNotWantedBeginNothing) {
  auto config = Config();
  config.on_drift = false;
  Start(config);
  RaiseAndAwait("a1");
  EXPECT_THAT(Cycles(), IsEmpty());
  RaiseAndAwait("a2", monitor::AlarmKind::kPerformance);
  const auto id = AwaitCycle();
  EXPECT_EQ(home_->GetCycle(id)->trigger["alarm"], "a2");
  EXPECT_EQ(home_->GetCycle(id)->trigger["kind"], "performance");
}

TEST_F(LoopTest, NewLabelsBeginACycle) {
  auto config = Config();
  config.new_labels = 10;
  Start(config);
  AddLabels(9);
  home_->OnWindow({});
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_THAT(Cycles(), IsEmpty());
  AddLabels(1);
  const auto cycle = AwaitCanary(AwaitCycle());
  EXPECT_EQ(cycle.trigger["kind"], "labels");
  EXPECT_EQ(cycle.trigger["reason"], "10 labels have come since rain/1 was trained");
  EXPECT_EQ(cycle.labels, 10);
}

TEST_F(LoopTest, AfterAPromotionLabelsCountFromTheTrainingOn) {
  auto config = Config();
  config.new_labels = 10;
  config.cooldown = std::chrono::hours(1);
  Start(config);
  AddLabels(12);
  const auto first = AwaitCanary(AwaitCycle());
  ASSERT_EQ(first.labels, 12);
  AddLabels(5);
  ASSERT_TRUE(home_.releases()->EndCanary(first.canary, release::Decision::kPromote, "better", "ann"));
  home_.AwaitState(first.id, CycleState::kPromoted);
  AddLabels(4);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(Cycles().size(), 1U) << "one label is missing";
  AddLabels(1);
  home_.Await([&] { return Cycles().size() == 2; });
  EXPECT_EQ(Cycles().front().trigger["reason"], "10 labels have come since rain/4 was trained");
}

TEST_F(LoopTest, AScheduleRunsInEventTime) {
  home_.seed = 1;
  auto config = Config();
  config.every = std::chrono::hours(24 * 10);
  Start(config);
  auto& log = home_.releases().log();
  log.clock().Advance(std::chrono::hours(24 * 60));
  const auto answer_at = [&](const char* time) {
    log.Add({{.event_time = base::ParseTimestamp(time).value()}});
    log->Flush();
  };
  answer_at("2013-10-01");
  answer_at("2013-10-10T23:00:00Z");
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_THAT(Cycles(), IsEmpty());
  answer_at("2013-10-11");
  const auto first = home_.AwaitState(AwaitCycle(), CycleState::kRejected);
  EXPECT_EQ(first.trigger["kind"], "schedule");
  answer_at("2013-10-20");
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(Cycles().size(), 1U) << "it was tried on the 11th";
  answer_at("2013-10-21");
  home_.Await([&] { return Cycles().size() == 2; });
}

TEST_F(LoopTest, AMissedAlarmIsConsideredOnceAfterARestart) {
  auto config = Config();
  config.cooldown = {};
  Start(config);
  home_.monitor().alarms = {Alarm("a1")};
  home_.Reopen();
  home_.Start();
  const auto id = AwaitCycle();
  EXPECT_EQ(home_->GetCycle(id)->trigger["alarm"], "a1");
  const auto trying = AwaitCanary(id);
  AwaitConsidered(home_.monitor().alarms.front());
  ASSERT_TRUE(home_.releases()->EndCanary(trying.canary, release::Decision::kHold, "undecided", "ann"));
  home_.AwaitState(id, CycleState::kHeld);
  home_.Reopen();
  home_.Start();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(Cycles().size(), 1U);
}

TEST_F(LoopTest, ACycleInTrainingSurvivesARestart) {
  std::atomic<bool> restarted = false;
  home_.train = [&](const pipeline::StepContext& context) -> base::Result<pipeline::StepOutcome> {
    while (!restarted) TRY(context.cancel.Check());
    pipeline::StepOutcome outcome;
    outcome.outputs["data"] = {};
    return outcome;
  };
  Start();
  const auto cycle = home_->Trigger(kRain, "try it", "ann").value();
  home_.Reopen();
  EXPECT_EQ(home_->GetCycle(cycle.id)->state, CycleState::kTraining);
  restarted = true;
  home_.Start();
  EXPECT_EQ(AwaitCanary(cycle.id).pipeline_run, cycle.pipeline_run);
  EXPECT_EQ(home_.Runs().size(), 1U);
}

TEST_F(LoopTest, ARunThatEndedUnseenGoesOn) {
  Start();
  home_->Stop();
  const auto cycle = home_->Trigger(kRain, "try it", "ann").value();
  home_.executor().Wait(pipeline::PipelineRunId(cycle.pipeline_run), std::chrono::seconds(10)).value();
  EXPECT_EQ(home_->GetCycle(cycle.id)->state, CycleState::kTraining);
  home_.Reopen();
  home_.Start();
  AwaitCanary(cycle.id);
  EXPECT_EQ(home_.Runs().size(), 1U);
}

TEST_F(LoopTest, ACrashBetweenRunAndCanaryTriesTheSameCandidate) {
  home_.releases().target().before = [](const std::string& call) -> base::Result<void> {
    if (call == "probe rain/4") return base::Unavailable("the server is stopping");
    return base::Ok();
  };
  Start();
  const auto cycle = home_->Trigger(kRain, "try it", "ann").value();
  home_.Await([&] { return !home_->GetCycle(cycle.id)->candidate.empty(); });
  home_.Reopen();
  home_.Start();
  EXPECT_EQ(AwaitCanary(cycle.id).candidate, "rain/4");
  EXPECT_EQ(home_.Runs().size(), 1U);
}

TEST_F(LoopTest, RunsAndCanariesThatTheCycleDoesNotKnowYetAreFound) {
  Start();
  const auto id = home_->Trigger(kRain, "try it", "ann").value().id;
  const auto before = AwaitCanary(id);
  home_->Stop();
  for (const auto* forget : {"canary = '', state = 'training'", "canary = '', state = 'training', candidate = ''",
                             "canary = '', state = 'training', candidate = '', pipeline_run = ''"}) {
    ASSERT_TRUE(home_.releases().database().Write([&](store::Transaction& transaction) {
      return transaction.Execute(fmt::format("UPDATE loop_cycles SET {}", forget));
    }));
    home_.Reopen();
    home_.Start();
    EXPECT_EQ(AwaitCanary(id).ToJson(), before.ToJson()) << forget;
  }
  EXPECT_EQ(home_.Runs().size(), 1U);
  EXPECT_EQ(home_.releases()->ListCanaries(kRain, 10)->size(), 1U);
}

TEST_F(LoopTest, ACanaryThatEndedUnseenEndsTheCycle) {
  Start();
  const auto id = home_->Trigger(kRain, "try it", "ann").value().id;
  const auto trying = AwaitCanary(id);
  home_->Stop();
  ASSERT_TRUE(home_.releases()->EndCanary(trying.canary, release::Decision::kRollBack, "worse", "ann"));
  home_.Reopen();
  home_.Start();
  EXPECT_EQ(home_.AwaitState(id, CycleState::kRolledBack).outcome, "worse");
}

TEST_F(LoopTest, ACycleWaitsForSomebodyElsesCanary) {
  Start();
  const auto other = home_.releases()->StartCanary(kRain, Rain(3), {}, "ann").value();
  const auto id = home_->Trigger(kRain, "try it", "ann").value().id;
  home_.Await([&] { return !home_->GetCycle(id)->candidate.empty(); });
  ASSERT_TRUE(home_.releases()->EndCanary(other.id, release::Decision::kHold, "", "ann"));
  AwaitCanary(id);
}

TEST_F(LoopTest, ADeploymentByHandEndsTheCycleAsHeld) {
  Start();
  const auto id = home_->Trigger(kRain, "try it", "ann").value().id;
  AwaitCanary(id);
  ASSERT_TRUE(home_.releases()->Deploy(kRain, Rain(3), "ann"));
  EXPECT_EQ(home_.AwaitState(id, CycleState::kHeld).outcome, "rain/3 was deployed over it");
}

TEST_F(LoopTest, ARunThatCannotBeStartedFailsTheCycleAndSaysSo) {
  Start();
  ASSERT_TRUE(home_.releases().database().Write([](store::Transaction& transaction) {
    return transaction.Execute("UPDATE loop_configs SET config = replace(config, '\"champion\":', '\"unknown\":')");
  }));
  const auto refused = home_->Trigger(kRain, "try it", "ann");
  EXPECT_EQ(refused.error().name(), "unknown");
  ASSERT_EQ(Cycles().size(), 1U);
  EXPECT_EQ(Cycles()[0].state, CycleState::kFailed);
  EXPECT_EQ(Cycles()[0].outcome, refused.error().message());
}

TEST_F(LoopTest, ConfiguresWhatTheProjectHas) {
  EXPECT_FALSE(home_->ConfigOf(kRain).value());
  EXPECT_EQ(home_->Trigger(kRain, "try it", "ann").error().code(), ErrorCode::kNotFound);
  ASSERT_TRUE(home_->Configure(kRain, Config(), "ann"));
  const auto audited = home_.Audit().size();
  ASSERT_TRUE(home_->Configure(kRain, Config(), "ann"));
  EXPECT_EQ(home_.Audit().size(), audited) << "nothing changed";
  EXPECT_EQ(home_->ConfigOf(kRain).value()->ToJson(), Config().ToJson());
  EXPECT_EQ(home_->Trigger(kRain, "try it", "ann").error().code(), ErrorCode::kNotFound) << "nothing is deployed";

  auto wrong = Config();
  wrong.until = "regster";
  EXPECT_EQ(home_->Configure(kRain, wrong, "ann").error().name(), "loop.until");
  wrong = Config();
  wrong.params["snow"] = 1;
  EXPECT_EQ(home_->Configure(kRain, wrong, "ann").error().name(), "loop.params.snow");
  wrong = Config();
  wrong.pipeline = pipeline::PipelineName("snow");
  EXPECT_EQ(home_->Configure(kRain, wrong, "ann").error().code(), ErrorCode::kNotFound);

  ASSERT_TRUE(home_->Configure(kRain, std::nullopt, "ann"));
  EXPECT_FALSE(home_->ConfigOf(kRain).value());
}

TEST_F(LoopTest, StopIsIdempotent) {
  Start();
  home_->Stop();
  home_->Stop();
  EXPECT_EQ(home_->GetCycle("none").error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace gyre::loop
