#include <utility>

#include "api/mlflow/internal/traces_handlers.h"
#include "api/mlflow/internal/traces_messages.h"
#include "api/mlflow/internal/traces_wire.h"

namespace gyre::api::mlflow::internal {
namespace {

using http::Method;

/// How long a trace is waited for whose spans are under way, as by MLflow.
constexpr std::chrono::milliseconds kPatience{3000};

Answer GetInfo(const TraceDeps& deps, const Call& call) {
  const auto info = TRY(deps.traces.GetInfo(call.request.path_param("trace_id")));
  call.response.body += "{\"trace\":{\"trace_info\":";
  AppendTraceInfo(info, call.response.body);
  call.response.body += "}}";
  return Done();
}

Answer Get(const TraceDeps& deps, const Call& call) {
  const auto trace = TRY(deps.traces.Get(call.message.Text("trace_id"), call.message.Bool("allow_partial"), kPatience));
  call.response.body += "{\"trace\":";
  AppendTrace(trace, call.response.body);
  call.response.body += '}';
  return Done();
}

/// {"name":[...]}, or {} for an empty list; more fields may follow.
template <class Item, class Append>
void AppendNamedList(std::string_view name, const std::vector<Item>& items, const Append& append, std::string& out) {
  out += '{';
  if (items.empty()) return;
  out += fmt::format("\"{}\":", name);
  char comma = '[';
  for (const auto& item : items) {
    out += std::exchange(comma, ',');
    append(item, out);
  }
  out += ']';
}

Answer BatchGet(const TraceDeps& deps, const Call& call) {
  const auto experiments = call.message.Texts("experiment_ids");
  const auto traces = TRY(deps.traces.GetMany(call.message.Texts("trace_ids"),
                                              call.message.Has("experiment_ids") ? &experiments : nullptr));
  AppendNamedList("traces", traces, AppendTrace, call.response.body);
  call.response.body += '}';
  return Done();
}

Answer BatchGetInfos(const TraceDeps& deps, const Call& call) {
  const auto experiments = call.message.Texts("experiment_ids");
  const auto infos = TRY(deps.traces.GetInfos(call.message.Texts("trace_ids"),
                                              call.message.Has("experiment_ids") ? &experiments : nullptr));
  AppendNamedList("trace_infos", infos, AppendTraceInfo, call.response.body);
  call.response.body += '}';
  return Done();
}

Answer Search(const TraceDeps& deps, const Call& call) {
  tracing::TraceSearch search;
  for (const auto location : call.message.Items("locations")) {
    if (const auto experiment = location.Nested("mlflow_experiment")) {
      search.experiments.emplace_back(experiment->Text("experiment_id"));
    }
  }
  search.filter = call.message.Text("filter");
  search.order_by = call.message.Texts("order_by");
  search.max_results = call.message.Int("max_results", 100);
  search.page_token = call.message.Text("page_token");
  const auto page = TRY(deps.traces.Search(search));
  auto& out = call.response.body;
  AppendNamedList("traces", page.traces, AppendTraceInfo, out);
  if (!page.next_page_token.empty()) out += fmt::format(",\"next_page_token\":\"{}\"", page.next_page_token);
  out += '}';
  return Done();
}

}  // namespace

void AddTraceReadRoutes(Wire& wire, const TraceDeps& deps) {
  const auto with = [&deps](Answer (*work)(const TraceDeps&, const Call&)) {
    return [deps, work](const Call& call) { return work(deps, call); };
  };
  wire.Add(Method::kGet, "3.0/mlflow/traces/get", messages::kGetTrace, with(Get), Wire::kMaxBody,
           http::Execution::kLong);
  wire.Add(Method::kGet, "3.0/mlflow/traces/batchGet", messages::kBatchGetTraces, with(BatchGet));
  wire.Add(Method::kPost, "3.0/mlflow/traces/batchGetInfos", messages::kBatchGetTraces, with(BatchGetInfos));
  wire.Add(Method::kPost, "3.0/mlflow/traces/search", messages::kSearchTraces, with(Search));
  wire.Add(Method::kGet, "3.0/mlflow/traces/{trace_id}", kNoFields, with(GetInfo));
}

}  // namespace gyre::api::mlflow::internal
