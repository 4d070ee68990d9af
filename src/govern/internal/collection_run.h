#pragma once

#include <functional>

#include "govern/collector.h"
#include "govern/internal/purge_plan.h"

namespace gyre::govern::internal {

/// One collection from plan to sweep. `publish` gets the report whenever it has changed.
class CollectionRun {
 public:
  CollectionRun(const Collector::Deps& deps, const CollectRequest& request, const base::Cancellation& cancel,
                std::function<void(const CollectReport&)> publish);

  base::Result<void> Run();
  const CollectReport& report() const { return report_; }

 private:
  void Tell(std::string_view stage, double progress);
  void Count(const Doomed& item);
  void Add(const artifacts::Amount& amount);
  base::Result<void> DropFolder(const std::string& folder);
  base::Result<void> FinishOld();
  base::Result<void> CountOnly(const PurgePlan& plan);
  base::Result<void> Purge(const PurgePlan& plan);
  base::Result<void> PurgeOne(const Doomed& item);
  base::Result<void> SweepBlobs(const PurgePlan& plan);
  base::Result<void> Record();

  const Collector::Deps& deps_;
  const CollectRequest& request_;
  const base::Cancellation& cancel_;
  const std::function<void(const CollectReport&)> publish_;
  CollectReport report_;
};

}  // namespace gyre::govern::internal
