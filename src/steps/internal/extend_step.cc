#include "base/object_reader.h"
#include "data/columns.h"
#include "data/transform.h"
#include "steps/internal/builtin.h"
#include "steps/internal/extend.h"
#include "steps/internal/tables.h"

namespace gyre::steps::internal {
namespace {

/// Under which the log exports the time of a row, whatever it is called in the history.
constexpr std::string_view kEventTimeColumn = "event_time";

std::string Quoted(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

/// History as it is, then the logged rows, brought to history's columns by name: what the log does not have is null.
base::Result<std::string> UnionSql(const data::Schema& history, const data::Schema& logged, const std::string& time) {
  std::string select;
  for (const auto& column : history.columns) {
    if (!select.empty()) select += ", ";
    const auto name = Quoted(column.name);
    const auto type = engine::SqlTypeName(column.type);
    const auto source = column.name == time ? std::string(kEventTimeColumn) : column.name;
    const bool known = logged.Find(source) != nullptr;
    select += fmt::format("CAST({} AS {}) AS {}", known ? Quoted(source) : "NULL", type, name);
  }
  TRY(history.Get(time));
  TRY(logged.Get(kEventTimeColumn));
  return fmt::format(
      "WITH joined AS (SELECT *, 0 AS gyre_part, row_number() OVER () AS gyre_row FROM history UNION ALL "
      "SELECT *, 1, row_number() OVER () FROM (SELECT {} FROM logged)) "
      "SELECT * EXCLUDE (gyre_part, gyre_row) FROM joined ORDER BY {}, gyre_part, gyre_row",
      select, Quoted(time));
}

base::Result<TaskResult> RunExtend(const Task& task, TaskEvents&) {
  const auto params = TRY(ParseExtend(task.with));
  const auto history = TRY(task.Table("history"));
  const Task::Input* logged = task.Find(kLoggedInput);
  TaskResult result;
  if (logged == nullptr) {
    const Task::Input* input = TRY(task.Need("history"));
    result.outputs["data"] = {.kind = input->kind, .facts = input->facts};
    for (const auto& [name, path] : input->files) result.outputs["data"].files[name] = path.string();
    result.figures = {{"logged", 0}};
    return result;
  }
  const auto work = WorkOf(task);
  const auto logged_file = logged->files.begin()->second;
  const auto sql =
      TRY(UnionSql(TRY(data::ReadSchema(work, history)), TRY(data::ReadSchema(work, logged_file)), params.event_time));
  const auto facts =
      TRY(data::Transform(work, {{"history", history}, {"logged", logged_file}}, sql, task.folder / "data.parquet"));
  result.outputs["data"] = TableOutput(facts, task.folder);
  result.figures = {{"rows", facts.rows}, {"logged", logged->facts.value("rows", int64_t{0})}};
  return result;
}

}  // namespace

base::Result<ExtendParams> ParseExtend(const base::Json& with) {
  const base::ObjectReader fields(with, "with");
  TRY(fields.AllowOnly({"endpoint", "until", "label", "event_time", "dataset"}));
  ExtendParams params;
  params.endpoint = TRY(fields.String("endpoint"));
  params.label = TRY(fields.String("label"));
  params.event_time = TRY(fields.String("event_time"));
  TRY(fields.String("dataset", ""));
  if (fields.Has("until")) params.until = TRY(base::ParseTimestamp(TRY(fields.String("until"))));
  return params;
}

Builtin ExtendStep() {
  return {.name = "extend",
          .inputs = {"history"},
          .check = [](const base::Json& with) -> base::Result<void> {
            TRY(ParseExtend(with));
            return base::Ok();
          },
          .run = RunExtend};
}

}  // namespace gyre::steps::internal
