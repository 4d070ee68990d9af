// Each stage of the loop on its own: gyre data ingest, gyre train, ... Every one is a pipeline of one step.
#include "base/file.h"
#include "cli/api.h"
#include "cli/internal/commands.h"
#include "cli/internal/stage_call.h"
#include "cli/project_sender.h"

namespace gyre::cli::internal {
namespace {

constexpr uint64_t kMaxSpec = 1 << 20;

/// Parameters of a step from a YAML or JSON file, "-" for none.
base::Result<base::Json> ReadSpec(const std::string& file) {
  if (file.empty()) return base::Json(base::Json::object());
  const auto text = base::ReadFile(file, kMaxSpec);
  if (!text) return base::Error(base::ErrorCode::kIo, text.error().message(), file);
  auto spec = TRY(base::ParseYaml(*text, file));
  if (!spec.is_object()) return base::InvalidArgument(fmt::format("{} must be a mapping of parameters", file), file);
  return spec;
}

base::Result<int> Ingest(const Invocation& invocation) {
  const std::filesystem::path file = invocation.Get("file");
  const auto api = TRY(Api::Connect(invocation));
  StageCall call{.uses = "ingest"};
  const auto name = file.filename().string();
  call.with = TRY(ReadSpec(invocation.Get("spec")));
  call.with["file"] = name;
  call.with["dataset"] = invocation.Has("name") ? invocation.Get("name") : file.stem().string();
  if (invocation.Has("null")) call.with["nulls"] = invocation.All("null");
  call.files = TRY(SendFiles(*api, {{name, file}}));
  return CallStage(invocation, *api, call);
}

base::Result<int> Validate(const Invocation& invocation) {
  const auto api = TRY(Api::Connect(invocation));
  StageCall call{.uses = "validate"};
  call.with = TRY(ReadSpec(invocation.Get("expectations")));
  call.inputs["data"] = ParseSource(invocation.Get("dataset"));
  return CallStage(invocation, *api, call);
}

base::Result<int> Transform(const Invocation& invocation) {
  const auto api = TRY(Api::Connect(invocation));
  StageCall call{.uses = "transform"};
  const auto sql = base::ReadFile(invocation.Get("sql"), kMaxSpec);
  if (!sql) return base::Error(base::ErrorCode::kIo, sql.error().message(), invocation.Get("sql"));
  call.with = {{"sql", *sql}, {"dataset", invocation.Get("name")}};
  for (const auto& pair : invocation.All("input")) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos)
      return base::InvalidArgument(fmt::format("an input is TABLE=DATASET, not '{}'", pair), "input");
    call.inputs[pair.substr(0, equals)] = ParseSource(pair.substr(equals + 1));
  }
  return CallStage(invocation, *api, call);
}

/// A stage whose parameters are a file and whose inputs are named options.
std::function<base::Result<int>(const Invocation&)> SpecStage(const std::string& uses,
                                                              std::vector<std::string> inputs) {
  return [uses, inputs = std::move(inputs)](const Invocation& invocation) -> base::Result<int> {
    const auto api = TRY(Api::Connect(invocation));
    StageCall call{.uses = uses};
    call.with = TRY(ReadSpec(invocation.Get("spec")));
    for (const auto& input : inputs) {
      if (invocation.Has(input)) call.inputs[input] = ParseSource(invocation.Get(input));
    }
    return CallStage(invocation, *api, call);
  };
}

std::vector<Option> StageOptions(std::vector<Option> own) {
  return Concat(std::move(own),
                Concat<Option>({{"--force", "", "run it even if its result is known"}}, ServerOptions()));
}

const Option kSpec = {"--spec", "FILE", "parameters, YAML or JSON (docs/steps.md)"};

}  // namespace

std::vector<Command> StageCommands() {
  return {{.path = "data ingest",
           .help = "Make a versioned dataset of a CSV or Parquet file",
           .arguments = {{"file", "the file"}},
           .options = StageOptions({{"--name", "NAME", "of the dataset; the file's name if left out"},
                                    {"--null", "TEXT", "stands for a missing value; may be given again", "", true},
                                    kSpec}),
           .run = Ingest},
          {.path = "data validate",
           .help = "Hold a dataset against expectations",
           .arguments = {{"dataset", "NAME, NAME/NUMBER or an id"},
                         {"expectations", "YAML file with a list under 'expectations'"}},
           .options = StageOptions({}),
           .run = Validate},
          {.path = "data transform",
           .help = "Make a dataset by SQL over others",
           .arguments = {{"sql", "file with one SELECT"}, {"input", "TABLE=DATASET, once for each table", true, true}},
           .options = StageOptions({{"--name", "NAME", "of the new dataset"}}),
           .run = Transform},
          {.path = "data split",
           .help = "Split a dataset by time, share or key",
           .arguments = {{"data", "the dataset"}},
           .options = StageOptions({kSpec}),
           .run = SpecStage("split", {"data"})},
          {.path = "train",
           .help = "Train a classifier, searching parameters by cross-validation",
           .arguments = {{"train", "dataset, or RUN:STEP.OUTPUT"}},
           .options = StageOptions({kSpec}),
           .run = SpecStage("train", {"train"})},
          {.path = "test",
           .help = "Score a model on labelled rows, with thresholds and the champion as gates",
           .arguments = {{"model", "RUN:OUTPUT of a training"}, {"test", "dataset, or RUN:STEP.OUTPUT"}},
           .options = StageOptions({kSpec}),
           .run = SpecStage("test", {"model", "test"})},
          {.path = "package",
           .help = "Make one ONNX file with signature, golden rows, reference profile, lineage and card",
           .arguments = {{"model", "RUN:OUTPUT of a training"},
                         {"train", "rows it was trained on"},
                         {"test", "rows it was tested on"},
                         {"report", "RUN:OUTPUT of a test"}},
           .options =
               StageOptions({kSpec, {"--checks", "SOURCE", "report of a validation, whose bounds callers must keep"}}),
           .run = SpecStage("package", {"model", "train", "test", "report", "checks"})}};
}

}  // namespace gyre::cli::internal
