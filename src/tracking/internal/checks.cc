#include "tracking/internal/checks.h"

#include "base/id.h"
#include "base/text.h"

namespace gyre::tracking::internal {
namespace {

constexpr std::string_view kKeyRule =
    "keys have 1 to 250 letters, digits and _ . - : / or spaces, and as a path name themselves (no '/' at an end, "
    "'//', '.' or '..')";

/// Bytes bound characters from above, so that most texts are not counted.
bool IsLonger(std::string_view text, size_t limit) {
  return text.size() > limit && base::Utf8Length(text) > limit;
}

base::Result<void> CheckText(std::string_view what, std::string_view key, std::string_view value, size_t limit) {
  if (!base::IsValidUtf8(value)) {
    return base::InvalidArgument(fmt::format("the {} {} is not UTF-8 text; encode it", what, Quoted(key)),
                                 std::string(key));
  }
  if (IsLonger(value, limit)) {
    return base::InvalidArgument(fmt::format("the {} {} has {} characters and exceeds the maximum length of {} "
                                             "characters; shorten it or keep it as an artifact",
                                             what, Quoted(key), base::Utf8Length(value), limit),
                                 std::string(key));
  }
  return base::Ok();
}

base::Result<void> CheckKey(std::string_view what, std::string_view key) {
  if (base::IsValidKey(key)) return base::Ok();
  return base::InvalidArgument(fmt::format("invalid {} key {}: {}", what, Quoted(key), kKeyRule), std::string(key));
}

base::Result<void> CheckPair(std::string_view what, std::string_view key, std::string_view value, size_t limit) {
  TRY(CheckKey(what, key));
  return CheckText(fmt::format("value of {}", what), key, value, limit);
}

base::Result<void> CheckCount(std::string_view what, size_t count, size_t limit) {
  if (count <= limit) return base::Ok();
  return base::InvalidArgument(
      fmt::format("a batch logging request can contain at most {} {}, this one has {}; split it", limit, what, count),
      std::string(what));
}

base::Result<void> CheckMetric(const MetricPoint& point) {
  TRY(CheckKey("metric", point.key));
  if (base::ToMicros(point.time) < 0) {
    return base::InvalidArgument(fmt::format("metric {} has a time before 1970; its clock is wrong", Quoted(point.key)),
                                 point.key);
  }
  return base::Ok();
}

}  // namespace

std::string Quoted(std::string_view text) {
  constexpr size_t kShown = 80;
  if (text.size() <= kShown) return fmt::format("'{}'", text);
  return fmt::format("'{}...' ({} bytes)", text.substr(0, kShown), text.size());
}

base::Result<void> CheckExperimentName(std::string_view name) {
  if (name.empty()) return base::InvalidArgument("an experiment must have a name", "name");
  if (!base::IsValidUtf8(name)) return base::InvalidArgument("the experiment's name is not UTF-8 text", "name");
  if (IsLonger(name, Limits::kNameLength)) {
    return base::InvalidArgument(fmt::format("the experiment name {} exceeds the maximum length of {} characters",
                                             Quoted(name), Limits::kNameLength),
                                 "name");
  }
  return base::Ok();
}

base::Result<void> CheckExperimentTags(const std::map<std::string, std::string>& tags) {
  for (const auto& [key, value] : tags) TRY(CheckPair("tag", key, value, Limits::kExperimentTagValueLength));
  return base::Ok();
}

base::Result<void> CheckNewRun(const NewRun& run) {
  const auto& id = run.id.value();
  if (!id.empty() && (id.size() != 32 || id.find_first_not_of("0123456789abcdef") != std::string::npos)) {
    return base::InvalidArgument(fmt::format("a run id is 32 lower-case hexadecimal digits, not {}", Quoted(id)), "id");
  }
  for (const auto& [key, value] : run.tags) TRY(CheckPair("tag", key, value, Limits::kTagValueLength));
  for (const auto& [key, value] : run.params) TRY(CheckPair("param", key, value, Limits::kParamValueLength));
  TRY(CheckText("field", "name", run.name, Limits::kTagValueLength));
  TRY(CheckText("field", "user", run.user, Limits::kNameLength));
  const auto tag = run.tags.find(std::string(kRunNameTag));
  if (tag != run.tags.end() && !run.name.empty() && run.name != tag->second) {
    return base::InvalidArgument(fmt::format("the run's name {} and its tag {} {} differ; give one of them",
                                             Quoted(run.name), kRunNameTag, Quoted(tag->second)),
                                 "name");
  }
  return base::Ok();
}

base::Result<void> CheckBatch(const LogBatch& batch) {
  TRY(CheckCount("params", batch.params.size(), Limits::kBatchParams));
  TRY(CheckCount("tags", batch.tags.size(), Limits::kBatchTags));
  TRY(CheckCount("metrics, params and tags", batch.metrics.size() + batch.params.size() + batch.tags.size(),
                 Limits::kBatchItems));
  for (const auto& point : batch.metrics) TRY(CheckMetric(point));
  std::set<std::string_view> params;
  for (const auto& [key, value] : batch.params) {
    TRY(CheckPair("param", key, value, Limits::kParamValueLength));
    if (!params.insert(key).second) {
      return base::InvalidArgument(
          fmt::format("duplicate parameter keys have been submitted: {}; send each once", Quoted(key)), key);
    }
  }
  for (const auto& [key, value] : batch.tags) TRY(CheckPair("tag", key, value, Limits::kTagValueLength));
  return base::Ok();
}

}  // namespace gyre::tracking::internal
