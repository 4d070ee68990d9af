#include "steps/runner.h"

#include <set>
#include <thread>

#include "base/file.h"
#include "base/object_reader.h"
#include "base/text.h"
#include "steps/internal/builtin.h"
#include "steps/internal/child_process.h"
#include "steps/internal/command_step.h"
#include "steps/internal/extend.h"
#include "steps/internal/server_steps.h"
#include "steps/project_files.h"

namespace gyre::steps {
namespace {

using internal::Builtin;

base::Result<const Builtin*> Require(const std::string& uses) {
  const Builtin* builtin = internal::FindBuiltin(uses);
  if (builtin != nullptr) return builtin;
  const auto names = internal::BuiltinNames();
  const auto meant = base::ClosestMatch(uses, names);
  return base::InvalidArgument(fmt::format("there is no built-in step '{}'; {}", uses,
                                           meant ? fmt::format("did you mean '{}'?", *meant)
                                                 : fmt::format("there are {}", base::Join(names, ", "))),
                               uses);
}

/// Names of inputs and outputs become folders and keys.
base::Result<void> CheckNames(const pipeline::StepSpec& step) {
  const auto check = [](const std::string& name, std::string_view what) -> base::Result<void> {
    if (base::IsValidName(name)) return base::Ok();
    return base::InvalidArgument(
        fmt::format("'{}' cannot be the name of an {}; use letters, digits, . - and _", name, what), name);
  };
  for (const auto& [name, ref] : step.inputs) TRY(check(name, "input"));
  for (const auto& [name, file] : step.outputs) TRY(check(name, "output"));
  return base::Ok();
}

base::Result<void> CheckCommand(const pipeline::StepSpec& step) {
  if (step.outputs.empty()) {
    return base::InvalidArgument("a command must say which files it leaves, like outputs: {model: model.onnx}",
                                 "outputs");
  }
  for (const auto& [name, file] : step.outputs) TRY(pipeline::CheckProjectPath(file));
  for (const auto& file : step.code) TRY(pipeline::CheckProjectPath(file));
  return base::Ok();
}

base::Result<void> CheckInputs(const Builtin& builtin, const pipeline::StepSpec& step) {
  for (const auto name : builtin.inputs) {
    if (!step.inputs.contains(std::string(name))) {
      return base::InvalidArgument(
          fmt::format("'{}' needs an input called '{}', like inputs: {{{}: STEP.OUTPUT}}", builtin.name, name, name),
          std::string(name));
    }
  }
  for (const auto& [name, ref] : step.inputs) {
    const bool known = builtin.open_inputs || std::ranges::find(builtin.inputs, name) != builtin.inputs.end() ||
                       std::ranges::find(builtin.optional_inputs, name) != builtin.optional_inputs.end();
    if (!known) return base::InvalidArgument(fmt::format("'{}' takes no input called '{}'", builtin.name, name), name);
  }
  if (!step.outputs.empty() || !step.code.empty()) {
    return base::InvalidArgument(fmt::format("'outputs' and 'code' are for commands (run: ...), not for the built-in "
                                             "'{}', whose outputs docs/steps.md lists",
                                             builtin.name),
                                 step.outputs.empty() ? "code" : "outputs");
  }
  return base::Ok();
}

/// Inputs that only this process can give: the champion a candidate is compared with, the labelled log.
base::Result<void> AddServerInputs(const Runner::Deps& deps, const pipeline::StepContext& context, Task& task) {
  if (context.step.uses == "test" && context.with.contains("champion") && context.with["champion"].is_string()) {
    const auto version = TRY(deps.registry.Resolve(context.with["champion"].get<std::string>()));
    pipeline::Artifact bundle{
        .kind = pipeline::ArtifactKind::kBundle, .files = version.files, .facts = {{"ref", version.ref.ToString()}}};
    task.inputs.emplace("champion",
                        TRY(internal::MaterializeInput(deps.blobs, bundle, context.folder / "inputs" / "champion",
                                                       blob::Materialization::kShare)));
  }
  if (context.step.uses == "extend") {
    const auto params = TRY(internal::ParseExtend(context.with));
    if (!params.until) return base::Ok();
    const auto path = context.folder / "logged.parquet";
    const auto exported =
        TRY(deps.labels.Export(serve::EndpointName(params.endpoint), *params.until, params.label, path));
    if (exported.rows == 0) return base::Ok();
    task.inputs.emplace(internal::kLoggedInput, Task::Input{.kind = pipeline::ArtifactKind::kTable,
                                                            .facts = {{"rows", exported.rows}},
                                                            .files = {{"data.parquet", path}}});
  }
  return base::Ok();
}

/// The dataset versions a step's input tables are, for lineage and parents.
std::vector<data::DatasetVersionId> DatasetsOf(const std::map<std::string, pipeline::Artifact>& inputs) {
  std::vector<data::DatasetVersionId> ids;
  for (const auto& [name, artifact] : inputs) {
    // Facts of an artifact that came from outside may hold anything.
    const auto id = base::ObjectReader(artifact.facts, name).String("dataset_version", "");
    if (id && !id->empty()) ids.emplace_back(*id);
  }
  return ids;
}

/// What a packaged model says of its origin beyond its inputs.
base::Json LineageOf(const pipeline::StepContext& context) {
  base::Json datasets = base::Json::array();
  for (const auto& id : DatasetsOf(context.inputs)) datasets.push_back(id.value());
  base::Json files = base::Json::object();
  for (const auto& [path, ref] : context.project_files) files[path] = ref.digest.ToHex();
  return {{"pipeline_run", context.run_id}, {"datasets", datasets}, {"project_files", files}};
}

base::Result<Task> MakeTask(const Runner::Options& options, const Runner::Deps& deps,
                            const pipeline::StepContext& context, const Builtin& builtin) {
  Task task{.uses = context.step.uses, .with = context.with, .folder = context.folder};
  task.memory_bytes =
      context.step.memory_mb ? static_cast<uint64_t>(*context.step.memory_mb) << 20 : options.step_memory_bytes;
  task.threads = options.threads > 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  for (const auto& [name, artifact] : context.inputs) {
    task.inputs.emplace(name, TRY(internal::MaterializeInput(deps.blobs, artifact, context.folder / "inputs" / name,
                                                             blob::Materialization::kShare)));
  }
  TRY(AddServerInputs(deps, context, task));
  for (const auto& file : builtin.files != nullptr ? builtin.files(context.with) : std::vector<std::string>()) {
    const auto found = context.project_files.find(file);
    if (found == context.project_files.end())
      return base::NotFound(fmt::format("the project has no file '{}'", file), file);
    const auto path = context.folder / "project" / file;
    TRY(base::MakeFolders(path.parent_path()));
    TRY(deps.blobs.Materialize(found->second.digest, path, blob::Materialization::kShare));
    task.project_files.emplace(file, path);
  }
  if (context.step.uses == "package") task.with["lineage"] = LineageOf(context);
  return task;
}

/// Makes a dataset version of a table that a step left, if "dataset" of its parameters names one.
base::Result<void> RegisterTable(const Runner::Deps& deps, const pipeline::StepContext& context, const Task& task,
                                 const std::string& output, const std::filesystem::path& file,
                                 pipeline::Artifact& artifact) {
  const auto dataset = TRY(base::ObjectReader(context.with, "with").String("dataset", ""));
  if (dataset.empty()) return base::Ok();
  data::NewVersion version{.dataset = data::DatasetName(output == "data" ? dataset : dataset + "." + output),
                           .parquet = file,
                           .parents = DatasetsOf(context.inputs),
                           .options = {{"step", context.step.uses}, {"with", context.with}},
                           .pipeline_run = context.run_id,
                           .actor = context.actor};
  version.facts = TRY(data::TableFacts::FromJson(artifact.facts));
  if (context.step.uses == "ingest" && task.project_files.size() == 1)
    version.source = task.project_files.begin()->second;
  const auto registered = TRY(deps.catalog.Register(version));
  artifact.facts["dataset_version"] = registered.version.id.value();
  artifact.facts["dataset"] = registered.version.Reference();
  return base::Ok();
}

/// Steps run on the executor's threads, where what a library throws (mostly JSON of an unexpected shape) would end the
/// server.
template <class Work>
std::invoke_result_t<Work> Guarded(const Work& work) {
  try {
    return work();
  } catch (const std::exception& thrown) {
    return base::Internal(fmt::format("the step broke: {}", thrown.what()));
  }
}

}  // namespace

base::Result<std::vector<std::string>> StepFiles(const pipeline::StepSpec& step, const base::Json& with) {
  if (!step.command.empty()) return step.code;
  const Builtin* builtin = TRY(Require(step.uses));
  return builtin->files != nullptr ? builtin->files(with) : std::vector<std::string>();
}

base::Result<std::vector<std::string>> ProjectFiles(const base::Json& spec) {
  std::set<std::string> files = {std::string(pipeline::kProjectFile)};
  const base::ObjectReader fields(spec, std::string(pipeline::kProjectFile));
  for (const auto& pipeline : TRY(pipeline::ParsePipelines(*TRY(fields.Object("pipelines"))))) {
    for (const auto& step : pipeline.steps) {
      const auto with = TRY(pipeline::FillPlaceholders(step.with, pipeline.params, step.name + ".with"));
      for (auto& file : TRY(StepFiles(step, with))) files.insert(std::move(file));
    }
  }
  for (const auto& file : files) TRY(pipeline::CheckProjectPath(file));
  return std::vector<std::string>(files.begin(), files.end());
}

Runner::Runner(Options options, const Deps& deps) : options_(std::move(options)), deps_(deps) {}

base::Result<void> Runner::Check(const pipeline::StepSpec& step, const base::Json& with) const {
  TRY(CheckNames(step));
  if (!step.command.empty()) return CheckCommand(step);
  const Builtin* builtin = TRY(Require(step.uses));
  TRY(CheckInputs(*builtin, step));
  return builtin->check(with);
}

base::Result<std::vector<std::string>> Runner::Files(const pipeline::StepSpec& step, const base::Json& with) const {
  return StepFiles(step, with);
}

std::string Runner::Revision(const pipeline::StepSpec& step) const {
  const Builtin* builtin = internal::FindBuiltin(step.uses);
  return builtin != nullptr ? std::string(builtin->revision) : "command-1";
}

base::Result<base::Json> Runner::Externals(const pipeline::StepSpec& step, const base::Json& with) {
  return Guarded([&] { return internal::ExternalsOf(deps_, step, with); });
}

bool Runner::HasEffects(const pipeline::StepSpec& step) const {
  return step.uses == "deploy";
}

base::Result<pipeline::StepOutcome> Runner::Run(const pipeline::StepContext& context) {
  return Guarded([&] { return RunStep(context); });
}

base::Result<pipeline::StepOutcome> Runner::RunStep(const pipeline::StepContext& context) {
  if (!context.step.command.empty()) return internal::RunCommand(options_, deps_, context);
  const Builtin* builtin = TRY(Require(context.step.uses));
  if (builtin->place == internal::Place::kServer) return internal::RunServerStep(deps_, context);
  const auto task = TRY(MakeTask(options_, deps_, context, *builtin));
  pipeline::StepOutcome outcome;
  auto result = internal::RunTask(options_, deps_, context, task, outcome.log);
  if (!result) {
    outcome.failure = result.error();
    return outcome;
  }
  for (const auto& [name, output] : result->outputs) {
    auto artifact = TRY(internal::StoreOutput(deps_.blobs, output, context.folder));
    if (artifact.kind == pipeline::ArtifactKind::kTable) {
      const auto file = TRY(internal::FindLeft(context.folder, output.files.begin()->second));
      TRY(RegisterTable(deps_, context, task, name, file, artifact));
    }
    outcome.outputs.emplace(name, std::move(artifact));
  }
  outcome.figures = result->figures;
  outcome.failure = result->failure;
  return outcome;
}

}  // namespace gyre::steps
