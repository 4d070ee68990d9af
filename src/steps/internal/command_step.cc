#include "steps/internal/command_step.h"

#include "base/file.h"
#include "steps/internal/child_process.h"

namespace gyre::steps::internal {
namespace {

constexpr uint64_t kMaxReport = 16 << 20;

/// A command's outputs are what their names say: an .onnx is a model, a .json a report whose content are the facts.
base::Result<pipeline::Artifact> TakeOutput(blob::BlobStore& blobs, const std::string& file,
                                            const std::filesystem::path& folder) {
  TaskResult::Output output;
  std::string name = std::filesystem::path(file).filename();
  if (file.ends_with(".onnx")) {
    output.kind = pipeline::ArtifactKind::kModel;
    name = "model.onnx";
  } else if (file.ends_with(".json")) {
    output.kind = pipeline::ArtifactKind::kReport;
    const auto text = TRY(base::ReadFile(TRY(FindLeft(folder, file)), kMaxReport));
    output.facts = TRY(base::ParseJson(text, file));
    if (!output.facts.is_object()) return base::Unprocessable(fmt::format("{} must hold a JSON object", file), file);
  }
  output.files.emplace(name, file);
  return StoreOutput(blobs, output, folder);
}

/// Numbers at the top of a report are figures of the step.
void AddFigures(const base::Json& facts, base::Json& figures) {
  for (const auto& [key, value] : facts.items()) {
    if (value.is_number()) figures[key] = value;
  }
}

base::Result<void> LayOut(const Runner::Deps& deps, const pipeline::StepContext& context) {
  for (const auto& [name, artifact] : context.inputs)
    TRY(MaterializeInput(deps.blobs, artifact, context.folder / "inputs" / name, blob::Materialization::kCopy));
  for (const auto& file : context.step.code) {
    const auto found = context.project_files.find(file);
    if (found == context.project_files.end())
      return base::NotFound(fmt::format("the project has no file '{}'", file), file);
    const auto path = context.folder / file;
    TRY(base::MakeFolders(path.parent_path()));
    TRY(deps.blobs.Materialize(found->second.digest, path, blob::Materialization::kCopy));
  }
  return base::WriteScratchFile(context.folder / "params.json", base::DumpJson(context.with));
}

}  // namespace

base::Result<pipeline::StepOutcome> RunCommand(const Runner::Options& options, const Runner::Deps& deps,
                                               const pipeline::StepContext& context) {
  TRY(LayOut(deps, context));
  auto spec = ChildSpecFor(options, context);
  spec.command = context.step.command;
  const auto exit = TRY(deps.children.Run(spec, context.cancel));
  pipeline::StepOutcome outcome;
  outcome.log = LogTail(spec.output);
  if (exit.kind == proc::ExitKind::kCancelled) {
    outcome.failure = base::Error(base::ErrorCode::kCancelled, "the step was cancelled");
    return outcome;
  }
  if (!exit.ok()) {
    outcome.failure = base::Unprocessable(
        fmt::format("the command {} {}{}", context.step.command[0], exit.Describe(), LastWords(outcome.log)),
        context.step.name);
    return outcome;
  }
  outcome.figures = base::Json::object();
  for (const auto& [name, file] : context.step.outputs) {
    auto artifact = TakeOutput(deps.blobs, file, context.folder);
    if (!artifact) {
      outcome.outputs.clear();
      outcome.failure = artifact.error();
      return outcome;
    }
    if (artifact->kind == pipeline::ArtifactKind::kReport) AddFigures(artifact->facts, outcome.figures);
    outcome.outputs.emplace(name, std::move(*artifact));
  }
  return outcome;
}

}  // namespace gyre::steps::internal
