#include "govern/internal/purge_plan.h"

#include <algorithm>

#include "artifacts/path.h"
#include "base/text.h"
#include "registry/holdings.h"

namespace gyre::govern::internal {
namespace {

using tracking::Purged;
using tracking::PurgeKind;

/// A place in the tree that something needs which is not deleted.
struct Needed {
  std::string folder;
  std::string by;
};

bool IsWithin(std::string_view path, std::string_view folder) {
  return path == folder || (path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/');
}

/// The folder that is this thing's alone: one with its id in the path. An experiment may have been given any place.
std::string OwnFolder(const Purged& thing) {
  const auto folder = artifacts::PathOfUri(thing.artifact_uri);
  if (!folder) return "";
  const auto names = base::Split(*folder, '/');
  const bool own = thing.kind == PurgeKind::kExperiment ? names.back() == thing.id
                                                        : std::ranges::find(names, thing.id) != names.end();
  return own ? *folder : "";
}

base::Result<std::vector<Needed>> FindNeeded(store::Database& database, tracking::Tracker& tracker) {
  std::vector<Needed> needed;
  TRY(database.Read([&](store::Reader& reader) {
    return registry::NameSources(reader, [&](const registry::VersionRef& ref, std::string_view uri) {
      if (const auto folder = artifacts::PathOfUri(uri)) {
        needed.push_back({.folder = *folder, .by = fmt::format("model version {}", ref.ToString())});
      }
    });
  }));
  for (const auto& experiment : TRY(tracker.ListExperiments())) {
    if (const auto folder = artifacts::PathOfUri(experiment.artifact_location); folder && !folder->empty()) {
      needed.push_back({.folder = *folder, .by = fmt::format("experiment {}", experiment.id.value())});
    }
  }
  return needed;
}

/// Who needs something in the thing's folder. A run's folder lies in that of its experiment, which is no reason.
const Needed* WhoNeeds(const std::string& folder, const std::vector<Needed>& needed) {
  if (folder.empty()) return nullptr;
  const auto found = std::ranges::find_if(needed, [&](const Needed& need) { return IsWithin(need.folder, folder); });
  return found == needed.end() ? nullptr : &*found;
}

tracking::PurgeScope ScopeOf(const CollectRequest& request, base::Timestamp now) {
  tracking::PurgeScope scope;
  for (const auto& run : request.runs) scope.runs.emplace_back(run);
  if (scope.runs.empty()) scope.deleted_before = now - request.older_than;
  return scope;
}

}  // namespace

std::string_view KindName(PurgeKind kind) {
  if (kind == PurgeKind::kRun) return "run";
  return kind == PurgeKind::kExperiment ? "experiment" : "logged_model";
}

std::vector<std::string> PurgePlan::Folders() const {
  std::vector<std::string> folders;
  for (const auto& item : doomed) {
    if (!item.folder.empty()) folders.push_back(item.folder);
  }
  std::ranges::sort(folders);
  std::vector<std::string> merged;
  for (auto& folder : folders) {
    if (merged.empty() || !IsWithin(folder, merged.back())) merged.push_back(std::move(folder));
  }
  return merged;
}

base::Result<PurgePlan> MakePurgePlan(store::Database& database, tracking::Tracker& tracker,
                                      const CollectRequest& request, base::Timestamp now) {
  PurgePlan plan;
  const auto things = TRY(tracker.FindPurgeable(ScopeOf(request, now)));
  auto needed = TRY(FindNeeded(database, tracker));
  for (const auto& thing : things) {
    auto folder = OwnFolder(thing);
    const Needed* by = WhoNeeds(folder, needed);
    if (by == nullptr) {
      plan.doomed.push_back({.thing = thing, .folder = std::move(folder)});
      continue;
    }
    plan.kept.push_back({.kind = std::string(KindName(thing.kind)),
                         .id = thing.id,
                         .reason = fmt::format("{} needs artifacts in '{}'", by->by, folder)});
    // Its experiment would take it along.
    needed.push_back({.folder = folder, .by = fmt::format("{} {}", KindName(thing.kind), thing.id)});
  }
  return plan;
}

}  // namespace gyre::govern::internal
