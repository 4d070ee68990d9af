#include "steps/internal/server_steps.h"

#include "base/object_reader.h"
#include "model/bundle.h"
#include "steps/internal/builtin.h"
#include "steps/internal/extend.h"

namespace gyre::steps::internal {
namespace {

struct RegisterParams {
  std::string model;
  std::string description;
  std::map<std::string, std::string> tags;
};

base::Result<RegisterParams> ParseRegister(const base::Json& with) {
  const base::ObjectReader fields(with, "with");
  TRY(fields.AllowOnly({"model", "description", "tags"}));
  RegisterParams params;
  params.model = TRY(fields.String("model"));
  params.description = TRY(fields.String("description", ""));
  if (!base::IsValidName(params.model)) {
    return base::InvalidArgument(
        fmt::format("'{}' cannot be a model's name; use letters, digits, . - and _", params.model), "with.model");
  }
  for (const auto& [key, value] : TRY(fields.Object("tags"))->items()) {
    params.tags.emplace(key, value.is_string() ? value.get<std::string>() : base::DumpJson(value));
  }
  return params;
}

base::Result<std::string> ParseOne(const base::Json& with, std::string_view name) {
  const base::ObjectReader fields(with, "with");
  TRY(fields.AllowOnly({name}));
  return fields.String(name);
}

base::Result<const pipeline::Artifact*> Need(const pipeline::StepContext& context, const std::string& name,
                                             pipeline::ArtifactKind kind) {
  const auto found = context.inputs.find(name);
  if (found == context.inputs.end() || found->second.kind != kind) {
    return base::InvalidArgument(fmt::format("step '{}' needs an input '{}' that is a {}", context.step.name, name,
                                             pipeline::ArtifactKindName(kind)),
                                 name);
  }
  return &found->second;
}

base::Result<pipeline::StepOutcome> RunRegister(const Runner::Deps& deps, const pipeline::StepContext& context) {
  const auto params = TRY(ParseRegister(context.with));
  const auto* artifact = TRY(Need(context, "bundle", pipeline::ArtifactKind::kBundle));
  std::map<std::string, std::string> files;
  for (const auto& [name, ref] : artifact->files)
    files.emplace(name, TRY(deps.blobs.Get(ref.digest, model::kMaxBundleBytes)));
  const auto bundle = TRY(model::Bundle::FromFiles(files));
  registry::RegisterOptions options{
      .actor = context.actor, .pipeline_run = context.run_id, .tags = params.tags, .description = params.description};
  options.datasets = TRY(base::ObjectReader(bundle.lineage, "lineage").Strings("datasets", {}));
  options.run_id = context.run_id;
  options.aliases_if_absent = {"champion"};
  const auto version = TRY(deps.registry.Register(registry::ModelName(params.model), bundle, options));
  pipeline::StepOutcome outcome;
  outcome.outputs["version"] = {
      .kind = pipeline::ArtifactKind::kValue,
      .facts = {{"model", params.model}, {"version", version.ref.version}, {"ref", version.ref.ToString()}}};
  outcome.figures = {{"version", version.ref.ToString()}};
  return outcome;
}

base::Result<pipeline::StepOutcome> RunDeploy(const Runner::Deps& deps, const pipeline::StepContext& context) {
  const serve::EndpointName endpoint(TRY(ParseOne(context.with, "endpoint")));
  const auto* version = TRY(Need(context, "version", pipeline::ArtifactKind::kValue));
  const auto ref = TRY(registry::VersionRef::Parse(TRY(base::ObjectReader(version->facts, "version").String("ref"))));
  const auto record = TRY(deps.releases.Deploy(endpoint, ref, context.actor));
  pipeline::StepOutcome outcome;
  outcome.outputs["endpoint"] = {.kind = pipeline::ArtifactKind::kValue,
                                 .facts = {{"endpoint", endpoint.value()}, {"version", ref.ToString()}}};
  outcome.figures = {{"endpoint", endpoint.value()}, {"version", record.champion.ToString()}};
  return outcome;
}

base::Result<data::DatasetVersion> ResolveDataset(const Runner::Deps& deps, const base::Json& with) {
  return deps.catalog.Resolve(TRY(ParseOne(with, "dataset")));
}

base::Result<pipeline::StepOutcome> RunDataset(const Runner::Deps& deps, const pipeline::StepContext& context) {
  const auto version = TRY(ResolveDataset(deps, context.with));
  data::TableFacts facts{.schema = version.schema,
                         .rows = version.rows,
                         .content = version.content,
                         .file = version.file,
                         .source = version.source,
                         .notes = version.notes};
  facts.profile = TRY(deps.catalog.Profile(version.id));
  pipeline::StepOutcome outcome;
  auto& artifact = outcome.outputs["data"];
  artifact.kind = pipeline::ArtifactKind::kTable;
  artifact.facts = facts.ToJson();
  artifact.facts["dataset_version"] = version.id.value();
  artifact.files["data.parquet"] = {version.file.sha256, version.file.bytes};
  outcome.figures = {{"rows", version.rows}, {"dataset", version.Reference()}};
  return outcome;
}

base::Result<pipeline::Artifact> ParseArtifact(const base::Json& with) {
  const base::ObjectReader fields(with, "with");
  TRY(fields.AllowOnly({"artifact"}));
  auto artifact = TRY(pipeline::Artifact::FromJson(*TRY(fields.Object("artifact"))));
  for (const auto& [name, ref] : artifact.files) TRY(CheckFileName(name));
  return artifact;
}

/// What is given by hand names blobs; how large they are, the store knows better.
base::Result<pipeline::StepOutcome> RunArtifact(const Runner::Deps& deps, const pipeline::StepContext& context) {
  auto artifact = TRY(ParseArtifact(context.with));
  for (auto& [name, ref] : artifact.files) ref = TRY(deps.blobs.Stat(ref.digest));
  pipeline::StepOutcome outcome;
  outcome.outputs["data"] = std::move(artifact);
  return outcome;
}

}  // namespace

base::Result<pipeline::StepOutcome> RunServerStep(const Runner::Deps& deps, const pipeline::StepContext& context) {
  if (context.step.uses == "register") return RunRegister(deps, context);
  if (context.step.uses == "deploy") return RunDeploy(deps, context);
  if (context.step.uses == "dataset") return RunDataset(deps, context);
  return RunArtifact(deps, context);
}

base::Result<base::Json> ExternalsOf(const Runner::Deps& deps, const pipeline::StepSpec& step, const base::Json& with) {
  base::Json externals = base::Json::object();
  if (step.uses == "dataset") externals["version"] = TRY(ResolveDataset(deps, with)).id.value();
  if (step.uses == "test" && with.contains("champion") && with["champion"].is_string()) {
    const auto champion = TRY(deps.registry.Resolve(with["champion"].get<std::string>()));
    externals["champion"] = champion.bundle_digest.ToHex();
  }
  if (step.uses == "deploy") {
    const auto record = deps.releases.Get(serve::EndpointName(TRY(ParseOne(with, "endpoint"))));
    if (!record && record.error().code() != base::ErrorCode::kNotFound) return record.error();
    externals["deployed"] = record ? base::Json(record->deployed.ToString()) : base::Json();
  }
  if (step.uses == "extend") {
    const auto params = TRY(ParseExtend(with));
    if (params.until)
      externals["log"] = TRY(deps.labels.ExportFingerprint(serve::EndpointName(params.endpoint), *params.until));
  }
  return externals;
}

Builtin RegisterStep() {
  return {.name = "register",
          .place = Place::kServer,
          .inputs = {"bundle"},
          .check = [](const base::Json& with) -> base::Result<void> {
            TRY(ParseRegister(with));
            return base::Ok();
          }};
}

Builtin DeployStep() {
  return {.name = "deploy",
          .place = Place::kServer,
          .inputs = {"version"},
          .check = [](const base::Json& with) -> base::Result<void> {
            TRY(ParseOne(with, "endpoint"));
            return base::Ok();
          }};
}

Builtin DatasetStep() {
  return {.name = "dataset", .place = Place::kServer, .check = [](const base::Json& with) -> base::Result<void> {
            TRY(ParseOne(with, "dataset"));
            return base::Ok();
          }};
}

Builtin ArtifactStep() {
  return {.name = "artifact", .place = Place::kServer, .check = [](const base::Json& with) -> base::Result<void> {
            TRY(ParseArtifact(with));
            return base::Ok();
          }};
}

}  // namespace gyre::steps::internal
