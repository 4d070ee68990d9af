#include "steps/task.h"

#include "base/id.h"
#include "base/object_reader.h"
#include "pipeline/project.h"

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
  return {{"error_code", base::ErrorCodeName(error.code())}, {"message", error.message()}, {"name", error.name()}};
}

base::Result<void> ReadError(const base::Json& json, const std::string& path, std::optional<base::Error>& error) {
  const base::ObjectReader fields(json, path);
  error.emplace(base::ParseErrorCode(TRY(fields.String("error_code"))), TRY(fields.String("message")),
                TRY(fields.String("name", "")));
  return base::Ok();
}

base::Result<TaskResult::Output> OutputFromJson(const base::Json& json, const std::string& path) {
  const base::ObjectReader fields(json, path);
  TaskResult::Output output;
  output.kind = TRY(pipeline::ParseArtifactKind(TRY(fields.String("kind"))));
  output.facts = *TRY(fields.Object("facts"));
  for (const auto& [name, file] : TRY(PathsFromJson(*TRY(fields.Object("files"))))) {
    TRY(CheckFileName(name));
    output.files[name] = file.string();
  }
  if (output.kind == pipeline::ArtifactKind::kTable && output.files.size() != 1)
    return base::InvalidArgument(fmt::format("{} is a table of {} files, not one", path, output.files.size()), path);
  return output;
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
  task.memory_bytes = TRY(fields.Count("memory_bytes"));
  task.threads = TRY(fields.Count("threads"));
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
  TRY(fields.AllowOnly({"outputs", "figures", "failure", "error"}));
  TaskResult result;
  if (const base::Json* error = fields.Find("error")) {
    TRY(ReadError(*error, "result.error", result.failure));
    return *result.failure;
  }
  result.figures = *TRY(fields.Object("figures"));
  for (const auto& [name, value] : TRY(fields.Object("outputs"))->items()) {
    const auto path = "result.outputs." + name;
    if (!base::IsValidName(name)) return base::InvalidArgument(path + " cannot be the name of an output", path);
    result.outputs.emplace(name, TRY(OutputFromJson(value, path)));
  }
  if (const base::Json* failure = fields.Find("failure")) TRY(ReadError(*failure, "result.failure", result.failure));
  return result;
}

base::Json BrokenResult(const base::Error& error) {
  return {{"error", ErrorToJson(error)}};
}

base::Result<void> CheckFileName(std::string_view name) {
  if (name.find('/') != std::string_view::npos)
    return base::InvalidArgument(fmt::format("'{}' cannot be the name of an artifact's file", name), std::string(name));
  return pipeline::CheckProjectPath(name);
}

}  // namespace gyre::steps
