#include "data/ingest.h"

#include "base/object_reader.h"
#include "base/text.h"
#include "data/internal/canonical.h"
#include "data/internal/csv_load.h"
#include "data/internal/opened.h"
#include "data/internal/time_field.h"
#include "engine/select.h"
#include "engine/sql.h"

namespace gyre::data {
namespace {

constexpr std::string_view kSource = "source";

FileFormat FormatOf(const std::filesystem::path& file, const IngestOptions& options) {
  if (options.format) return *options.format;
  const auto extension = base::ToLower(file.extension().string());
  return extension == ".parquet" || extension == ".pq" ? FileFormat::kParquet : FileFormat::kCsv;
}

/// Makes the Parquet file readable as `source`.
base::Result<FileFacts> ViewParquet(engine::Connection& connection, const std::filesystem::path& file,
                                    const IngestOptions& options) {
  auto facts = TRY(internal::DescribeFile(file));
  const auto table = TRY(engine::ParquetTable(file));
  std::vector<std::string> casts;
  for (const auto& [name, type] : options.types) {
    const auto quoted = engine::QuoteName(name);
    casts.push_back(fmt::format("CAST({0} AS {1}) AS {0}", quoted, engine::SqlTypeName(type)));
  }
  const auto replace = casts.empty() ? std::string() : fmt::format(" REPLACE ({})", base::Join(casts, ", "));
  auto made = connection.Execute(fmt::format("CREATE VIEW {} AS SELECT *{} FROM {}", kSource, replace, table));
  if (!made) return made.error().Within(facts.name);
  return facts;
}

base::Result<std::string> Selection(engine::Connection& connection, const IngestOptions& options) {
  std::vector<std::string> conditions;
  if (!options.where.empty()) {
    const std::vector<std::string> inputs = {std::string(kSource)};
    const auto whole = fmt::format("SELECT * FROM {} WHERE ({}\n)", kSource, options.where);
    if (auto checked = engine::CheckSelect(connection, whole, inputs); !checked) return checked.error().Within("where");
    conditions.push_back(fmt::format("({}\n)", options.where));
  }
  if (options.time) {
    const auto column = engine::QuoteName(options.time->column);
    conditions.push_back(fmt::format("{} IS NOT NULL", column));
    const auto bound = [&](const std::optional<base::Timestamp>& time, std::string_view operation) {
      if (time) conditions.push_back(fmt::format("{} {} make_timestamp({})", column, operation, base::ToMicros(*time)));
    };
    bound(options.time->from, ">=");
    bound(options.time->before, "<");
  }
  const auto filter = conditions.empty() ? std::string() : fmt::format(" WHERE {}", base::Join(conditions, " AND "));
  return fmt::format("SELECT * FROM {}{}", kSource, filter);
}

}  // namespace

base::Result<TimeFilter> TimeFilter::FromJson(const base::Json& json, std::string_view path) {
  const base::ObjectReader fields(json, std::string(path));
  TRY(fields.AllowOnly({"column", "from", "before"}));
  TimeFilter filter;
  filter.column = TRY(fields.String("column"));
  filter.from = TRY(internal::OptionalTime(fields, "from"));
  filter.before = TRY(internal::OptionalTime(fields, "before"));
  if (filter.from && filter.before && *filter.from >= *filter.before) {
    return base::InvalidArgument(fmt::format("{}: from must be earlier than before", path), std::string(path));
  }
  return filter;
}

base::Result<IngestOptions> IngestOptions::FromJson(const base::Json& json, std::string_view path) {
  const base::ObjectReader fields(json, std::string(path));
  TRY(fields.AllowOnly({"format", "delimiter", "nulls", "types", "where", "time"}));
  IngestOptions options;
  if (fields.Has("format")) {
    const auto format = TRY(fields.String("format"));
    if (format != "csv" && format != "parquet") {
      return base::InvalidArgument(fmt::format("{} must be csv or parquet, not '{}'", fields.PathOf("format"), format),
                                   fields.PathOf("format"));
    }
    options.format = format == "csv" ? FileFormat::kCsv : FileFormat::kParquet;
  }
  if (fields.Has("delimiter")) {
    const auto delimiter = TRY(fields.String("delimiter"));
    if (delimiter.size() != 1 || std::string_view("\"\r\n").find(delimiter[0]) != std::string_view::npos) {
      return base::InvalidArgument(fmt::format("{} must be one character", fields.PathOf("delimiter")),
                                   fields.PathOf("delimiter"));
    }
    options.delimiter = delimiter[0];
  }
  options.nulls = TRY(fields.Strings("nulls", {}));
  const auto* types = TRY(fields.Object("types"));
  const base::ObjectReader type_fields(*types, fields.PathOf("types"));
  for (const auto& [name, type] : types->items()) {
    options.types[name] = TRY(engine::ParseDataType(TRY(type_fields.String(name))));
  }
  options.where = TRY(fields.String("where", ""));
  if (const auto* time = fields.Find("time")) options.time = TRY(TimeFilter::FromJson(*time, fields.PathOf("time")));
  return options;
}

base::Result<TableFacts> IngestFile(const Work& work, const std::filesystem::path& file, const IngestOptions& options,
                                    const std::filesystem::path& output) {
  auto connection = TRY(internal::OpenConfined(work, {file, output}));
  internal::Loaded loaded;
  if (FormatOf(file, options) == FileFormat::kCsv) {
    loaded = TRY(internal::LoadCsv(connection, kSource, file, options, work.cancel));
  } else {
    loaded.source = TRY(ViewParquet(connection, file, options));
  }
  const auto select = TRY(Selection(connection, options));
  auto facts = internal::WriteCanonical(connection, select, output, work.cancel);
  if (!facts) return facts.error().Within(loaded.source.name);
  facts->source = std::move(loaded.source);
  facts->notes = std::move(loaded.notes);
  return facts;
}

}  // namespace gyre::data
