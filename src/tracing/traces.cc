#include "tracing/traces.h"

#include <nlohmann/json.hpp>
#include <unordered_map>

#include "base/json.h"
#include "base/text.h"
#include "tracing/internal/assessment_rows.h"
#include "tracing/internal/checks.h"
#include "tracing/internal/preview.h"
#include "tracing/internal/schema.h"
#include "tracing/internal/span_rows.h"
#include "tracing/internal/trace_rows.h"

namespace gyre::tracing {
namespace {

using internal::TraceRow;

/// How many spans the client says the trace has; 0 if it does not say.
size_t AnnouncedSpans(const TraceInfo& info) {
  const auto stats = info.metadata.find(std::string(kSizeMetadata));
  if (stats == info.metadata.end()) return 0;
  const auto value = base::ParseJson(stats->second, "the size of a trace");
  if (!value || !value->is_object()) return 0;
  const auto count = value->find("num_spans");
  return count != value->end() && count->is_number_unsigned() ? count->get<size_t>() : 0;
}

/// Counted before they are read: whoever waits for spans looks often.
base::Result<bool> HasAllSpans(store::Reader& reader, int64_t trace, const TraceInfo& info) {
  const auto count = TRY(reader.QueryOne(
      "SELECT COUNT(*) FROM trace_spans WHERE trace = ?1", [](const store::Row& row) { return row.Int(0); }, trace));
  return count.value_or(0) > 0 && static_cast<size_t>(*count) >= AnnouncedSpans(info);
}

/// The rows of `ids` in their order, without repetitions.
base::Result<std::vector<TraceRow>> RowsInOrder(store::Reader& reader, std::span<const std::string> ids,
                                                const std::vector<std::string>* experiments) {
  std::unordered_map<std::string, TraceRow> by_id;
  for (auto& row : TRY(internal::FindRows(reader, ids))) {
    if (experiments != nullptr && std::ranges::find(*experiments, row.experiment) == experiments->end()) continue;
    auto id = row.id;
    by_id.emplace(std::move(id), std::move(row));
  }
  std::vector<TraceRow> rows;
  for (const auto& id : ids) {
    if (auto found = by_id.extract(id)) rows.push_back(std::move(found.mapped()));
  }
  return rows;
}

void TakeFinished(const TraceInfo& info, TraceRow& row) {
  row.state = info.state;
  row.started_ms = info.started_ms;
  row.duration_ms = info.duration_ms;
  row.client_request = info.client_request_id;
  if (const auto name = info.tags.find(std::string(kNameTag)); name != info.tags.end()) row.name = name->second;
  const auto preview = [](const std::string& text) {
    return std::string(internal::FirstCharacters(text, TraceLimits::kPreview));
  };
  if (info.request_preview) row.request_preview = preview(*info.request_preview);
  if (info.response_preview) row.response_preview = preview(*info.response_preview);
  row.finished = true;
}

base::Result<TraceRow> PutFinished(store::Transaction& transaction, const TraceHome& home, const TraceInfo& info) {
  const auto found = TRY(internal::FindRow(transaction, info.id));
  if (found) {
    if (found->experiment != home.experiment) {
      return base::InvalidArgument(fmt::format("Trace with ID '{}' already exists in another experiment.", info.id),
                                   info.id);
    }
    TraceRow row = *found;
    TakeFinished(info, row);
    TRY(internal::UpdateRow(transaction, row));
    return row;
  }
  TraceRow row;
  row.number = TRY(internal::NextNumber(transaction));
  row.id = info.id;
  row.experiment = home.experiment;
  row.artifact_uri = internal::ArtifactUri(home.artifact_location, info.id);
  TakeFinished(info, row);
  TRY(internal::InsertRow(transaction, row));
  return row;
}

base::Result<void> PutContents(store::Transaction& transaction, const TraceInfo& info, int64_t number) {
  for (const auto& [key, value] : info.tags) {
    if (key == kNameTag || internal::IsSystemTag(key)) continue;
    TRY(internal::PutTag(transaction, number, key, internal::FirstCharacters(value, TraceLimits::kTagValue)));
  }
  for (const auto& [key, value] : info.metadata) {
    if (key != kFinalMetadata) TRY(internal::PutMetadata(transaction, number, key, value));
  }
  for (auto assessment : info.assessments) {
    if (assessment.id.empty()) assessment.id = "a-" + transaction.NewId();
    TRY(internal::PutAssessment(transaction, number, assessment));
  }
  return base::Ok();
}

}  // namespace

base::Result<std::unique_ptr<Traces>> Traces::Open(store::Database& database) {
  TRY(database.Migrate(internal::kMigrations));
  return std::unique_ptr<Traces>(new Traces(database));
}

void Traces::Announce() {
  {
    const std::lock_guard lock(mutex_);
    ++arrivals_;
  }
  arrived_.notify_all();
}

base::Result<TraceInfo> Traces::Finish(const TraceHome& home, const TraceInfo& info) {
  TRY(internal::CheckNewTraceId(info.id));
  if (const auto session = info.metadata.find(std::string(kSessionMetadata)); session != info.metadata.end()) {
    TRY(internal::CheckSession(session->second));
  }
  auto finished = TRY(database_.Write([&](store::Transaction& transaction) -> base::Result<TraceInfo> {
    auto row = TRY(PutFinished(transaction, home, info));
    TRY(PutContents(transaction, info, row.number));
    std::vector<TraceRow> rows;
    rows.push_back(std::move(row));
    auto infos = TRY(internal::CompleteInfos(transaction, std::move(rows)));
    return std::move(infos.front());
  }));
  Announce();
  return finished;
}

base::Result<TraceInfo> Traces::GetInfo(std::string_view id) {
  return database_.Read([&](store::Reader& reader) -> base::Result<TraceInfo> {
    auto row = TRY(internal::FindRow(reader, id));
    if (!row) return internal::NoSuchTrace(id);
    std::vector<TraceRow> rows;
    rows.push_back(std::move(*row));
    auto infos = TRY(internal::CompleteInfos(reader, std::move(rows)));
    return std::move(infos.front());
  });
}

base::Result<std::vector<TraceInfo>> Traces::GetInfos(std::span<const std::string> ids,
                                                      const std::vector<std::string>* experiments) {
  return database_.Read([&](store::Reader& reader) -> base::Result<std::vector<TraceInfo>> {
    return internal::CompleteInfos(reader, TRY(RowsInOrder(reader, ids, experiments)));
  });
}

base::Result<std::optional<Trace>> Traces::TryGet(std::string_view id, bool allow_partial) {
  const std::array<std::string, 1> ids = {std::string(id)};
  return database_.Read([&](store::Reader& reader) -> base::Result<std::optional<Trace>> {
    auto rows = TRY(RowsInOrder(reader, ids, nullptr));
    if (rows.empty()) return internal::NoSuchTrace(id);
    const auto number = rows.front().number;
    Trace trace;
    auto infos = TRY(internal::CompleteInfos(reader, std::move(rows)));
    trace.info = std::move(infos.front());
    if (!allow_partial && !TRY(HasAllSpans(reader, number, trace.info))) return std::optional<Trace>();
    trace.spans = TRY(internal::LoadSpans(reader, number, trace.info.id));
    return std::optional(std::move(trace));
  });
}

base::Result<Trace> Traces::Get(std::string_view id, bool allow_partial, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (true) {
    uint64_t seen = 0;
    {
      const std::lock_guard lock(mutex_);
      seen = arrivals_;
    }
    auto trace = TRY(TryGet(id, allow_partial));
    if (trace) return std::move(*trace);
    std::unique_lock lock(mutex_);
    if (!arrived_.wait_until(lock, deadline, [&] { return arrivals_ != seen; })) break;
  }
  return base::NotFound(fmt::format("Trace with ID {} is not fully exported yet, please try again later.", id),
                        std::string(id));
}

base::Result<std::vector<Trace>> Traces::GetMany(std::span<const std::string> ids,
                                                 const std::vector<std::string>* experiments) {
  return database_.Read([&](store::Reader& reader) -> base::Result<std::vector<Trace>> {
    auto rows = TRY(RowsInOrder(reader, ids, experiments));
    std::vector<int64_t> numbers;
    for (const auto& row : rows) numbers.push_back(row.number);
    auto infos = TRY(internal::CompleteInfos(reader, std::move(rows)));
    std::vector<Trace> traces;
    for (size_t i = 0; i < infos.size(); ++i) {
      Trace trace{.info = std::move(infos[i]), .spans = {}};
      if (!TRY(HasAllSpans(reader, numbers[i], trace.info))) continue;
      trace.spans = TRY(internal::LoadSpans(reader, numbers[i], trace.info.id));
      traces.push_back(std::move(trace));
    }
    return traces;
  });
}

base::Result<void> Traces::SetTag(std::string_view id, std::string_view key, std::string_view value) {
  TRY(internal::CheckTagChange(key, "set"));
  if (!base::IsValidKey(key)) {
    return base::InvalidArgument(fmt::format("'{}' cannot be the key of a tag", key), std::string(key));
  }
  return database_.Write([&](store::Transaction& transaction) -> base::Result<void> {
    const auto number = TRY(internal::NumberOf(transaction, id));
    if (key != kNameTag) {
      return internal::PutTag(transaction, number, key, internal::FirstCharacters(value, TraceLimits::kTagValue));
    }
    TRY(transaction.Execute("UPDATE traces SET name = ?2 WHERE number = ?1", number, value));
    return base::Ok();
  });
}

base::Result<void> Traces::DeleteTag(std::string_view id, std::string_view key) {
  if (key != kArchivalFailureTag) TRY(internal::CheckTagChange(key, "deleted"));
  return database_.Write([&](store::Transaction& transaction) -> base::Result<void> {
    const auto number = TRY(internal::NumberOf(transaction, id));
    const auto deleted =
        key == kNameTag
            ? TRY(transaction.Execute("UPDATE traces SET name = NULL WHERE number = ?1 AND name IS NOT NULL", number))
            : TRY(transaction.Execute("DELETE FROM trace_tags WHERE trace = ?1 AND key = ?2", number, key));
    if (deleted > 0) return base::Ok();
    return base::NotFound(fmt::format("No trace tag with key '{}' for trace with ID '{}'", key, id), std::string(key));
  });
}

base::Result<void> Traces::LinkPrompts(std::string_view id, std::span<const std::string> prompts) {
  return database_.Write([&](store::Transaction& transaction) -> base::Result<void> {
    const auto number = TRY(internal::NumberOf(transaction, id));
    for (const auto& prompt : prompts) {
      TRY(transaction.Execute(
          "INSERT INTO trace_prompts(trace, prompt) VALUES (?1, ?2) ON CONFLICT(trace, prompt) DO NOTHING", number,
          prompt));
    }
    return base::Ok();
  });
}

}  // namespace gyre::tracing
