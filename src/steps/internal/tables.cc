#include "steps/internal/tables.h"

#include "base/object_reader.h"
#include "data/columns.h"

namespace gyre::steps::internal {
namespace {

base::Result<model::FeatureColumn> FeatureFrom(const engine::Column& column) {
  model::FeatureColumn feature{.name = column.name};
  if (column.type == engine::DataType::kText) {
    feature.type = model::FeatureType::kCategory;
    feature.categories = data::TextsOf(column);
    return feature;
  }
  if (column.type == engine::DataType::kTimestamp) {
    return base::InvalidArgument(
        fmt::format("column '{}' is a timestamp, which no model can learn from; add it to 'exclude', or derive "
                    "calendar columns from it in a transform",
                    column.name),
        column.name);
  }
  feature.numbers = TRY(data::FloatsOf(column));
  return feature;
}

}  // namespace

data::Work WorkOf(const Task& task) {
  data::Work work{.temp_folder = task.folder / "scratch"};
  if (task.memory_bytes > 0) work.memory_bytes = task.memory_bytes / 2;
  return work;
}

TaskResult::Output TableOutput(const data::TableFacts& facts, const std::filesystem::path& folder) {
  return {.kind = pipeline::ArtifactKind::kTable,
          .facts = facts.ToJson(),
          .files = {{"data.parquet", (folder / facts.file.name).string()}}};
}

base::Result<Columns> Columns::FromJson(const base::Json& json, const std::string& path) {
  const base::ObjectReader fields(json, path);
  Columns made;
  made.label = TRY(fields.String("label"));
  made.features = TRY(fields.Strings("features"));
  return made;
}

base::Result<Columns> ChooseColumns(const Task& task, const std::filesystem::path& table) {
  const base::ObjectReader with(task.with, "with");
  Columns columns{.label = TRY(with.String("label"))};
  const auto schema = TRY(data::ReadSchema(WorkOf(task), table));
  TRY(schema.Get(columns.label));
  const auto exclude = TRY(with.Strings("exclude", {}));
  for (const auto& name : exclude) TRY(schema.Get(name));
  columns.features = TRY(with.Strings("features", {}));
  for (const auto& name : columns.features) {
    TRY(schema.Get(name));
    if (name != columns.label) continue;
    return base::InvalidArgument(fmt::format("'{}' is the label; a model that is told the answer learns nothing", name),
                                 "with.features");
  }
  if (!columns.features.empty() && !exclude.empty())
    return base::InvalidArgument("give either with.features or with.exclude, not both", "with.exclude");
  if (!columns.features.empty()) return columns;
  for (const auto& column : schema.columns) {
    if (column.name != columns.label && std::ranges::find(exclude, column.name) == exclude.end())
      columns.features.push_back(column.name);
  }
  return columns;
}

base::Result<LabelledTable> ReadLabelled(const data::Work& work, const std::filesystem::path& table,
                                         const Columns& columns) {
  auto names = columns.features;
  names.push_back(columns.label);
  const auto read = TRY(data::ReadColumns(work, table, names));
  const auto labels = data::TextsOf(read.columns.back());
  std::vector<size_t> labelled;
  for (size_t row = 0; row < labels.size(); ++row) {
    if (!read.columns.back().IsNull(row)) labelled.push_back(row);
  }
  LabelledTable result{.unlabelled = labels.size() - labelled.size()};
  for (size_t i = 0; i + 1 < read.columns.size(); ++i)
    result.features.columns.push_back(TRY(FeatureFrom(read.columns[i])));
  for (const size_t row : labelled) result.labels.push_back(labels[row]);
  if (result.unlabelled > 0) result.features = result.features.Take(labelled);
  return result;
}

}  // namespace gyre::steps::internal
