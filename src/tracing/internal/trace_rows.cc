#include "tracing/internal/trace_rows.h"

#include <unordered_map>
#include <utility>

#include "search/sql.h"
#include "tracing/internal/assessment_rows.h"
#include "tracing/internal/checks.h"

namespace gyre::tracing::internal {
namespace {

/// Keys bound in one statement.
constexpr size_t kChunk = 500;

TraceInfo MakeInfo(TraceRow row) {
  TraceInfo info{.id = std::move(row.id),
                 .experiment = std::move(row.experiment),
                 .state = row.state,
                 .started_ms = row.started_ms,
                 .duration_ms = row.duration_ms,
                 .client_request_id = std::move(row.client_request),
                 .request_preview = std::move(row.request_preview),
                 .response_preview = std::move(row.response_preview),
                 .metadata = {},
                 .tags = {},
                 .assessments = {}};
  if (row.name) info.tags.emplace(kNameTag, std::move(*row.name));
  info.tags.emplace(kArtifactTag, std::move(row.artifact_uri));
  if (row.has_spans) info.tags.emplace(kSpansTag, kSpansHere);
  if (row.finished) info.metadata.emplace(kFinalMetadata, "true");
  return info;
}

using Places = std::unordered_map<int64_t, size_t>;

base::Result<void> LoadTexts(store::Reader& reader, std::span<const int64_t> numbers, std::string_view table,
                             Texts TraceInfo::* texts, const Places& places, std::vector<TraceInfo>& infos) {
  search::SqlText sql;
  sql << "SELECT trace, key, value FROM " << table << " WHERE trace IN (";
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0) sql << ",";
    sql.Bind(numbers[i]);
  }
  sql << ")";
  return reader.RunQuery(sql.text(), sql.values(), [&](const store::Row& row) -> base::Result<void> {
    (infos[places.at(row.Int(0))].*texts).emplace(row.String(1), row.String(2));
    return base::Ok();
  });
}

base::Result<void> LoadAssessments(store::Reader& reader, std::span<const int64_t> numbers, const Places& places,
                                   std::vector<TraceInfo>& infos) {
  return ReadAssessments(reader, numbers, [&](int64_t trace, Assessment assessment) {
    auto& info = infos[places.at(trace)];
    assessment.trace_id = info.id;
    info.assessments.push_back(std::move(assessment));
  });
}

}  // namespace

base::Result<TraceRow> ReadRow(const store::Row& row) {
  TraceRow read;
  read.number = row.Int(0);
  read.id = row.String(1);
  read.experiment = row.String(2);
  read.name = row.OptionalString(3);
  read.state = TRY(ParseTraceState(row.Text(4)));
  read.started_ms = row.Int(5);
  read.duration_ms = row.OptionalInt(6);
  read.client_request = row.OptionalString(7);
  read.request_preview = row.OptionalString(8);
  read.response_preview = row.OptionalString(9);
  read.artifact_uri = row.String(10);
  read.finished = row.Bool(11);
  read.has_spans = row.Bool(12);
  return read;
}

base::Result<std::optional<TraceRow>> FindRow(store::Reader& reader, std::string_view id) {
  std::optional<TraceRow> found;
  TRY(reader.Query(
      fmt::format("SELECT {} FROM traces t WHERE t.id = ?1", kTraceColumns),
      [&](const store::Row& row) -> base::Result<void> {
        found = TRY(ReadRow(row));
        return base::Ok();
      },
      id));
  return found;
}

base::Result<int64_t> NumberOf(store::Reader& reader, std::string_view id) {
  const auto number = TRY(
      reader.QueryOne("SELECT number FROM traces WHERE id = ?1", [](const store::Row& row) { return row.Int(0); }, id));
  if (!number) return NoSuchTrace(id);
  return *number;
}

std::string ArtifactUri(std::string_view location, std::string_view id) {
  return fmt::format("{}{}traces/{}/artifacts", location, location.ends_with('/') ? "" : "/", id);
}

base::Result<int64_t> NextNumber(store::Reader& reader) {
  const auto next = TRY(reader.QueryOne("SELECT COALESCE(MAX(number), 0) + 1 FROM traces",
                                        [](const store::Row& row) { return row.Int(0); }));
  return next.value_or(1);
}

