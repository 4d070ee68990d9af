#include "monitor/internal/index_rebuild.h"

#include "base/file.h"
#include "engine/engine.h"
#include "engine/sql.h"
#include "serve/prediction_id.h"

namespace gyre::monitor::internal {
namespace {

constexpr uint64_t kMemoryBytes = 512ULL << 20;
constexpr std::string_view kFeature = "feature.";
constexpr std::string_view kProbability = "probability.";

LogSchema SchemaOf(std::span<const engine::ColumnInfo> columns) {
  LogSchema schema;
  for (const auto& column : columns) {
    if (column.name == "predicted_value") schema.task = model::Task::kRegression;
    if (column.name.starts_with(kProbability)) schema.classes.push_back(column.name.substr(kProbability.size()));
    if (!column.name.starts_with(kFeature)) continue;
    const auto type = column.sql_type == "VARCHAR" ? model::FeatureType::kCategory : model::FeatureType::kNumber;
    schema.features.push_back({column.name.substr(kFeature.size()), type});
  }
  if (!schema.classes.empty()) schema.positive_class = schema.classes.back();
  return schema;
}

}  // namespace

base::Result<IndexHeader> RebuildIndex(const std::filesystem::path& parquet, const std::filesystem::path& index) {
  auto engine = TRY(engine::Engine::Open(
      {.memory_bytes = kMemoryBytes, .threads = 1, .temp_folder = {}, .files = {parquet}, .folders = {}}));
  auto connection = TRY(engine.Connect());
  const auto table = TRY(engine::ParquetTable(parquet));
  const auto columns = TRY(connection.Describe(fmt::format("SELECT * FROM {}", table)));
  IndexHeader header{.schema = std::make_shared<const LogSchema>(SchemaOf(columns)), .range = {}};
  std::vector<IdEntry> entries;
  const auto select =
      fmt::format("SELECT prediction_id, answered_at, event_time FROM {} ORDER BY prediction_id", table);
  TRY(connection.Stream(select, [&](const engine::Table& batch) -> base::Result<void> {
    for (size_t row = 0; row < batch.rows(); ++row) {
      const auto id = TRY(serve::ParsePredictionId(batch.columns[0].texts.at(row)));
      const RowKey key{id, batch.columns[1].integers.at(row), batch.columns[2].integers.at(row)};
      header.range.Add(key);
      entries.push_back({key.id, key.event_time});
    }
    return base::Ok();
  }));
  if (entries.empty()) return base::Unprocessable("it has no rows", parquet.string());
  TRY(base::MakeFolders(index.parent_path()));
  TRY(WriteIndex(index, header, entries));
  return header;
}

}  // namespace gyre::monitor::internal
