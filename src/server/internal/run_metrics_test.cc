#include "server/internal/run_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gyre::server::internal {
namespace {

using pipeline::State;
using ::testing::HasSubstr;

TEST(RunMetricsTest, RunsAndStepsAreCountedByWhatBecameOfThem) {
  base::Metrics metrics;
  RunMetrics listener(metrics);
  pipeline::RunRecord run;
  run.pipeline = pipeline::PipelineName("rain");
  run.state = State::kFailed;
  run.created_at = base::FromMicros(1'000'000);
  run.finished_at = base::FromMicros(3'500'000);
  run.steps.resize(3);
  run.steps[0].state = State::kSucceeded;
  run.steps[0].cached = true;
  run.steps[1].state = State::kFailed;
  run.steps[2].state = State::kSkipped;
  listener.OnRunFinished(run);
  const auto text = metrics.Expose();
  EXPECT_THAT(text, HasSubstr("gyre_pipeline_runs_total{pipeline=\"rain\",state=\"failed\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("gyre_pipeline_run_seconds_sum{pipeline=\"rain\"} 2.5\n"));
  EXPECT_THAT(text, HasSubstr("gyre_pipeline_steps_total{outcome=\"cached\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("gyre_pipeline_steps_total{outcome=\"failed\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("gyre_pipeline_steps_total{outcome=\"skipped\"} 1\n"));
}

}  // namespace
}  // namespace gyre::server::internal
