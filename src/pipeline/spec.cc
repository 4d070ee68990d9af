#include "pipeline/spec.h"

#include <set>

#include "base/object_reader.h"
#include "base/text.h"

namespace gyre::pipeline {
namespace {

constexpr size_t kMaxSteps = 500;

base::Result<OutputRef> ParseOutputRef(const std::string& text, const std::string& path) {
  const auto dot = text.find('.');
  if (dot == std::string::npos || dot == 0 || dot + 1 == text.size()) {
    return base::InvalidArgument(fmt::format("{} must be STEP.OUTPUT, like ingest.data, not '{}'", path, text), path);
  }
  return OutputRef{text.substr(0, dot), text.substr(dot + 1)};
}

base::Result<std::map<std::string, OutputRef>> ParseInputs(const base::ObjectReader& fields) {
  std::map<std::string, OutputRef> inputs;
  for (const auto& [name, value] : TRY(fields.Object("inputs"))->items()) {
    const auto path = fields.PathOf("inputs") + "." + name;
    if (!value.is_string())
      return base::InvalidArgument(fmt::format("{} must be STEP.OUTPUT, like ingest.data", path), path);
    inputs.emplace(name, TRY(ParseOutputRef(value.get<std::string>(), path)));
  }
  return inputs;
}

base::Result<std::map<std::string, std::string>> ParseOutputs(const base::ObjectReader& fields) {
  std::map<std::string, std::string> outputs;
  for (const auto& [name, value] : TRY(fields.Object("outputs"))->items()) {
    const auto path = fields.PathOf("outputs") + "." + name;
    if (!value.is_string()) return base::InvalidArgument(fmt::format("{} must be the name of a file", path), path);
    outputs.emplace(name, value.get<std::string>());
  }
  return outputs;
}

/// "run: python3 train.py" is split at blanks; a list is taken as it is.
base::Result<std::vector<std::string>> ParseCommand(const base::ObjectReader& fields) {
  const base::Json* run = fields.Find("run");
  if (run == nullptr) return std::vector<std::string>();
  if (!run->is_string()) return fields.Strings("run");
  std::vector<std::string> words;
  const auto line = run->get<std::string>();
  for (const auto word : base::Split(line, ' ')) {
    if (!word.empty()) words.emplace_back(word);
  }
  return words;
}

constexpr int64_t kMaxSeconds = 366LL * 24 * 3600;
constexpr int64_t kMaxMegabytes = 1LL << 24;

base::Result<std::optional<int64_t>> Limit(const base::ObjectReader& fields, std::string_view key, int64_t highest) {
  if (!fields.Has(key)) return std::optional<int64_t>();
  const int64_t value = TRY(fields.Int(key));
  if (value >= 1 && value <= highest) return std::optional(value);
  return base::InvalidArgument(fmt::format("{} must lie from 1 to {}, not {}", fields.PathOf(key), highest, value),
                               fields.PathOf(key));
}

base::Result<StepSpec> ParseStep(const base::Json& json, const std::string& path) {
  const base::ObjectReader fields(json, path);
  TRY(fields.AllowOnly({"name", "uses", "run", "code", "inputs", "outputs", "after", "with", "env", "timeout_seconds",
                        "memory_mb", "cache"}));
  StepSpec step;
  step.name = TRY(fields.String("name"));
  if (!base::IsValidName(step.name) || step.name.find('.') != std::string::npos) {
    return base::InvalidArgument(
        fmt::format("{} is '{}'; a step's name may have letters, digits, - and _", fields.PathOf("name"), step.name),
        fields.PathOf("name"));
  }
  step.uses = TRY(fields.String("uses", ""));
  step.command = TRY(ParseCommand(fields));
  if (step.uses.empty() == step.command.empty()) {
    return base::InvalidArgument(fmt::format("{} needs either 'uses' (a built-in step) or 'run' (a command)", path),
                                 path);
  }
  step.code = TRY(fields.Strings("code", {}));
  step.inputs = TRY(ParseInputs(fields));
  step.outputs = TRY(ParseOutputs(fields));
  step.after = TRY(fields.Strings("after", {}));
  step.with = *TRY(fields.Object("with"));
  step.env = TRY(fields.Strings("env", {}));
  step.timeout_seconds = TRY(Limit(fields, "timeout_seconds", kMaxSeconds));
  step.memory_mb = TRY(Limit(fields, "memory_mb", kMaxMegabytes));
  step.cache = TRY(fields.Bool("cache", true));
  return step;
}

std::vector<std::string> Needs(const StepSpec& step) {
  std::vector<std::string> needs = step.after;
  for (const auto& [name, ref] : step.inputs) needs.push_back(ref.step);
  return needs;
}

base::Result<void> CheckReferences(const std::vector<StepSpec>& steps, const std::string& path) {
  std::vector<std::string> names;
  for (const auto& step : steps) {
    if (std::ranges::find(names, step.name) != names.end()) {
      return base::InvalidArgument(fmt::format("{} has two steps named '{}'", path, step.name), step.name);
    }
    names.push_back(step.name);
  }
  for (const auto& step : steps) {
    for (const auto& need : Needs(step)) {
      if (std::ranges::find(names, need) != names.end()) continue;
      const auto meant = base::ClosestMatch(need, names);
      return base::InvalidArgument(fmt::format("{}: step '{}' needs '{}', which is not a step{}", path, step.name, need,
                                               meant ? fmt::format("; did you mean '{}'?", *meant) : ""),
                                   step.name);
    }
  }
  return base::Ok();
}

/// Orders the steps so that each comes after what it needs, keeping the written order otherwise.
base::Result<std::vector<StepSpec>> Order(std::vector<StepSpec> steps, const std::string& path) {
  std::vector<StepSpec> ordered;
  std::set<std::string> placed;
  while (!steps.empty()) {
    const auto ready = std::ranges::find_if(steps, [&](const StepSpec& step) {
      return std::ranges::all_of(Needs(step), [&](const std::string& need) { return placed.contains(need); });
    });
    if (ready == steps.end()) {
      std::vector<std::string> circle;
      for (const auto& step : steps) circle.push_back(step.name);
      return base::InvalidArgument(
          fmt::format("{}: these steps wait for each other: {}", path, base::Join(circle, ", ")), path);
    }
    placed.insert(ready->name);
    ordered.push_back(std::move(*ready));
    steps.erase(ready);
  }
  return ordered;
}

/// A placeholder's value, or nothing if `text` has none.
struct Placeholder {
  size_t begin;
  size_t end;
  std::string param;
};

std::optional<Placeholder> FindPlaceholder(std::string_view text, size_t from) {
  static constexpr std::string_view kOpen = "${params.";
  const auto begin = text.find(kOpen, from);
  if (begin == std::string_view::npos) return std::nullopt;
  const auto close = text.find('}', begin);
  if (close == std::string_view::npos) return std::nullopt;
  return Placeholder{begin, close + 1, std::string(text.substr(begin + kOpen.size(), close - begin - kOpen.size()))};
}

base::Result<base::Json> FillString(const std::string& text, const base::Json& params, const std::string& path) {
  std::string filled;
  size_t done = 0;
  while (const auto placeholder = FindPlaceholder(text, done)) {
    const auto value = params.find(placeholder->param);
    if (value == params.end()) {
      return base::InvalidArgument(
          fmt::format("{} uses ${{params.{}}}, but the pipeline has no such parameter", path, placeholder->param),
          path);
    }
    if (placeholder->begin == 0 && placeholder->end == text.size()) return *value;
    filled += text.substr(done, placeholder->begin - done);
    filled += value->is_string() ? value->get<std::string>() : base::DumpJson(*value);
    done = placeholder->end;
  }
  return base::Json(filled + text.substr(done));
}

}  // namespace

bool StepSpec::operator==(const StepSpec& other) const {
  const auto refs_equal = [](const auto& a, const auto& b) {
    return a.first == b.first && a.second.step == b.second.step && a.second.output == b.second.output;
  };
  return name == other.name && uses == other.uses && command == other.command && code == other.code &&
         outputs == other.outputs && after == other.after && with == other.with && env == other.env &&
         timeout_seconds == other.timeout_seconds && memory_mb == other.memory_mb && cache == other.cache &&
         std::ranges::equal(inputs, other.inputs, refs_equal);
}

const StepSpec* PipelineSpec::Find(std::string_view step) const {
  const auto found = std::ranges::find(steps, step, &StepSpec::name);
  return found == steps.end() ? nullptr : &*found;
}

base::Result<PipelineSpec> PipelineFromJson(std::string_view name, const base::Json& json, const std::string& path) {
  if (!base::IsValidName(name)) {
    return base::InvalidArgument(fmt::format("'{}' cannot be a pipeline's name; use letters, digits, . - and _", name),
                                 path);
  }
  const base::ObjectReader fields(json, path);
  TRY(fields.AllowOnly({"params", "steps"}));
  PipelineSpec spec;
  spec.name = PipelineName(name);
  spec.params = *TRY(fields.Object("params"));
  const base::Json* steps = TRY(fields.Array("steps"));
  if (steps->empty()) return base::InvalidArgument(fmt::format("{} has no steps", path), fields.PathOf("steps"));
  if (steps->size() > kMaxSteps) return base::TooLarge(fmt::format("{} has more than {} steps", path, kMaxSteps), path);
  std::vector<StepSpec> parsed;
  for (size_t i = 0; i < steps->size(); ++i) {
    parsed.push_back(TRY(ParseStep((*steps)[i], fmt::format("{}.steps[{}]", path, i))));
  }
  TRY(CheckReferences(parsed, path));
  spec.steps = TRY(Order(std::move(parsed), path));
  return spec;
}

base::Result<std::vector<PipelineSpec>> ParsePipelines(const base::Json& pipelines) {
  if (!pipelines.is_object()) return base::InvalidArgument("pipelines must map names to pipelines", "pipelines");
  std::vector<PipelineSpec> specs;
  for (const auto& [name, json] : pipelines.items())
    specs.push_back(TRY(PipelineFromJson(name, json, "pipelines." + name)));
  return specs;
}

base::Json ToJson(const PipelineSpec& spec) {
  base::Json steps = base::Json::array();
  for (const auto& step : spec.steps) {
    base::Json json = {{"name", step.name}};
    if (!step.uses.empty()) json["uses"] = step.uses;
    if (!step.command.empty()) json["run"] = step.command;
    if (!step.code.empty()) json["code"] = step.code;
    for (const auto& [name, ref] : step.inputs) json["inputs"][name] = ref.step + "." + ref.output;
    if (!step.outputs.empty()) json["outputs"] = step.outputs;
    if (!step.after.empty()) json["after"] = step.after;
    if (!step.with.empty()) json["with"] = step.with;
    if (!step.env.empty()) json["env"] = step.env;
    if (step.timeout_seconds) json["timeout_seconds"] = *step.timeout_seconds;
    if (step.memory_mb) json["memory_mb"] = *step.memory_mb;
    if (!step.cache) json["cache"] = false;
    steps.push_back(std::move(json));
  }
  return {{"params", spec.params}, {"steps", steps}};
}

base::Result<base::Json> FillPlaceholders(const base::Json& with, const base::Json& params, const std::string& path) {
  if (with.is_string()) return FillString(with.get<std::string>(), params, path);
  if (with.is_array()) {
    base::Json filled = base::Json::array();
    for (size_t i = 0; i < with.size(); ++i)
      filled.push_back(TRY(FillPlaceholders(with[i], params, fmt::format("{}[{}]", path, i))));
    return filled;
  }
  if (with.is_object()) {
    base::Json filled = base::Json::object();
    for (const auto& [key, value] : with.items()) filled[key] = TRY(FillPlaceholders(value, params, path + "." + key));
    return filled;
  }
  return with;
}

}  // namespace gyre::pipeline
