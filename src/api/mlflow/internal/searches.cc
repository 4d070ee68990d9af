#include <fmt/format.h>

#include "api/mlflow/internal/handlers.h"
#include "api/mlflow/internal/messages.h"
#include "api/mlflow/internal/tracking_wire.h"
#include "tracking/search.h"

namespace gyre::api::mlflow::internal {
namespace {

using http::Method;
using tracking::Tracker;

constexpr int64_t kDefaultRuns = 1000;
constexpr int64_t kDefaultModels = 50;
constexpr size_t kDatasetExperiments = 20;

tracking::ViewType ReadView(const Message& message, std::string_view name) {
  return static_cast<tracking::ViewType>(message.Int(name, 1) - 1);
}

Answer CheckMaxResults(int64_t max_results) {
  if (max_results < 1) {
    return InvalidParameter(fmt::format(
        "Invalid value {} for parameter 'max_results' supplied. It must be a positive integer", max_results));
  }
  if (max_results <= tracking::Limits::kRunsPerPage) return Done();
  return InvalidParameter(fmt::format("Invalid value {} for parameter 'max_results' supplied. It must be at most {}",
                                      max_results, tracking::Limits::kRunsPerPage));
}

/// Ids as they are stored; the word for all of them stays.
Parsed<std::vector<std::string>> ReadScope(std::vector<std::string> texts) {
  for (auto& text : texts) {
    if (text == tracking::kAllExperiments) continue;
    auto id = ReadExperimentId(text);
    if (text.empty() || !id) return std::unexpected(NotAnExperimentId(text));
    text = id->value();
  }
  return texts;
}

/// {"NAME": [...], "next_page_token"}: an empty list is left out.
template <class Item, class Write>
void AnswerPage(std::string_view name, const std::vector<Item>& items, const std::optional<std::string>& next,
                std::string& body, Write write) {
  JsonWriter json(body);
  json.BeginObject();
  if (!items.empty()) {
    json.BeginList(name);
    for (const auto& item : items) {
      json.BeginObject();
      write(item, json);
      json.EndObject();
    }
    json.EndList();
  }
  if (next) json.Text("next_page_token", *next);
  json.EndObject();
}

Answer SearchRuns(Tracker& tracker, const Call& call) {
  const auto& message = call.message;
  tracking::RunSearch search;
  search.max_results = message.Int("max_results", kDefaultRuns);
  TRY(CheckMaxResults(search.max_results));
  search.experiments = TRY(ReadScope(message.Texts("experiment_ids")));
  search.filter = message.Text("filter");
  search.view = ReadView(message, "run_view_type");
  search.order_by = message.Texts("order_by");
  search.page_token = message.Text("page_token");
  search.info_only = message.Bool("info_only");
  const auto page = TRY(tracker.SearchRuns(search));
  AnswerPage("runs", page.runs, page.next, call.response.body,
             [](const auto& run, JsonWriter& json) { WriteRun(run, RunParts::kAll, json); });
  return Done();
}

Answer SearchExperiments(Tracker& tracker, const Call& call) {
  const auto& message = call.message;
  tracking::ExperimentSearch search;
  search.max_results = message.Int("max_results");
  TRY(CheckMaxResults(search.max_results));
  search.filter = message.Text("filter");
  search.view = ReadView(message, "view_type");
  search.order_by = message.Texts("order_by");
  search.page_token = message.Text("page_token");
  const auto page = TRY(tracker.SearchExperiments(search));
  AnswerPage("experiments", page.experiments, page.next, call.response.body,
             [](const auto& experiment, JsonWriter& json) { WriteExperiment(experiment, json); });
  return Done();
}

Answer SearchLoggedModels(Tracker& tracker, const Call& call) {
  const auto& message = call.message;
  tracking::LoggedModelSearch search;
  search.experiments = TRY(ReadScope(message.Texts("experiment_ids")));
  search.filter = message.Text("filter");
  const auto asked = message.Int("max_results", kDefaultModels);
  search.max_results = asked == 0 ? kDefaultModels : asked;
  TRY(CheckMaxResults(search.max_results));
  for (const auto dataset : message.Items("datasets")) {
    if (dataset.Text("dataset_name").empty()) {
      return InvalidParameter("`dataset_name` in the `datasets` clause must be specified.");
    }
    search.datasets.push_back(
        {.name = std::string(dataset.Text("dataset_name")), .digest = dataset.NonEmpty("dataset_digest")});
  }
  for (const auto key : message.Items("order_by")) {
    search.order_by.push_back({.field_name = std::string(key.Text("field_name")),
                               .ascending = key.Bool("ascending", true),
                               .dataset_name = std::string(key.Text("dataset_name")),
                               .dataset_digest = std::string(key.Text("dataset_digest"))});
  }
  search.page_token = message.Text("page_token");
  const auto page = TRY(tracker.SearchLoggedModels(search));
  AnswerPage("models", page.models, page.next, call.response.body,
             [](const auto& model, JsonWriter& json) { WriteLoggedModel(model, json); });
  return Done();
}

Answer SearchDatasets(Tracker& tracker, const Call& call) {
  const auto texts = call.message.Texts("experiment_ids");
  if (texts.empty()) return InvalidParameter("SearchDatasets request must specify at least one experiment_id.");
  if (texts.size() > kDatasetExperiments) {
    return InvalidParameter(
        fmt::format("SearchDatasets request cannot specify more than {} experiment_ids. Received {} experiment_ids.",
                    kDatasetExperiments, texts.size()));
  }
  const auto scope = TRY(ReadScope(texts));
  const auto summaries = TRY(tracker.SearchDatasets(scope));
  AnswerPage("dataset_summaries", summaries, std::nullopt, call.response.body,
             [](const tracking::DatasetSummary& summary, JsonWriter& json) {
               json.Text("experiment_id", summary.experiment.value()).Text("name", summary.name);
               json.Text("digest", summary.digest).TextIfAny("context", summary.context.value_or(""));
             });
  return Done();
}

}  // namespace

void AddSearchRoutes(Wire& wire, const Deps& deps) {
  const auto on = [&tracker = deps.tracker](Answer (*work)(Tracker&, const Call&)) {
    return [&tracker, work](const Call& call) { return work(tracker, call); };
  };
  wire.Add(Method::kPost, "2.0/mlflow/runs/search", messages::kSearchRuns, on(SearchRuns));
  for (const auto method : {Method::kGet, Method::kPost}) {
    wire.Add(method, "2.0/mlflow/experiments/search", messages::kSearchExperiments, on(SearchExperiments));
  }
  wire.Add(Method::kPost, "2.0/mlflow/logged-models/search", messages::kSearchLoggedModels, on(SearchLoggedModels));
  wire.AddAjax(Method::kPost, "2.0/mlflow/experiments/search-datasets", messages::kSearchDatasets, on(SearchDatasets));
}

}  // namespace gyre::api::mlflow::internal
