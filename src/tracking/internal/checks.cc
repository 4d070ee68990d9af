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
  return base::InvalidArgument(fmt::format("A batch logging request can contain at most {} {}. Got {} {}. Please split "
                                           "up {} across multiple requests and try again.",
                                           limit, what, count, what, what),
                               std::string(what));
}

/// A text that may be anything within its length; `field` is its name in messages.
base::Result<void> CheckField(std::string_view field, std::string_view text, size_t limit) {
  if (!base::IsValidUtf8(text)) {
    return base::InvalidArgument(fmt::format("'{}' is not UTF-8 text; encode it", field), std::string(field));
  }
  if (!IsLonger(text, limit)) return base::Ok();
  return base::InvalidArgument(
      fmt::format("'{}' exceeds the maximum length of {} characters; it has {}", field, limit, base::Utf8Length(text)),
      std::string(field));
}

base::Result<void> CheckDataset(const Dataset& dataset) {
  for (const auto& [field, text] : {std::pair("name", &dataset.name), std::pair("digest", &dataset.digest)}) {
    if (text->empty()) {
      return base::InvalidArgument(fmt::format("a dataset has no {}; name and digest say which it is", field), field);
    }
  }
  TRY(CheckField("name", dataset.name, Limits::kDatasetNameLength));
  TRY(CheckField("digest", dataset.digest, Limits::kDatasetDigestLength));
  TRY(CheckField("source_type", dataset.source_type, Limits::kDatasetSourceTypeLength));
  TRY(CheckField("source", dataset.source, Limits::kDatasetSourceLength));
  TRY(CheckField("schema", dataset.schema.value_or(""), Limits::kDatasetSchemaLength));
  return CheckField("profile", dataset.profile.value_or(""), Limits::kDatasetProfileLength);
}

base::Result<void> CheckModelId(const LoggedModelId& id) {
  if (!id.empty()) return CheckField("model_id", id.value(), Limits::kModelIdLength);
  return base::InvalidArgument("a model without an id was sent; give its model_id", "model_id");
}

base::Result<void> CheckMetric(const MetricPoint& point) {
  TRY(CheckKey("metric", point.key));
  if (base::ToMicros(point.time) < 0) {
    return base::InvalidArgument(fmt::format("metric {} has a time before 1970; its clock is wrong", Quoted(point.key)),
                                 point.key);
  }
  TRY(CheckField("dataset_name", point.dataset_name, Limits::kDatasetNameLength));
  return CheckField("dataset_digest", point.dataset_digest, Limits::kDatasetDigestLength);
}

bool IsRunId(std::string_view id) {
  const auto is_letter_or_digit = [](char c) {
    return ('0' <= c && c <= '9') || ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z');
  };
  return !id.empty() && id.size() <= 256 && is_letter_or_digit(id[0]) &&
         std::ranges::all_of(id, [&](char c) { return is_letter_or_digit(c) || c == '_' || c == '-'; });
}

}  // namespace

std::string Shortened(std::string_view text) {
  constexpr size_t kShown = 80;
  if (text.size() <= kShown) return std::string(text);
  return fmt::format("{}... ({} bytes)", text.substr(0, kShown), text.size());
}

std::string Quoted(std::string_view text) {
  return fmt::format("'{}'", Shortened(text));
}

base::Result<void> CheckExperimentName(std::string_view name) {
  if (base::Trim(name).empty()) {
    return base::InvalidArgument(
        fmt::format("Invalid experiment name: {}; it must have a visible character", Quoted(name)), "name");
  }
  return CheckField("name", name, Limits::kNameLength);
}

base::Result<void> CheckArtifactLocation(std::string_view location) {
  TRY(CheckField("artifact_location", location, Limits::kArtifactLocationLength));
  if (location.find('\0') == std::string_view::npos) return base::Ok();
  return base::InvalidArgument("'artifact_location' has a zero byte; leave it out", "artifact_location");
}

base::Result<void> CheckExperimentTag(std::string_view key, std::string_view value) {
  return CheckPair("tag", key, value, Limits::kExperimentTagValueLength);
}

base::Result<void> CheckRunName(std::string_view name) {
  return CheckField("run_name", name, Limits::kTagValueLength);
}

