#include "data/split.h"

#include "base/id.h"
#include "base/object_reader.h"
#include "base/text.h"
#include "data/internal/canonical.h"
#include "data/internal/opened.h"
#include "data/internal/time_field.h"
#include "engine/sql.h"

namespace gyre::data {
namespace {

using base::Json;
using base::ObjectReader;

/// The object under "parts", whose keys are names of parts.
base::Result<const Json*> PartsOf(const ObjectReader& fields) {
  const auto* parts = TRY(fields.Object("parts"));
  if (parts->empty()) return base::InvalidArgument(fmt::format("{} is missing", fields.PathOf("parts")));
  for (const auto& [name, value] : parts->items()) {
    if (base::IsValidName(name)) continue;
    return base::InvalidArgument(fmt::format("{}: '{}' cannot be the name of a part", fields.PathOf("parts"), name),
                                 name);
  }
  return parts;
}

base::Result<void> CheckNoOverlap(const TimeSplit& split, std::string_view path) {
  for (size_t i = 0; i + 1 < split.parts.size(); ++i) {
    const auto& earlier = split.parts[i];
    const auto& later = split.parts[i + 1];
    if (earlier.before && later.from && *earlier.before <= *later.from) continue;
    return base::InvalidArgument(
        fmt::format("{}: parts '{}' and '{}' overlap, so that rows would be in both; give the earlier one a 'before' "
                    "and the later one a 'from' that does not come before it",
                    path, earlier.name, later.name),
        later.name);
  }
  return base::Ok();
}

struct Condition {
  std::string name;
  std::string sql;
};

/// Writes the rows of `input` that meet each condition; `source` is a table expression over it.
base::Result<SplitTables> Write(const Work& work, const std::filesystem::path& input,
                                const std::vector<Condition>& conditions,
                                const std::map<std::string, std::filesystem::path>& outputs) {
  std::vector<std::filesystem::path> files = {input};
  for (const auto& condition : conditions) {
    const auto output = outputs.find(condition.name);
    if (output == outputs.end()) {
      return base::InvalidArgument(fmt::format("part '{}' has no place to go", condition.name), condition.name);
    }
    files.push_back(output->second);
  }
  auto connection = TRY(internal::OpenConfined(work, std::move(files)));
  const auto table = TRY(engine::ParquetTable(input));
  SplitTables tables{.parts = {}};
  tables.left_out = TRY(internal::CountRows(connection, table));
  for (const auto& condition : conditions) {
    const auto select = fmt::format("SELECT * FROM {} WHERE {}", table, condition.sql);
    auto facts = internal::WriteCanonical(connection, select, outputs.at(condition.name), work.cancel);
    if (!facts) return facts.error().Within(fmt::format("part '{}'", condition.name));
    tables.left_out -= facts->rows;
    tables.parts[condition.name] = std::move(*facts);
  }
  return tables;
}

std::string TimeCondition(const std::string& column, const TimeSplit::Part& part) {
  const auto name = engine::QuoteName(column);
  auto sql = fmt::format("{} IS NOT NULL", name);
  if (part.from) sql += fmt::format(" AND {} >= make_timestamp({})", name, base::ToMicros(*part.from));
  if (part.before) sql += fmt::format(" AND {} < make_timestamp({})", name, base::ToMicros(*part.before));
  return sql;
}

std::string PlaceOfKey(const HashSplit& split) {
  auto key = engine::QuoteText(std::to_string(split.seed));
  for (const auto& column : split.by) {
    key += fmt::format(" || chr(31) || coalesce('v' || CAST({} AS VARCHAR), 'n')", engine::QuoteName(column));
  }
  return fmt::format("(CAST('0x' || left(sha256({}), 13) AS BIGINT) / 4503599627370496.0::DOUBLE)", key);
}

}  // namespace

base::Result<TimeSplit> TimeSplit::FromJson(const Json& json, std::string_view path) {
  const ObjectReader fields(json, std::string(path));
  TRY(fields.AllowOnly({"time", "parts"}));
  TimeSplit split{.column = TRY(fields.String("time")), .parts = {}};
  for (const auto& [name, bounds] : TRY(PartsOf(fields))->items()) {
    const ObjectReader part(bounds, fmt::format("{}.{}", fields.PathOf("parts"), name));
    TRY(part.AllowOnly({"from", "before"}));
    auto& made = split.parts.emplace_back();
    made.name = name;
    made.from = TRY(internal::OptionalTime(part, "from"));
    made.before = TRY(internal::OptionalTime(part, "before"));
    if (made.from && made.before && *made.from >= *made.before) {
      return base::InvalidArgument(fmt::format("{}: from must be earlier than before", part.PathOf("from")), name);
    }
  }
  // Nothing sorts before every time.
  std::ranges::sort(split.parts, {}, &Part::from);
  TRY(CheckNoOverlap(split, path));
  return split;
}

base::Result<HashSplit> HashSplit::FromJson(const Json& json, std::string_view path) {
  const ObjectReader fields(json, std::string(path));
  TRY(fields.AllowOnly({"by", "seed", "parts"}));
  HashSplit split{.parts = {}};
  split.by = TRY(fields.Strings("by"));
  split.seed = TRY(fields.Int("seed", 0));
  if (split.by.empty()) return base::InvalidArgument(fmt::format("{} names no column", fields.PathOf("by")));
  const auto* parts = TRY(PartsOf(fields));
  const ObjectReader shares(*parts, fields.PathOf("parts"));
  double sum = 0;
  for (const auto& [name, value] : parts->items()) {
    const auto share = TRY(shares.Number(name));
    split.parts.push_back({.name = name, .share = share});
    sum += split.parts.back().share;
    if (split.parts.back().share > 0) continue;
    return base::InvalidArgument(fmt::format("{} must be above 0", shares.PathOf(name)), name);
  }
  if (sum > 1 + 1e-9) {
    return base::InvalidArgument(
        fmt::format("the shares in {} add up to {}, more than 1", fields.PathOf("parts"), sum));
  }
  return split;
}

base::Result<SplitTables> SplitByTime(const Work& work, const std::filesystem::path& input, const TimeSplit& split,
                                      const std::map<std::string, std::filesystem::path>& outputs) {
  std::vector<Condition> conditions;
  for (const auto& part : split.parts) conditions.push_back({part.name, TimeCondition(split.column, part)});
  return Write(work, input, conditions, outputs);
}

base::Result<SplitTables> SplitByHash(const Work& work, const std::filesystem::path& input, const HashSplit& split,
                                      const std::map<std::string, std::filesystem::path>& outputs) {
  const auto place = PlaceOfKey(split);
  std::vector<Condition> conditions;
  double from = 0;
  for (const auto& part : split.parts) {
    const double before = from + part.share;
    auto sql = fmt::format("{} >= {}::DOUBLE", place, base::FormatDouble(from));
    // Shares that make up the whole leave no row out for want of a rounding bit.
    if (before < 1 - 1e-9) sql += fmt::format(" AND {} < {}::DOUBLE", place, base::FormatDouble(before));
    conditions.push_back({part.name, std::move(sql)});
    from = before;
  }
  return Write(work, input, conditions, outputs);
}

}  // namespace gyre::data
