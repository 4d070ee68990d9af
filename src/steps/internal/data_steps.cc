// The steps that make and check tables: ingest, validate, transform.
#include "base/file.h"
#include "base/object_reader.h"
#include "base/text.h"
#include "data/check.h"
#include "data/expectation.h"
#include "data/ingest.h"
#include "data/transform.h"
#include "steps/internal/builtin.h"
#include "steps/internal/tables.h"

namespace gyre::steps::internal {
namespace {

constexpr uint64_t kMaxSqlBytes = 1 << 20;

struct IngestParams {
  std::string file;
  data::IngestOptions options;
};

base::Result<IngestParams> ParseIngest(const base::Json& with) {
  const base::ObjectReader fields(with, "with");
  IngestParams params{.file = TRY(fields.String("file"))};
  TRY(fields.String("dataset", ""));
  auto options = with;
  options.erase("file");
  options.erase("dataset");
  params.options = TRY(data::IngestOptions::FromJson(options, "with"));
  return params;
}

base::Result<TaskResult> RunIngest(const Task& task, TaskEvents&) {
  const auto params = TRY(ParseIngest(task.with));
  const auto output = task.folder / "data.parquet";
  auto options = params.options;
  // The file lies in the step's folder under a name of its own, so its format is read off the name it has in the
  // project.
  if (!options.format) {
    const auto lower = base::ToLower(params.file);
    options.format =
        lower.ends_with(".parquet") || lower.ends_with(".pq") ? data::FileFormat::kParquet : data::FileFormat::kCsv;
  }
  const auto facts = TRY(data::IngestFile(WorkOf(task), TRY(task.ProjectFile(params.file)), options, output));
  TaskResult result;
  result.outputs["data"] = TableOutput(facts, task.folder);
  result.figures = {{"rows", facts.rows}, {"columns", facts.schema.columns.size()}};
  return result;
}

base::Result<std::vector<data::Expectation>> ParseChecks(const base::Json& with) {
  const base::ObjectReader fields(with, "with");
  TRY(fields.AllowOnly({"expectations"}));
  return data::ParseExpectations(*TRY(fields.Array("expectations")), "with.expectations");
}

/// What every single value must keep to: handed on so that a model's signature can enforce it on callers.
base::Json HardBounds(const std::vector<data::Expectation>& expectations) {
  base::Json bounds = base::Json::object();
  for (const auto& expectation : expectations) {
    if (!expectation.is_hard()) continue;
    if (expectation.kind == data::ExpectationKind::kInSet) bounds[expectation.columns.front()]["closed"] = true;
    if (expectation.kind != data::ExpectationKind::kBetween) continue;
    const auto minimum = engine::ToJson(expectation.minimum);
    const auto maximum = engine::ToJson(expectation.maximum);
    auto& column = bounds[expectation.columns.front()];
    if (minimum.is_number()) column["minimum"] = minimum;
    if (maximum.is_number()) column["maximum"] = maximum;
  }
  return bounds;
}

base::Error GateSaysNo(const data::ExpectationReport& report) {
  std::vector<std::string> sentences;
  std::string first;
  for (const auto& result : report.results) {
    if (result.passed) continue;
    if (first.empty()) first = result.name;
    std::string sentence = fmt::format("{}: {}", result.name, result.message);
    for (const auto& sample : result.samples) {
      sentence +=
          fmt::format("; {}{}", sample.row ? fmt::format("row {} ", *sample.row) : "", base::DumpJson(sample.values));
    }
    sentences.push_back(std::move(sentence));
  }
  return base::Unprocessable(fmt::format("{} of {} expectations do not hold. {}", sentences.size(),
                                         report.results.size(), base::Join(sentences, ". ")),
                             first);
}

base::Result<TaskResult> RunValidate(const Task& task, TaskEvents&) {
  const auto expectations = TRY(ParseChecks(task.with));
  const auto report = TRY(data::CheckExpectations(WorkOf(task), TRY(task.Table("data")), expectations));
  TaskResult result;
  auto& output = result.outputs["report"];
  output.kind = pipeline::ArtifactKind::kReport;
  output.facts = report.ToJson();
  output.facts["bounds"] = HardBounds(expectations);
  result.figures = {{"expectations", report.results.size()}, {"rows", report.rows}};
  if (!report.passed()) result.failure = GateSaysNo(report);
  return result;
}

struct TransformParams {
  std::string file;  ///< of the project, or empty
  std::string text;  ///< the SQL itself, otherwise
};

/// `sql` is the name of a project file if it ends so, else the statement.
base::Result<TransformParams> ParseTransform(const base::Json& with) {
  const base::ObjectReader fields(with, "with");
  TRY(fields.AllowOnly({"sql", "dataset"}));
  TRY(fields.String("dataset", ""));
  const auto sql = TRY(fields.String("sql"));
  if (sql.ends_with(".sql") && sql.find('\n') == std::string::npos) return TransformParams{.file = sql};
  return TransformParams{.text = sql};
}

base::Result<TaskResult> RunTransform(const Task& task, TaskEvents&) {
  const auto params = TRY(ParseTransform(task.with));
  const auto sql =
      params.file.empty() ? params.text : TRY(base::ReadFile(TRY(task.ProjectFile(params.file)), kMaxSqlBytes));
  std::map<std::string, std::filesystem::path> tables;
  for (const auto& [name, input] : task.inputs) tables.emplace(name, TRY(task.Table(name)));
  const auto facts = TRY(data::Transform(WorkOf(task), tables, sql, task.folder / "data.parquet"));
  TaskResult result;
  result.outputs["data"] = TableOutput(facts, task.folder);
  result.figures = {{"rows", facts.rows}, {"columns", facts.schema.columns.size()}};
  return result;
}

}  // namespace

Builtin IngestStep() {
  return {.name = "ingest",
          .check = [](const base::Json& with) -> base::Result<void> {
            TRY(ParseIngest(with));
            return base::Ok();
          },
          .files = [](const base::Json& with) -> std::vector<std::string> {
            const auto params = ParseIngest(with);
            return params ? std::vector{params->file} : std::vector<std::string>();
          },
          .run = RunIngest};
}

Builtin ValidateStep() {
  return {.name = "validate",
          .inputs = {"data"},
          .check = [](const base::Json& with) -> base::Result<void> {
            TRY(ParseChecks(with));
            return base::Ok();
          },
          .run = RunValidate};
}

Builtin TransformStep() {
  return {.name = "transform",
          .open_inputs = true,
          .check = [](const base::Json& with) -> base::Result<void> {
            TRY(ParseTransform(with));
            return base::Ok();
          },
          .files = [](const base::Json& with) -> std::vector<std::string> {
            const auto params = ParseTransform(with);
            return params && !params->file.empty() ? std::vector{params->file} : std::vector<std::string>();
          },
          .run = RunTransform};
}

}  // namespace gyre::steps::internal
