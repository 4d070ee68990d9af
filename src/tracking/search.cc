#include "tracking/search.h"

#include "tracking/internal/metric_folder.h"
#include "tracking/internal/search_experiments.h"
#include "tracking/internal/search_logged_models.h"
#include "tracking/internal/search_runs.h"
#include "tracking/tracker.h"

namespace gyre::tracking {

namespace {

/// Only its prefix can name a metric; what is loaded of a run has the waiting batches laid over it.
bool MayReadMetrics(const RunSearch& search) {
  const auto names = [](std::string_view text) { return text.contains("metric"); };
  return names(search.filter) || std::ranges::any_of(search.order_by, names);
}

}  // namespace

base::Result<RunPage> Tracker::SearchRuns(const RunSearch& search) {
  if (MayReadMetrics(search)) TRY(folder_->FoldDeferred());
  return database_.Read([&](store::Reader& reader) { return internal::FindRuns(reader, search); });
}

base::Result<ExperimentPage> Tracker::SearchExperiments(const ExperimentSearch& search) {
  return database_.Read([&](store::Reader& reader) { return internal::FindExperiments(reader, search); });
}

base::Result<LoggedModelPage> Tracker::SearchLoggedModels(const LoggedModelSearch& search) {
  return database_.Read([&](store::Reader& reader) { return internal::FindLoggedModels(reader, search); });
}

base::Result<std::vector<DatasetSummary>> Tracker::SearchDatasets(const std::vector<std::string>& experiments) {
  return database_.Read([&](store::Reader& reader) { return internal::FindDatasets(reader, experiments); });
}

}  // namespace gyre::tracking