base::Result<void> CheckNewRun(const NewRun& run) {
  if (!run.id.empty() && !IsRunId(run.id.value())) {
    return base::InvalidArgument(
        fmt::format("a run id has 1 to 256 letters, digits, '_' and '-' and starts with no '_' or '-': {} is none",
                    Quoted(run.id.value())),
        "id");
  }
  for (const auto& [key, value] : run.tags) TRY(CheckPair("tag", key, value, Limits::kTagValueLength));
  for (const auto& [key, value] : run.params) TRY(CheckPair("param", key, value, Limits::kParamValueLength));
  TRY(CheckRunName(run.name));
  TRY(CheckField("user_id", run.user, Limits::kNameLength));
  const auto tag = run.tags.find(std::string(kRunNameTag));
  if (tag != run.tags.end() && !run.name.empty() && run.name != tag->second) {
    return base::InvalidArgument(
        fmt::format("Both 'run_name' argument and 'mlflow.runName' tag are specified, but with "
                    "different values (run_name={}, mlflow.runName={}); give one of them",
                    Quoted(run.name), Quoted(tag->second)),
        "run_name");
  }
  return base::Ok();
}

base::Result<void> CheckBatch(const LogBatch& batch) {
  TRY(CheckCount("metrics", batch.metrics.size(), Limits::kBatchMetrics));
  TRY(CheckCount("params", batch.params.size(), Limits::kBatchParams));
  TRY(CheckCount("tags", batch.tags.size(), Limits::kBatchTags));
  TRY(CheckCount("metrics, params, and tags", batch.metrics.size() + batch.params.size() + batch.tags.size(),
                 Limits::kBatchItems));
  for (const auto& point : batch.metrics) TRY(CheckMetric(point));
  std::set<std::string_view> params;
  for (const auto& [key, value] : batch.params) {
    TRY(CheckPair("param", key, value, Limits::kParamValueLength));
    if (!params.insert(key).second) {
      return base::InvalidArgument(
          fmt::format("Duplicate parameter keys have been submitted: {}; send each once", Quoted(key)), key);
    }
  }
  for (const auto& [key, value] : batch.tags) TRY(CheckPair("tag", key, value, Limits::kTagValueLength));
  return base::Ok();
}

base::Result<void> CheckInputs(const RunInputs& inputs) {
  TRY(CheckCount("datasets", inputs.datasets.size(), Limits::kBatchInputs));
  TRY(CheckCount("models", inputs.models.size(), Limits::kBatchInputs));
  for (const auto& input : inputs.datasets) {
    TRY(CheckDataset(input.dataset));
    for (const auto& [key, value] : input.tags) {
      TRY(CheckField("key", key, Limits::kInputTagKeyLength));
      TRY(CheckField("value", value, Limits::kInputTagValueLength));
    }
  }
  for (const auto& model : inputs.models) TRY(CheckModelId(model));
  return base::Ok();
}

base::Result<void> CheckOutputs(std::span<const ModelOutput> outputs) {
  TRY(CheckCount("models", outputs.size(), Limits::kBatchInputs));
  for (const auto& output : outputs) TRY(CheckModelId(output.model));
  return base::Ok();
}

base::Result<void> CheckNewLoggedModel(const NewLoggedModel& model) {
  if (!model.id.empty() && !IsRunId(model.id.value())) {
    return base::InvalidArgument(
        fmt::format("a logged model's id has 1 to 256 letters, digits, '_' and '-': {} is none",
                    Quoted(model.id.value())),
        "id");
  }
  if (model.name.find_first_of("/:.%\"'") != std::string::npos) {
    return base::InvalidArgument(
        fmt::format("Invalid model name ({}) provided. Model name must be a non-empty string and cannot contain the "
                    "following characters: ('/', ':', '.', '%', '\"', \"'\")",
                    Quoted(model.name)),
        "name");
  }
  TRY(CheckField("name", model.name, Limits::kNameLength));
  TRY(CheckField("model_type", model.model_type, Limits::kNameLength));
  if (model.source_run) TRY(CheckField("source_run_id", model.source_run->value(), Limits::kModelIdLength));
  TRY(CheckModelTexts("param", model.params));
  return CheckModelTexts("tag", model.tags);
}

base::Result<void> CheckModelTexts(std::string_view what, const std::map<std::string, std::string>& texts) {
  for (const auto& [key, value] : texts) {
    if (key.empty()) {
      return base::InvalidArgument(fmt::format("a {} without a key was sent; name it", what), "key");
    }
    TRY(CheckField("key", key, Limits::kModelKeyLength));
    TRY(CheckText(fmt::format("value of {}", what), key, value, Limits::kModelValueLength));
  }
  return base::Ok();
}

}  // namespace gyre::tracking::internal
