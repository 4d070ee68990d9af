#include "govern/internal/purge_plan.h"

#include <algorithm>
#include <map>
#include <optional>

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

/// What is not deleted and needs artifacts or runs.
struct Needs {
  std::vector<Needed> versions;             ///< where versions are fetched from, and where what is kept for them lies
  std::vector<Needed> experiments;          ///< where experiments put things
  std::map<std::string, std::string> runs;  ///< the runs that versions name as their source, and who does
  std::map<std::string, std::string> runs_in;  ///< the experiments of those
};

base::Result<Needs> FindNeeds(store::Database& database, tracking::Tracker& tracker) {
  constexpr std::string_view kRuns = "runs:/";
  Needs needs;
  TRY(database.Read([&](store::Reader& reader) {
    return registry::NameSources(reader, [&](const registry::VersionRef& ref, std::string_view uri) {
      const auto by = fmt::format("model version {}", ref.ToString());
      if (const auto folder = artifacts::PathOfUri(uri)) needs.versions.push_back({.folder = *folder, .by = by});
      if (!uri.starts_with(kRuns)) return;
      const auto rest = uri.substr(kRuns.size());
      needs.runs.emplace(rest.substr(0, rest.find('/')), by);
    });
  }));
  for (const auto& [id, by] : needs.runs) {
    const auto run = tracker.GetRun(tracking::RunId(id));
    if (run) needs.runs_in.emplace(run->experiment.value(), by);
    if (!run && run.error().code() != base::ErrorCode::kNotFound) return run.error();
  }
  for (const auto& experiment : TRY(tracker.ListExperiments())) {
    if (const auto folder = artifacts::PathOfUri(experiment.artifact_location); folder && !folder->empty()) {
      needs.experiments.push_back({.folder = *folder, .by = fmt::format("experiment {}", experiment.id.value())});
    }
  }
  return needs;
}

const Needed* WhoNeeds(const std::string& folder, const std::vector<Needed>& needed) {
  if (folder.empty()) return nullptr;
  const auto found = std::ranges::find_if(needed, [&](const Needed& need) { return IsWithin(need.folder, folder); });
  return found == needed.end() ? nullptr : &*found;
}

/// Why the thing cannot go. `own` is its own folder, which goes with it; an experiment takes along all of its runs,
/// wherever it has put them.
std::optional<std::string> ReasonToKeep(const Purged& thing, const std::string& own, const Needs& needs) {
  const bool is_experiment = thing.kind == PurgeKind::kExperiment;
  const auto& named = is_experiment ? needs.runs_in : needs.runs;
  if (const auto by = named.find(thing.id); thing.kind != PurgeKind::kLoggedModel && by != named.end()) {
    return fmt::format("{} has its source there", by->second);
  }
  const auto place = is_experiment ? artifacts::PathOfUri(thing.artifact_uri).value_or("") : own;
  const auto* by = WhoNeeds(place, needs.versions);
  if (by == nullptr) by = WhoNeeds(own, needs.experiments);
  if (by == nullptr) return std::nullopt;
  return fmt::format("{} needs artifacts in '{}'", by->by, place);
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
  // What is in a folder comes right after it: "a/b" before "a.b".
  std::ranges::sort(folders, {}, [](std::string folder) {
    std::ranges::replace(folder, '/', '\0');
    return folder;
  });
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
  auto needs = TRY(FindNeeds(database, tracker));
  for (const auto& thing : things) {
    auto folder = OwnFolder(thing);
    auto reason = ReasonToKeep(thing, folder, needs);
    if (!reason) {
      plan.doomed.push_back({.thing = thing, .folder = std::move(folder)});
      continue;
    }
    plan.kept.push_back({.kind = std::string(KindName(thing.kind)), .id = thing.id, .reason = std::move(*reason)});
    // Its experiment would take it along.
    const auto place = artifacts::PathOfUri(thing.artifact_uri);
    if (place) needs.versions.push_back({.folder = *place, .by = fmt::format("{} {}", KindName(thing.kind), thing.id)});
  }
  return plan;
}

}  // namespace gyre::govern::internal