base::Result<void> InsertRow(store::Transaction& transaction, const TraceRow& row) {
  TRY(transaction.Execute(
      "INSERT INTO traces(number, id, experiment, name, state, started_ms, duration_ms, client_request, "
      "request_preview, response_preview, artifact_uri, finished, has_spans) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
      row.number, row.id, row.experiment, row.name, TraceStateName(row.state), row.started_ms, row.duration_ms,
      row.client_request, row.request_preview, row.response_preview, row.artifact_uri, row.finished, row.has_spans));
  return base::Ok();
}

base::Result<void> UpdateRow(store::Transaction& transaction, const TraceRow& row) {
  TRY(transaction.Execute(
      "UPDATE traces SET name = ?2, state = ?3, started_ms = ?4, duration_ms = ?5, client_request = ?6, "
      "request_preview = ?7, response_preview = ?8, finished = ?9, has_spans = ?10 WHERE number = ?1",
      row.number, row.name, TraceStateName(row.state), row.started_ms, row.duration_ms, row.client_request,
      row.request_preview, row.response_preview, row.finished, row.has_spans));
  return base::Ok();
}

base::Result<void> PutTag(store::Transaction& transaction, int64_t trace, std::string_view key,
                          std::string_view value) {
  TRY(
      transaction.Execute("INSERT INTO trace_tags(trace, key, value) VALUES (?1, ?2, ?3) "
                          "ON CONFLICT(trace, key) DO UPDATE SET value = excluded.value",
                          trace, key, value));
  return base::Ok();
}

base::Result<void> PutMetadata(store::Transaction& transaction, int64_t trace, std::string_view key,
                               std::string_view value) {
  TRY(
      transaction.Execute("INSERT INTO trace_metadata(trace, key, value) VALUES (?1, ?2, ?3) "
                          "ON CONFLICT(trace, key) DO UPDATE SET value = excluded.value",
                          trace, key, value));
  return base::Ok();
}

base::Result<bool> HasMetadata(store::Reader& reader, int64_t trace, std::string_view key) {
  const auto found = TRY(reader.QueryOne(
      "SELECT 1 FROM trace_metadata WHERE trace = ?1 AND key = ?2", [](const store::Row&) { return true; }, trace,
      key));
  return found.value_or(false);
}

base::Result<std::vector<TraceRow>> FindRows(store::Reader& reader, std::span<const std::string> ids) {
  std::vector<TraceRow> rows;
  for (size_t begin = 0; begin < ids.size(); begin += kChunk) {
    search::SqlText sql;
    sql << "SELECT " << kTraceColumns << " FROM traces t WHERE t.id IN (";
    for (size_t i = begin; i < std::min(ids.size(), begin + kChunk); ++i) {
      if (i > begin) sql << ",";
      sql.Bind(ids[i]);
    }
    sql << ")";
    TRY(reader.RunQuery(sql.text(), sql.values(), [&](const store::Row& row) -> base::Result<void> {
      rows.push_back(TRY(ReadRow(row)));
      return base::Ok();
    }));
  }
  return rows;
}

base::Result<std::vector<TraceInfo>> CompleteInfos(store::Reader& reader, std::vector<TraceRow> rows) {
  std::vector<TraceInfo> infos;
  std::vector<int64_t> numbers;
  Places places;
  for (auto& row : rows) {
    places.emplace(row.number, infos.size());
    numbers.push_back(row.number);
    infos.push_back(MakeInfo(std::move(row)));
  }
  for (size_t begin = 0; begin < numbers.size(); begin += kChunk) {
    const auto chunk = std::span<const int64_t>(numbers).subspan(begin, std::min(kChunk, numbers.size() - begin));
    TRY(LoadTexts(reader, chunk, "trace_tags", &TraceInfo::tags, places, infos));
    TRY(LoadTexts(reader, chunk, "trace_metadata", &TraceInfo::metadata, places, infos));
    TRY(LoadAssessments(reader, chunk, places, infos));
  }
  return infos;
}

}  // namespace gyre::tracing::internal
