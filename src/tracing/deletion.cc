#include "search/sql.h"
#include "tracing/traces.h"

namespace gyre::tracing {
namespace {

struct Doomed {
  int64_t number = 0;
  std::string id;
};

/// Up to `limit` of the oldest traces that fit.
base::Result<std::vector<Doomed>> Choose(store::Reader& reader, const TraceDeletion& deletion,
                                         std::span<const std::string> ids, int64_t limit) {
  search::SqlText sql;
  sql << "SELECT number, id FROM traces WHERE experiment = ";
  sql.Bind(deletion.experiment);
  if (deletion.started_until_ms) {
    sql << " AND started_ms <= ";
    sql.Bind(*deletion.started_until_ms);
  }
  if (!ids.empty()) {
    sql << " AND id IN (";
    for (size_t i = 0; i < ids.size(); ++i) {
      if (i > 0) sql << ",";
      sql.Bind(ids[i]);
    }
    sql << ")";
  }
  sql << " ORDER BY started_ms, id LIMIT ";
  sql.Bind(limit);
  std::vector<Doomed> doomed;
  TRY(reader.RunQuery(sql.text(), sql.values(), [&](const store::Row& row) -> base::Result<void> {
    doomed.push_back({.number = row.Int(0), .id = row.String(1)});
    return base::Ok();
  }));
  return doomed;
}

base::Result<void> Remove(store::Transaction& transaction, const Doomed& trace) {
  for (const std::string_view table :
       {"trace_spans", "trace_tags", "trace_metadata", "trace_prompts", "trace_assessments"}) {
    TRY(transaction.Execute(fmt::format("DELETE FROM {} WHERE trace = ?1", table), trace.number));
  }
  TRY(transaction.Execute("DELETE FROM trace_runs WHERE trace_id = ?1", trace.id));
  TRY(transaction.Execute("DELETE FROM traces WHERE number = ?1", trace.number));
  return base::Ok();
}

}  // namespace

base::Result<int64_t> Traces::Delete(const TraceDeletion& deletion, std::string_view actor) {
  if (deletion.ids.size() > TraceLimits::kDeletion) {
    return base::InvalidArgument(fmt::format("request_ids has {} ids; at most {} are allowed, split the call",
                                             deletion.ids.size(), TraceLimits::kDeletion),
                                 "request_ids");
  }
  constexpr int64_t kAtOnce = 500;
  const int64_t wanted = deletion.at_most.value_or(std::numeric_limits<int64_t>::max());
  int64_t deleted = 0;
  while (deleted < wanted) {
    const int64_t limit = std::min(kAtOnce, wanted - deleted);
    const auto removed = TRY(database_.Write([&](store::Transaction& transaction) -> base::Result<int64_t> {
      const auto doomed = TRY(Choose(transaction, deletion, deletion.ids, limit));
      for (const auto& trace : doomed) TRY(Remove(transaction, trace));
      if (doomed.empty()) return int64_t{0};
      TRY(transaction.Audit({.actor = std::string(actor),
                             .action = "traces_deleted",
                             .object_type = "experiment",
                             .object_id = deletion.experiment,
                             .details = {{"traces", doomed.size()}}}));
      return static_cast<int64_t>(doomed.size());
    }));
    deleted += removed;
    if (removed < limit) break;
  }
  return deleted;
}

}  // namespace gyre::tracing
