#include "steps/task.h"

#include "base/object_reader.h"

namespace gyre::steps {
namespace {

base::Json PathsToJson(const std::map<std::string, std::filesystem::path>& paths) {
  base::Json json = base::Json::object();
  for (const auto& [name, path] : paths) json[name] = path.string();
  return json;
}

base::Result<std::map<std::string, std::filesystem::path>> PathsFromJson(const base::Json& json) {
  std::map<std::string, std::filesystem::path> paths;
  for (const auto& [name, path] : json.items()) {
    if (!path.is_string()) return base::InvalidArgument(fmt::format("{} must be a path", name), name);
    paths.emplace(name, path.get<std::string>());
  }
  return paths;
}

base::Json ErrorToJson(const base::Error& error) {
  return {{"code", static_cast<int>(error.code())}, {"message", error.message()}, {"name", error.name()}};
}

}  // namespace

base::Json Task::ToJson() const {
  base::Json listed = base::Json::object();
  for (const auto& [name, input] : inputs) {
    listed[name] = {
        {"kind", pipeline::ArtifactKindName(input.kind)}, {"facts", input.facts}, {"files", PathsToJson(input.files)}};
  }
  return {{"uses", uses},
          {"with", with},
          {"inputs", listed},
          {"project_files", PathsToJson(project_files)},
          {"folder", folder.string()},
          {"memory_bytes", memory_bytes},
          {"threads", threads}};
}

base::Result<Task> Task::FromJson(const base::Json& json) {
  const base::ObjectReader fields(json, "request");
  Task task;
  task.uses = TRY(fields.String("uses"));
  task.with = *TRY(fields.Object("with"));
  task.project_files = TRY(PathsFromJson(*TRY(fields.Object("project_files"))));
  task.folder = TRY(fields.String("folder"));
  task.memory_bytes = static_cast<uint64_t>(TRY(fields.Int("memory_bytes")));
  task.threads = static_cast<size_t>(TRY(fields.Int("threads")));
  for (const auto& [name, value] : TRY(fields.Object("inputs"))->items()) {
    const base::ObjectReader input_fields(value, "request.inputs." + name);
    Input input;
    input.kind = TRY(pipeline::ParseArtifactKind(TRY(input_fields.String("kind"))));
    input.facts = *TRY(input_fields.Object("facts"));
    input.files = TRY(PathsFromJson(*TRY(input_fields.Object("files"))));
    task.inputs.emplace(name, std::move(input));
  }
  return task;
}

const Task::Input* Task::Find(std::string_view name) const {
  const auto found = inputs.find(std::string(name));
  return found == inputs.end() ? nullptr : &found->second;
}

base::Result<const Task::Input*> Task::Need(std::string_view name) const {
  const Input* input = Find(name);
  if (input == nullptr) {
    return base::InvalidArgument(fmt::format("the step '{}' needs an input called '{}'", uses, name),
                                 std::string(name));
  }
  return input;
}

base::Result<std::filesystem::path> Task::Table(std::string_view name) const {
  const Input* input = TRY(Need(name));
  if (input->kind != pipeline::ArtifactKind::kTable || input->files.size() != 1) {
    return base::InvalidArgument(fmt::format("the input '{}' of step '{}' must be a table, not a {}", name, uses,
                                             pipeline::ArtifactKindName(input->kind)),
                                 std::string(name));
  }
  return input->files.begin()->second;
}

base::Result<std::filesystem::path> Task::ProjectFile(std::string_view path) const {
  const auto found = project_files.find(std::string(path));
  if (found == project_files.end())
    return base::NotFound(fmt::format("the project has no file '{}'", path), std::string(path));
  return found->second;
}

base::Json TaskResult::ToJson() const {
  base::Json listed = base::Json::object();
  for (const auto& [name, output] : outputs) {
    listed[name] = {{"kind", pipeline::ArtifactKindName(output.kind)},
                    {"facts", output.facts.is_null() ? base::Json::object() : output.facts},
                    {"files", output.files}};
  }
  base::Json json = {{"outputs", listed}, {"figures", figures.is_null() ? base::Json::object() : figures}};
  if (failure) json["failure"] = ErrorToJson(*failure);
  return json;
}

base::Result<TaskResult> TaskResult::FromJson(const base::Json& json) {
  const base::ObjectReader fields(json, "result");
  TaskResult result;
  result.figures = *TRY(fields.Object("figures"));
  for (const auto& [name, value] : TRY(fields.Object("outputs"))->items()) {
    const base::ObjectReader output_fields(value, "result.outputs." + name);
    Output output;
    output.kind = TRY(pipeline::ParseArtifactKind(TRY(output_fields.String("kind"))));
    output.facts = *TRY(output_fields.Object("facts"));
    for (const auto& [file, path] : TRY(PathsFromJson(*TRY(output_fields.Object("files")))))
      output.files[file] = path.string();
    result.outputs.emplace(name, std::move(output));
  }
  if (const base::Json* failure = fields.Find("failure")) {
    const base::ObjectReader failure_fields(*failure, "result.failure");
    result.failure.emplace(static_cast<base::ErrorCode>(TRY(failure_fields.Int("code"))),
                           TRY(failure_fields.String("message")), TRY(failure_fields.String("name", "")));
  }
  return result;
}

}  // namespace gyre::steps
