#include <set>
#include <variant>

#include "base/id.h"
#include "base/object_reader.h"
#include "data/columns.h"
#include "data/split.h"
#include "steps/internal/builtin.h"
#include "steps/internal/tables.h"

namespace gyre::steps::internal {
namespace {

/// Parts as shares of the rows in the order of time: where the borders lie is known only once the table is.
struct ShareSplit {
  std::string column;
  std::vector<std::pair<std::string, double>> parts;  ///< in the order of time
};

using Split = std::variant<data::TimeSplit, data::HashSplit, ShareSplit>;

/// {"time": "time_hour", "shares": [{"train": 0.8}, {"test": 0.2}]}
base::Result<ShareSplit> ParseShares(const base::Json& with) {
  const base::ObjectReader fields(with, "with");
  TRY(fields.AllowOnly({"time", "shares", "dataset"}));
  ShareSplit split{.column = TRY(fields.String("time"))};
  double sum = 0;
  std::set<std::string> names;
  for (const auto& part : *TRY(fields.Array("shares"))) {
    if (!part.is_object() || part.size() != 1 || !part.begin()->is_number()) {
      return base::InvalidArgument("with.shares must list parts in the order of time, like [{train: 0.8}, {test: 0.2}]",
                                   "with.shares");
    }
    const auto& name = part.begin().key();
    if (!base::IsValidName(name) || names.contains(name)) {
      return base::InvalidArgument(
          fmt::format("with.shares: '{}' {}", name,
                      base::IsValidName(name) ? "is there twice" : "cannot be the name of a part"),
          name);
    }
    names.insert(name);
    const double share = part.begin()->get<double>();
    if (!(share > 0) || share > 1)
      return base::InvalidArgument("a share must lie above 0 and not above 1", "with.shares");
    split.parts.emplace_back(name, share);
    sum += share;
  }
  if (split.parts.size() < 2 || std::abs(sum - 1) > 1e-9) {
    return base::InvalidArgument(fmt::format("with.shares must be two parts or more that add up to 1, not {}", sum),
                                 "with.shares");
  }
  return split;
}

base::Result<Split> ParseSplit(const base::Json& with) {
  if (with.contains("shares")) return Split(TRY(ParseShares(with)));
  auto plain = with;
  plain.erase("dataset");
  if (with.contains("by")) return Split(TRY(data::HashSplit::FromJson(plain, "with")));
  return Split(TRY(data::TimeSplit::FromJson(plain, "with")));
}

/// Borders such that each part has its share of the rows, rows of one moment staying together.
base::Result<data::TimeSplit> PlaceBorders(const data::Work& work, const std::filesystem::path& table,
                                           const ShareSplit& split) {
  const auto read = TRY(data::ReadColumns(work, table, {split.column}));
  if (read.columns[0].type != engine::DataType::kTimestamp) {
    return base::InvalidArgument(
        fmt::format("column '{}' is no timestamp, so the table cannot be split along it", split.column), split.column);
  }
  std::vector<int64_t> times;
  for (size_t row = 0; row < read.rows(); ++row) {
    if (!read.columns[0].IsNull(row)) times.push_back(read.columns[0].integers[row]);
  }
  if (times.empty()) return base::Unprocessable(fmt::format("no row has a value in '{}'", split.column), split.column);
  std::ranges::sort(times);
  data::TimeSplit placed{.column = split.column};
  std::optional<base::Timestamp> from;
  double passed = 0;
  for (size_t i = 0; i < split.parts.size(); ++i) {
    passed += split.parts[i].second;
    std::optional<base::Timestamp> before;
    if (i + 1 < split.parts.size()) {
      // Shares are decimal, so that 0.7 and 0.1 of ten rows are a hair less than eight.
      const auto index = static_cast<size_t>(passed * static_cast<double>(times.size()) + 1e-6);
      before = base::FromMicros(times[std::min(index, times.size() - 1)]);
    }
    placed.parts.push_back({.name = split.parts[i].first, .from = from, .before = before});
    from = before;
  }
  return placed;
}

std::vector<std::string> PartNames(const Split& split) {
  std::vector<std::string> names;
  if (const auto* shares = std::get_if<ShareSplit>(&split)) {
    for (const auto& [name, share] : shares->parts) names.push_back(name);
  } else if (const auto* time = std::get_if<data::TimeSplit>(&split)) {
    for (const auto& part : time->parts) names.push_back(part.name);
  } else {
    for (const auto& part : std::get<data::HashSplit>(split).parts) names.push_back(part.name);
  }
  return names;
}

base::Result<TaskResult> RunSplit(const Task& task, TaskEvents&) {
  const auto split = TRY(ParseSplit(task.with));
  const auto input = TRY(task.Table("data"));
  const auto work = WorkOf(task);
  std::map<std::string, std::filesystem::path> outputs;
  for (const auto& name : PartNames(split)) outputs.emplace(name, task.folder / (name + ".parquet"));
  data::SplitTables tables;
  if (const auto* hash = std::get_if<data::HashSplit>(&split)) {
    tables = TRY(data::SplitByHash(work, input, *hash, outputs));
  } else if (const auto* shares = std::get_if<ShareSplit>(&split)) {
    tables = TRY(data::SplitByTime(work, input, TRY(PlaceBorders(work, input, *shares)), outputs));
  } else {
    tables = TRY(data::SplitByTime(work, input, std::get<data::TimeSplit>(split), outputs));
  }
  TaskResult result;
  for (const auto& [name, facts] : tables.parts) {
    result.outputs[name] = TableOutput(facts, task.folder);
    result.figures[name] = facts.rows;
  }
  if (tables.left_out > 0) result.figures["left out"] = tables.left_out;
  return result;
}

}  // namespace

Builtin SplitStep() {
  return {.name = "split",
          .inputs = {"data"},
          .check = [](const base::Json& with) -> base::Result<void> {
            TRY(ParseSplit(with));
            return base::Ok();
          },
          .run = RunSplit};
}

}  // namespace gyre::steps::internal
