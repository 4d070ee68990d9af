#include "server/internal/run_metrics.h"

namespace gyre::server::internal {

void RunMetrics::OnRunFinished(const pipeline::RunRecord& run) {
  const auto pipeline = run.pipeline.value();
  metrics_
      .GetCounter("gyre_pipeline_runs_total", "Pipeline runs that ended, by state",
                  {{"pipeline", pipeline}, {"state", std::string(pipeline::StateName(run.state))}})
      .Add();
  if (run.finished_at) {
    const std::chrono::duration<double> took = *run.finished_at - run.created_at;
    metrics_
        .GetHistogram("gyre_pipeline_run_seconds", "From the start of a pipeline run to its end",
                      {{"pipeline", pipeline}})
        .Observe(took.count());
  }
  for (const auto& step : run.steps) {
    const std::string outcome = step.cached ? "cached" : std::string(pipeline::StateName(step.state));
    metrics_
        .GetCounter("gyre_pipeline_steps_total", "Steps of pipeline runs that ended, by outcome",
                    {{"outcome", outcome}})
        .Add();
  }
}

}  // namespace gyre::server::internal
