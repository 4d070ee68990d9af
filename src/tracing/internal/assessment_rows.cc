#include "tracing/internal/assessment_rows.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "search/sql.h"

namespace gyre::tracing::internal {
namespace {

using Kind = Assessment::Kind;

constexpr std::string_view kColumns =
    "trace, id, kind, name, value, error, source_type, source_id, span, rationale, metadata, overrides, valid, "
    "created_ms, updated_ms";

constexpr std::array<std::pair<Kind, std::string_view>, 3> kKinds = {
    {{Kind::kFeedback, "feedback"}, {Kind::kExpectation, "expectation"}, {Kind::kIssue, "issue"}}};

std::string_view KindName(Kind kind) {
  for (const auto& [known, name] : kKinds) {
    if (known == kind) return name;
  }
  return kKinds.front().second;
}

Kind ParseKind(std::string_view name) {
  for (const auto& [kind, known] : kKinds) {
    if (known == name) return kind;
  }
  return Kind::kFeedback;
}

base::Result<Assessment> ReadAssessment(const store::Row& row) {
  Assessment read;
  read.id = row.String(1);
  read.kind = ParseKind(row.Text(2));
  read.name = row.String(3);
  read.value = row.String(4);
  read.error = row.String(5);
  read.source_type = row.String(6);
  read.source_id = row.String(7);
  read.span_id = row.String(8);
  read.rationale = row.String(9);
  const auto metadata = TRY(base::ParseJson(row.Text(10), "the metadata of an assessment"));
  for (const auto& [key, value] : metadata.items()) read.metadata.emplace(key, value.get<std::string>());
  read.overrides = row.String(11);
  read.valid = row.Bool(12);
  read.created_ms = row.Int(13);
  read.updated_ms = row.Int(14);
  return read;
}

base::Result<void> CheckOwner(store::Reader& reader, int64_t trace, const std::string& id) {
  const auto owner = TRY(reader.QueryOne(
      "SELECT trace FROM trace_assessments WHERE id = ?1", [](const store::Row& row) { return row.Int(0); }, id));
  if (!owner || *owner == trace) return base::Ok();
  return base::InvalidArgument(fmt::format("Assessment with ID '{}' belongs to another trace.", id), id);
}

}  // namespace

base::Result<void> ReadAssessments(store::Reader& reader, std::span<const int64_t> traces,
                                   const std::function<void(int64_t trace, Assessment assessment)>& use) {
  search::SqlText sql;
  sql << "SELECT " << kColumns << " FROM trace_assessments WHERE trace IN (";
  for (size_t i = 0; i < traces.size(); ++i) {
    if (i > 0) sql << ",";
    sql.Bind(traces[i]);
  }
  sql << ") ORDER BY trace, created_ms, id";
  return reader.RunQuery(sql.text(), sql.values(), [&](const store::Row& row) -> base::Result<void> {
    use(row.Int(0), TRY(ReadAssessment(row)));
    return base::Ok();
  });
}

base::Result<std::optional<Assessment>> FindAssessment(store::Reader& reader, int64_t trace, std::string_view id) {
  std::optional<Assessment> found;
  TRY(reader.Query(
      fmt::format("SELECT {} FROM trace_assessments WHERE trace = ?1 AND id = ?2", kColumns),
      [&](const store::Row& row) -> base::Result<void> {
        found = TRY(ReadAssessment(row));
        return base::Ok();
      },
      trace, id));
  return found;
}

base::Result<void> PutAssessment(store::Transaction& transaction, int64_t trace, const Assessment& assessment) {
  TRY(CheckOwner(transaction, trace, assessment.id));
  TRY(transaction.Execute(
      "INSERT INTO trace_assessments(trace, id, kind, name, value, number, error, source_type, source_id, span, "
      "rationale, metadata, overrides, valid, created_ms, updated_ms) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) ON CONFLICT(trace, id) "
      "DO UPDATE SET kind = excluded.kind, name = excluded.name, value = excluded.value, number = excluded.number, "
      "error = excluded.error, source_type = excluded.source_type, source_id = excluded.source_id, "
      "span = excluded.span, rationale = excluded.rationale, metadata = excluded.metadata, "
      "overrides = excluded.overrides, valid = excluded.valid, created_ms = excluded.created_ms, "
      "updated_ms = excluded.updated_ms",
      trace, assessment.id, KindName(assessment.kind), assessment.name, assessment.value,
      base::ParseDouble(assessment.value), assessment.error, assessment.source_type, assessment.source_id,
      assessment.span_id, assessment.rationale, base::DumpJson(base::Json(assessment.metadata)), assessment.overrides,
      assessment.valid, assessment.created_ms, assessment.updated_ms));
  return base::Ok();
}

base::Result<bool> SetValid(store::Transaction& transaction, int64_t trace, std::string_view id, bool valid) {
  const auto changed = TRY(
      transaction.Execute("UPDATE trace_assessments SET valid = ?3 WHERE trace = ?1 AND id = ?2", trace, id, valid));
  return changed > 0;
}

}  // namespace gyre::tracing::internal
