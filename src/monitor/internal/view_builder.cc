#include "monitor/internal/view_builder.h"

#include "base/text.h"
#include "engine/engine.h"
#include "engine/sql.h"
#include "monitor/internal/row_table.h"
#include "monitor/internal/segment_file.h"

namespace gyre::monitor::internal {
namespace {

constexpr const char* kColumnsTable = "log_columns";

bool MayPass(const RowRange& range, const RowFilter& filter) {
  if (range.rows == 0) return false;
  if (filter.event_from && range.event_last < base::ToMicros(*filter.event_from)) return false;
  if (filter.event_until && range.event_first >= base::ToMicros(*filter.event_until)) return false;
  return !filter.answered_from || range.answered_last >= base::ToMicros(*filter.answered_from);
}

/// Distinct schemas of the whole snapshot, oldest first.
std::vector<std::shared_ptr<const LogSchema>> SchemasOf(const LogSnapshot& snapshot) {
  std::vector<std::shared_ptr<const LogSchema>> schemas;
  const auto add = [&](const std::shared_ptr<const LogSchema>& schema) {
    const bool known = std::ranges::any_of(schemas, [&](const auto& other) { return *other == *schema; });
    if (!known) schemas.push_back(schema);
  };
  for (const auto& file : snapshot.files) add(file->schema);
  for (const auto& tail : snapshot.tails) add(tail.segment->schema);
  return schemas;
}

/// Adds what a schema has to the view's lists; the newest one is described last and has the last word.
void Describe(const LogSchema& schema, LogView& view) {
  const auto feature_columns = FeatureColumnNames(schema);
  for (size_t i = 0; i < schema.features.size(); ++i) {
    const auto& feature = schema.features[i];
    const auto known = std::ranges::find(view.features, feature.name, &LogView::Feature::name);
    if (known == view.features.end()) {
      view.features.push_back({feature.name, feature.type, feature_columns[i]});
    } else {
      *known = {feature.name, feature.type, feature_columns[i]};
    }
  }
  const auto probabilities = ColumnNames("probability.", schema.classes);
  const auto shadows = ColumnNames("shadow_probability.", schema.classes);
  for (size_t i = 0; i < schema.classes.size(); ++i) {
    const bool known = std::ranges::find(view.classes, schema.classes[i], &LogView::Class::name) != view.classes.end();
    if (!known) view.classes.push_back({schema.classes[i], probabilities[i], shadows[i]});
  }
  view.task = schema.task;
  view.positive_class = schema.positive_class;
}

/// Every column that any schema has, each once (DuckDB does not tell case apart).
std::vector<engine::Column> AllColumns(const std::vector<std::shared_ptr<const LogSchema>>& schemas) {
  std::vector<engine::Column> all;
  std::set<std::string> taken;
  const auto add = [&](const LogSchema& schema) {
    for (auto& column : LogColumns(schema)) {
      if (taken.insert(base::ToLower(column.name)).second) all.push_back(std::move(column));
    }
  };
  for (const auto& schema : schemas) add(*schema);
  if (all.empty()) add(LogSchema{});
  return all;
}

base::Result<std::string> ReadParquet(const std::vector<std::filesystem::path>& paths) {
  std::vector<std::string> quoted;
  for (const auto& path : paths) quoted.push_back(engine::QuoteText(path.string()));
  return fmt::format("SELECT * FROM read_parquet([{}], union_by_name = true, hive_partitioning = false)",
                     base::Join(quoted, ", "));
}

std::string Where(const RowFilter& filter) {
  std::vector<std::string> terms = {"true"};
  const auto add = [&](const char* column, const char* compare, const std::optional<base::Timestamp>& time) {
    if (time) terms.push_back(fmt::format("{} {} make_timestamp({})", column, compare, base::ToMicros(*time)));
  };
  add("event_time", ">=", filter.event_from);
  add("event_time", "<", filter.event_until);
  add("answered_at", ">=", filter.answered_from);
  return base::Join(terms, " AND ");
}

base::Result<void> LoadTail(engine::Connection& connection, const std::string& table, const LogSnapshot::Tail& tail) {
  const Segment& segment = *tail.segment;
  const auto file = TRY(ReadPrefix(segment.fd.get(), tail.content.bytes, segment.path.string()));
  return FillTable(connection, table, *segment.schema, [&](const OnEncodedRow& on_row) -> base::Result<void> {
    TRY(ScanBlocks(file, segment.first_block, [&](std::string_view rows) -> base::Result<void> {
      while (!rows.empty()) TRY(on_row(TRY(TakeRow(rows))));
      return base::Ok();
    }));
    return base::Ok();
  });
}

/// None where there are no rows, and none on a full disk: most queries do without.
std::optional<base::TempFolder> MakeSpill(const ViewResources& resources, bool has_rows) {
  if (!has_rows || !base::MakeFolders(resources.spill_folder)) return std::nullopt;
  auto made = base::TempFolder::Make(resources.spill_folder, "view");
  return made ? std::optional(std::move(*made)) : std::nullopt;
}

}  // namespace

base::Result<LogView> BuildView(const LogSnapshot& snapshot, const RowFilter& filter,
                                const std::vector<std::filesystem::path>& outputs, const ViewResources& resources) {
  std::vector<std::filesystem::path> inputs;
  for (const auto& file : snapshot.files) {
    if (MayPass(file->range, filter)) inputs.push_back(std::filesystem::absolute(file->parquet).lexically_normal());
  }
  auto files = inputs;
  files.insert(files.end(), outputs.begin(), outputs.end());
  auto spill = MakeSpill(resources, !snapshot.files.empty() || !snapshot.tails.empty());
  auto engine = TRY(engine::Engine::Open({.memory_bytes = resources.memory_bytes,
                                          .threads = 1,
                                          .temp_folder = spill ? spill->path() : std::filesystem::path(),
                                          .files = std::move(files),
                                          .folders = {}}));
  auto connection = TRY(engine.Connect());
  LogView view{.spill = std::move(spill),
               .connection = std::move(connection),
               .task = model::Task::kClassification,
               .features = {},
               .classes = {},
               .positive_class = {}};
  const auto schemas = SchemasOf(snapshot);
  for (const auto& schema : schemas) Describe(*schema, view);

  TRY(view.connection.CreateTable(kColumnsTable, AllColumns(schemas)));
  std::vector<std::string> parts = {fmt::format("SELECT * FROM {}", kColumnsTable)};
  if (!inputs.empty()) parts.push_back(TRY(ReadParquet(inputs)));
  for (const auto& tail : snapshot.tails) {
    if (!MayPass(tail.content.range, filter)) continue;
    const auto table = fmt::format("log_tail_{}", parts.size());
    TRY(LoadTail(view.connection, table, tail));
    parts.push_back(fmt::format("SELECT * FROM {}", table));
  }
  TRY(view.connection.Execute(fmt::format("CREATE TEMP VIEW log AS SELECT * FROM ({}) WHERE {}",
                                          base::Join(parts, " UNION ALL BY NAME "), Where(filter))));
  return view;
}

}  // namespace gyre::monitor::internal
