#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/json.h"
#include "base/result.h"

namespace gyre::pipeline {

using PipelineName = base::Id<struct PipelineNameTag>;

/// "ingest.data": an output of an earlier step.
struct OutputRef {
  std::string step;
  std::string output;
};

/// One step as written in gyre.yaml. Either `uses` names a built-in or `command` is run.
struct StepSpec {
  std::string name;
  std::string uses;
  std::vector<std::string> command;
  std::vector<std::string> code;  ///< project files the command needs; they are part of the cache key
  std::map<std::string, OutputRef> inputs;
  std::map<std::string, std::string> outputs;  ///< of a command: output name -> file it leaves
  std::vector<std::string> after;              ///< steps that must have passed first, without handing anything on
  base::Json with;                             ///< parameters, placeholders not yet filled
  std::vector<std::string> env;                ///< environment variables a command may see; part of the cache key
  std::optional<int64_t> timeout_seconds;
  std::optional<int64_t> memory_mb;
  bool cache = true;

  bool operator==(const StepSpec&) const;
};

/// A DAG of steps, in an order in which they can run.
struct PipelineSpec {
  PipelineName name;
  base::Json params;  ///< defaults; a run may override any of them but not add new ones
  std::vector<StepSpec> steps;

  const StepSpec* Find(std::string_view step) const;
};

/// The pipelines of one project file (the "pipelines" member of gyre.yaml). Fails, naming the step and field, on
/// unknown fields, duplicate names, references to what does not exist, and cycles (the error lists the circle).
base::Result<std::vector<PipelineSpec>> ParsePipelines(const base::Json& pipelines);

base::Json ToJson(const PipelineSpec& spec);
base::Result<PipelineSpec> PipelineFromJson(std::string_view name, const base::Json& json, const std::string& path);

/// `with` after every string "${params.NAME}" was replaced by that parameter's value; a string with more around the
/// placeholder gets its text.
base::Result<base::Json> FillPlaceholders(const base::Json& with, const base::Json& params, const std::string& path);

}  // namespace gyre::pipeline
