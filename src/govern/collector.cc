#include "govern/collector.h"

#include "base/thread_pool.h"
#include "govern/internal/collection_run.h"

namespace gyre::govern {
namespace {

std::string_view StateName(CollectReport::State state) {
  switch (state) {
    case CollectReport::State::kIdle:
      return "idle";
    case CollectReport::State::kRunning:
      return "running";
    case CollectReport::State::kDone:
      return "done";
    case CollectReport::State::kFailed:
      break;
  }
  return "failed";
}

base::Json AmountJson(const artifacts::Amount& amount) {
  return {{"count", amount.files}, {"bytes", amount.bytes}};
}

}  // namespace

base::Json CollectReport::ToJson() const {
  base::Json kept_list = base::Json::array();
  for (const auto& item : kept) kept_list.push_back({{"kind", item.kind}, {"id", item.id}, {"reason", item.reason}});
  base::Json json = {{"state", StateName(state)},
                     {"dry_run", dry_run},
                     {"stage", stage},
                     {"progress", progress},
                     {"runs", runs},
                     {"experiments", experiments},
                     {"logged_models", logged_models},
                     {"artifacts", AmountJson(artifacts)},
                     {"kept", std::move(kept_list)},
                     {"blobs",
                      {{"stored", AmountJson(blobs_stored)},
                       {"removed", AmountJson(blobs_removed)},
                       {"spared", AmountJson(blobs_spared)}}}};
  if (error) {
    json["error"] = {
        {"error_code", base::ErrorCodeName(error->code())}, {"message", error->message()}, {"name", error->name()}};
  }
  return json;
}

base::Result<void> Collector::Start(const CollectRequest& request) {
  const std::lock_guard control(control_);
  {
    const std::lock_guard lock(mutex_);
    if (report_.state == CollectReport::State::kRunning) {
      return base::FailedPrecondition("a collection is under way; wait for its end", "gc");
    }
    report_ = {};
    report_.state = CollectReport::State::kRunning;
    report_.dry_run = request.dry_run;
  }
  if (thread_.joinable()) thread_.join();
  cancel_ = base::Cancellation::Make();
  thread_ = std::thread([this, request] {
    base::NameThread("gc");
    Run(request);
  });
  return base::Ok();
}

void Collector::Run(const CollectRequest& request) {
  const auto publish = [this](const CollectReport& report) {
    const std::lock_guard lock(mutex_);
    report_ = report;
  };
  internal::CollectionRun run(deps_, request, cancel_, publish);
  const auto outcome = run.Run();
  auto report = run.report();
  report.state = outcome ? CollectReport::State::kDone : CollectReport::State::kFailed;
  if (outcome) report.progress = 1;
  report.stage.clear();
  if (!outcome) report.error = outcome.error();
  deps_.log.Info("blobs_collected", {{"dry_run", report.dry_run},
                                     {"runs", report.runs},
                                     {"blobs", report.blobs_removed.files},
                                     {"bytes", static_cast<int64_t>(report.blobs_removed.bytes)},
                                     {"error", outcome ? "" : outcome.error().message()}});
  publish(report);
  ended_.notify_all();
}

CollectReport Collector::Wait(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  ended_.wait_for(lock, patience, [this] { return report_.state != CollectReport::State::kRunning; });
  return report_;
}

void Collector::Stop() {
  const std::lock_guard control(control_);
  cancel_.Cancel();
  if (thread_.joinable()) thread_.join();
}

}  // namespace gyre::govern
