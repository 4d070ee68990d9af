#include "tracking/internal/input_rows.h"

#include "tracking/internal/number_list.h"

namespace gyre::tracking::internal {
namespace {

base::Result<int64_t> EnsureDataset(store::Transaction& transaction, int64_t experiment, const Dataset& dataset) {
  const auto number = [](const store::Row& row) { return row.Int(0); };
  const auto known =
      TRY(transaction.QueryOne("SELECT number FROM logged_datasets WHERE experiment = ?1 AND name = ?2 AND digest = ?3",
                               number, experiment, dataset.name, dataset.digest));
  if (known) return *known;
  const int64_t next =
      TRY(transaction.QueryOne("SELECT COALESCE(MAX(number), 0) + 1 FROM logged_datasets", number)).value_or(1);
  TRY(transaction.Execute(
      "INSERT INTO logged_datasets(number, experiment, name, digest, source_type, source, schema, profile) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
      next, experiment, dataset.name, dataset.digest, dataset.source_type, dataset.source, dataset.schema,
      dataset.profile));
  return next;
}

/// The number of things of a run in `table`: the place of the next.
base::Result<int64_t> NextPosition(store::Reader& reader, std::string_view table, int64_t run) {
  const auto next = TRY(reader.QueryOne(
      fmt::format("SELECT COALESCE(MAX(position), -1) + 1 FROM {} WHERE run = ?1", table),
      [](const store::Row& row) { return row.Int(0); }, run));
  return next.value_or(0);
}

base::Result<void> WriteDataset(store::Transaction& transaction, const RunKey& run, const DatasetInput& input,
                                int64_t position) {
  const int64_t dataset = TRY(EnsureDataset(transaction, run.experiment, input.dataset));
  const auto added = TRY(transaction.Execute(
      "INSERT INTO run_datasets(run, dataset, position) VALUES (?1, ?2, ?3) ON CONFLICT(run, dataset) DO NOTHING",
      run.number, dataset, position));
  if (added == 0) return base::Ok();
  for (const auto& [key, value] : input.tags) {
    TRY(
        transaction.Execute("INSERT INTO run_dataset_tags(run, dataset, key, value) VALUES (?1, ?2, ?3, ?4) "
                            "ON CONFLICT(run, dataset, key) DO UPDATE SET value = excluded.value",
                            run.number, dataset, key, value));
  }
  return base::Ok();
}

base::Result<void> LoadDatasetTags(store::Reader& reader, std::span<const int64_t> runs,
                                   std::map<std::pair<int64_t, int64_t>, DatasetInput*>& places) {
  return QueryIn(reader, "SELECT run, dataset, key, value FROM run_dataset_tags WHERE run",
                 "ORDER BY run, dataset, key", runs, [&](const store::Row& row) -> base::Result<void> {
                   const auto found = places.find({row.Int(0), row.Int(1)});
                   if (found != places.end()) found->second->tags.emplace_back(row.String(2), row.String(3));
                   return base::Ok();
                 });
}

base::Result<void> LoadDatasets(store::Reader& reader, std::span<const int64_t> runs,
                                const std::function<Run&(int64_t)>& run_at) {
  std::vector<std::pair<int64_t, int64_t>> order;
  TRY(QueryIn(reader,
              "SELECT d.run, d.dataset, s.name, s.digest, s.source_type, s.source, s.schema, s.profile "
              "FROM run_datasets d JOIN logged_datasets s ON s.number = d.dataset WHERE d.run",
              "ORDER BY d.run, d.position", runs, [&](const store::Row& row) -> base::Result<void> {
                run_at(row.Int(0))
                    .inputs.datasets.push_back({.dataset = {.name = row.String(2),
                                                            .digest = row.String(3),
                                                            .source_type = row.String(4),
                                                            .source = row.String(5),
                                                            .schema = row.OptionalString(6),
                                                            .profile = row.OptionalString(7)}});
                order.emplace_back(row.Int(0), row.Int(1));
                return base::Ok();
              }));
  if (order.empty()) return base::Ok();
  std::map<int64_t, size_t> counts;
  std::map<std::pair<int64_t, int64_t>, DatasetInput*> places;
  for (const auto& place : order) places[place] = &run_at(place.first).inputs.datasets[counts[place.first]++];
  return LoadDatasetTags(reader, runs, places);
}

}  // namespace

base::Result<void> WriteInputs(store::Transaction& transaction, const RunKey& run, const RunInputs& inputs) {
  int64_t position = TRY(NextPosition(transaction, "run_datasets", run.number));
  for (const auto& input : inputs.datasets) TRY(WriteDataset(transaction, run, input, position++));
  position = TRY(NextPosition(transaction, "run_model_inputs", run.number));
  for (const auto& model : inputs.models) {
    TRY(transaction.Execute(
        "INSERT INTO run_model_inputs(run, model, position) VALUES (?1, ?2, ?3) ON CONFLICT(run, model) DO NOTHING",
        run.number, model.value(), position++));
  }
  return base::Ok();
}

base::Result<void> WriteOutputs(store::Transaction& transaction, int64_t run, std::span<const ModelOutput> models) {
  int64_t position = TRY(NextPosition(transaction, "run_model_outputs", run));
  for (const auto& output : models) {
    TRY(
        transaction.Execute("INSERT INTO run_model_outputs(run, model, position, step) VALUES (?1, ?2, ?3, ?4) "
                            "ON CONFLICT(run, model) DO UPDATE SET step = excluded.step",
                            run, output.model.value(), position++, output.step));
  }
  return base::Ok();
}

base::Result<void> LoadInputs(store::Reader& reader, std::span<const int64_t> runs,
                              const std::function<Run&(int64_t)>& run_at) {
  TRY(LoadDatasets(reader, runs, run_at));
  TRY(QueryIn(reader, "SELECT run, model FROM run_model_inputs WHERE run", "ORDER BY run, position", runs,
              [&](const store::Row& row) -> base::Result<void> {
                run_at(row.Int(0)).inputs.models.emplace_back(row.Text(1));
                return base::Ok();
              }));
  return QueryIn(reader, "SELECT run, model, step FROM run_model_outputs WHERE run", "ORDER BY run, position", runs,
                 [&](const store::Row& row) -> base::Result<void> {
                   run_at(row.Int(0)).outputs.push_back({.model = LoggedModelId(row.Text(1)), .step = row.Int(2)});
                   return base::Ok();
                 });
}

}  // namespace gyre::tracking::internal
