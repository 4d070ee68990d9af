#include "steps/ad_hoc.h"

#include "base/object_reader.h"

namespace gyre::steps {
namespace {
constexpr std::string_view kPipeline = "step";
}

base::Result<base::Json> AdHoc::InputStep(const std::string& name, const base::Json& source) {
  const base::ObjectReader fields(source, "inputs." + name);
  const std::string step = "input-" + name;
  if (fields.Has("dataset")) {
    TRY(fields.AllowOnly({"dataset"}));
    const auto dataset = TRY(fields.String("dataset"));
    return base::Json({{"name", step}, {"uses", "dataset"}, {"with", {{"dataset", dataset}}}});
  }
  TRY(fields.AllowOnly({"run", "step", "output"}));
  const auto run = TRY(executor_.Get(pipeline::PipelineRunId(TRY(fields.String("run")))));
  const auto from = TRY(fields.String("step", run.steps.back().name));
  const auto* record = run.Find(from);
  if (record == nullptr)
    return base::NotFound(fmt::format("run {} has no step '{}'", run.id.value(), from), fields.PathOf("step"));
  const auto output = TRY(fields.String("output"));
  const auto artifact = record->outputs.find(output);
  if (artifact == record->outputs.end()) {
    return base::NotFound(fmt::format("step '{}' of run {} left no output '{}'", from, run.id.value(), output),
                          fields.PathOf("output"));
  }
  return base::Json({{"name", step}, {"uses", "artifact"}, {"with", {{"artifact", artifact->second.ToJson()}}}});
}

base::Result<pipeline::RunRecord> AdHoc::Start(const AdHocRequest& request) {
  base::Json steps = base::Json::array();
  base::Json main = {{"name", request.uses},
                     {"uses", request.uses},
                     {"with", request.with.is_null() ? base::Json::object() : request.with}};
  for (const auto& [name, source] : request.inputs) {
    if (!base::IsValidName(name) || name.find('.') != std::string::npos) {
      return base::InvalidArgument(fmt::format("'{}' cannot be an input's name", name), "inputs");
    }
    steps.push_back(TRY(InputStep(name, source)));
    main["inputs"][name] = "input-" + name + ".data";
  }
  steps.push_back(std::move(main));
  const base::Json project = {{"project", "ad-hoc"}, {"pipelines", {{kPipeline, {{"steps", steps}}}}}};
  auto files = request.files;
  // JSON is YAML.
  files[std::string(pipeline::kProjectFile)] = TRY(blobs_.Put(base::PrettyJson(project))).digest;
  const auto snapshot = TRY(projects_.Save(files, request.actor));
  return executor_.Start(
      {.snapshot = snapshot.id,
       .pipeline = pipeline::PipelineName(kPipeline),
       .trigger = {{"kind", "manual"}, {"reason", fmt::format("the step '{}' on its own", request.uses)}},
       .actor = request.actor,
       .force = request.force});
}

}  // namespace gyre::steps
