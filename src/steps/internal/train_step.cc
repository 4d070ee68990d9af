#include "base/file.h"
#include "base/object_reader.h"
#include "model/trained.h"
#include "stats/random.h"
#include "steps/internal/builtin.h"
#include "steps/internal/tables.h"
#include "train/dataset.h"
#include "train/search.h"
#include "train/spec.h"

namespace gyre::steps::internal {
namespace {

/// The part of the parameters that is train's own; the rest says which columns to learn from.
base::Result<train::TrainSpec> ParseTrain(const base::Json& with) {
  const base::ObjectReader fields(with, "with");
  TRY(fields.String("label"));
  TRY(fields.Strings("features", {}));
  TRY(fields.Strings("exclude", {}));
  auto spec = with;
  for (const char* own : {"label", "features", "exclude", "shuffle_labels"}) spec.erase(own);
  TRY(fields.Bool("shuffle_labels", false));
  return train::ParseTrainSpec(spec, "with");
}

base::Json TrialJson(const train::Trial& trial, const std::string& metric) {
  base::Json folds = base::Json::array();
  for (const double score : trial.fold_scores) folds.push_back(score);
  return {{"number", trial.number}, {"seed", trial.seed}, {"params", trial.params}, {"metric", metric},
          {"folds", folds},         {"mean", trial.mean}, {"std", trial.std},       {"seconds", trial.seconds}};
}

class TrialReporter final : public train::TrialSink {
 public:
  TrialReporter(TaskEvents& events, size_t trials, std::string metric)
      : events_(events), trials_(trials), metric_(std::move(metric)) {}

  base::Result<void> OnTrial(const train::Trial& trial) override {
    events_.Trial(TrialJson(trial, metric_));
    ++done_;
    best_ = done_ == 1 ? trial.mean : std::max(best_, trial.mean);
    events_.Progress(static_cast<double>(done_) / static_cast<double>(trials_),
                     fmt::format("trial {} of {}, best {} {:.4f}", done_, trials_, metric_, best_));
    return base::Ok();
  }

 private:
  TaskEvents& events_;
  size_t trials_;
  std::string metric_;
  size_t done_ = 0;
  double best_ = 0;
};

/// For `gyre demo --bad-candidate`: a model of nothing, to prove that one is caught.
void ShuffleLabels(std::vector<int32_t>& labels, uint64_t seed) {
  stats::Random random(seed);
  random.Shuffle(std::span<int32_t>(labels));
}

base::Result<TaskResult> RunTrain(const Task& task, TaskEvents& events) {
  const auto spec = TRY(ParseTrain(task.with));
  const auto table = TRY(task.Table("train"));
  const auto columns = TRY(ChooseColumns(task, table));
  auto labelled = TRY(ReadLabelled(WorkOf(task), table, columns));
  auto dataset = TRY(train::MakeDataset(std::move(labelled.features), labelled.labels));
  if (task.with.value("shuffle_labels", false)) ShuffleLabels(dataset.labels, spec.seed);
  TrialReporter reporter(events, spec.TrialCount(), spec.scoring.name);
  const base::SystemClock clock;
  const auto found = TRY(train::RunSearch(dataset, spec, clock, reporter, {.threads = task.threads}));
  const auto& best = found.trials[found.best];

  const auto text = base::DumpJson(model::ToJson(found.model));
  TRY(base::WriteScratchFile(task.folder / "model.json", text));
  TaskResult result;
  auto& output = result.outputs["model"];
  output.kind = pipeline::ArtifactKind::kModel;
  output.files = {{"model.json", (task.folder / "model.json").string()}};
  output.facts = {
      {"columns", columns.ToJson()},
      {"algorithm", spec.algorithm},
      {"params", best.params},
      {"classes", dataset.classes},
      {"positive_class", spec.positive_class.value_or(dataset.classes.back())},
      {"seed", spec.seed},
      {"rows", dataset.rows()},
      {"search",
       {{"trials", found.trials.size()}, {"metric", spec.scoring.name}, {"mean", best.mean}, {"std", best.std}}}};
  result.figures = {{"trials", found.trials.size()}, {"rows", dataset.rows()}, {spec.scoring.name, best.mean}};
  return result;
}

}  // namespace

Builtin TrainStep() {
  return {.name = "train",
          .inputs = {"train"},
          .check = [](const base::Json& with) -> base::Result<void> {
            TRY(ParseTrain(with));
            return base::Ok();
          },
          .run = RunTrain};
}

}  // namespace gyre::steps::internal
