#include "pipeline/run.h"

namespace gyre::pipeline {
namespace {

constexpr std::array<std::pair<State, std::string_view>, 6> kStates = {{{State::kPending, "pending"},
                                                                        {State::kRunning, "running"},
                                                                        {State::kSucceeded, "succeeded"},
                                                                        {State::kFailed, "failed"},
                                                                        {State::kCancelled, "cancelled"},
                                                                        {State::kSkipped, "skipped"}}};

base::Json OptionalTime(const std::optional<base::Timestamp>& time) {
  return time ? base::Json(base::FormatTimestamp(*time)) : base::Json(nullptr);
}

}  // namespace

std::string_view StateName(State state) {
  return std::ranges::find(kStates, state, &std::pair<State, std::string_view>::first)->second;
}

base::Result<State> ParseState(std::string_view name) {
  const auto found = std::ranges::find(kStates, name, &std::pair<State, std::string_view>::second);
  if (found == kStates.end()) return base::InvalidArgument(fmt::format("'{}' is not a state of a run", name));
  return found->first;
}

base::Json ErrorToJson(const base::Error& error) {
  return {{"error_code", base::ErrorCodeName(error.code())}, {"message", error.message()}, {"name", error.name()}};
}

base::Json StepRecord::ToJson() const {
  base::Json listed = base::Json::object();
  for (const auto& [output, artifact] : outputs) {
    listed[output] = artifact.ToJson();
    listed[output]["digest"] = artifact.digest().ToHex();
  }
  base::Json json = {{"name", name},
                     {"state", StateName(state)},
                     {"started_at", OptionalTime(started_at)},
                     {"finished_at", OptionalTime(finished_at)},
                     {"cached", cached},
                     {"outputs", listed},
                     {"figures", figures.is_null() ? base::Json::object() : figures}};
  json["seconds"] = started_at && finished_at
                        ? base::Json(static_cast<double>((*finished_at - *started_at).count()) / 1e6)
                        : base::Json(nullptr);
  if (cached) json["cached_from"] = cached_from;
  if (!changed.empty()) json["changed"] = changed;
  if (error) json["error"] = ErrorToJson(*error);
  if (!log.empty()) json["log"] = log;
  if (state == State::kRunning) json["progress"] = {{"fraction", progress.fraction}, {"note", progress.note}};
  return json;
}

const StepRecord* RunRecord::Find(std::string_view step) const {
  const auto found = std::ranges::find(steps, step, &StepRecord::name);
  return found == steps.end() ? nullptr : &*found;
}

base::Json RunRecord::ToJson() const {
  base::Json listed = base::Json::array();
  for (const auto& step : steps) listed.push_back(step.ToJson());
  base::Json json = {{"id", id.value()},
                     {"pipeline", pipeline.value()},
                     {"project", project.value()},
                     {"snapshot", snapshot.value()},
                     {"params", params},
                     {"trigger", trigger},
                     {"actor", actor},
                     {"state", StateName(state)},
                     {"created_at", base::FormatTimestamp(created_at)},
                     {"finished_at", OptionalTime(finished_at)},
                     {"steps", listed}};
  if (!until.empty()) json["until"] = until;
  if (error) json["error"] = ErrorToJson(*error);
  return json;
}

}  // namespace gyre::pipeline
