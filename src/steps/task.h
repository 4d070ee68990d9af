#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "pipeline/artifact.h"

namespace gyre::steps {

/// What a step's child process gets: files and parameters, nothing else. Written as request.json into the step's
/// folder.
struct Task {
  struct Input {
    pipeline::ArtifactKind kind = pipeline::ArtifactKind::kFiles;
    base::Json facts;
    std::map<std::string, std::filesystem::path> files;  ///< by the artifact's names
  };

  std::string uses;
  base::Json with;
  std::map<std::string, Input> inputs;
  std::map<std::string, std::filesystem::path> project_files;  ///< by project path
  std::filesystem::path folder;                                ///< the child's own, for outputs and scratch
  uint64_t memory_bytes = 0;
  size_t threads = 1;

  base::Json ToJson() const;
  static base::Result<Task> FromJson(const base::Json& json);

  /// The input, or an error that says the step needs it.
  base::Result<const Input*> Need(std::string_view name) const;
  const Input* Find(std::string_view name) const;
  /// The one file of a table input.
  base::Result<std::filesystem::path> Table(std::string_view name) const;
  base::Result<std::filesystem::path> ProjectFile(std::string_view path) const;
};

/// What the child leaves, as result.json: files by name (relative to the folder), facts and figures; or what went
/// wrong.
struct TaskResult {
  struct Output {
    pipeline::ArtifactKind kind = pipeline::ArtifactKind::kFiles;
    base::Json facts;
    std::map<std::string, std::string> files;
  };
  std::map<std::string, Output> outputs;
  base::Json figures;
  std::optional<base::Error> failure;  ///< a gate said no; the outputs are its report

  base::Json ToJson() const;
  /// The result, or the error that kept the child from having one. What a child wrote is hostile: names are checked
  /// here, paths where the files are taken.
  static base::Result<TaskResult> FromJson(const base::Json& json);
};

/// In place of a result: what kept the child from having one.
base::Json BrokenResult(const base::Error& error);

/// A file's name within an artifact: one part of a project path.
base::Result<void> CheckFileName(std::string_view name);

/// How a step tells its parent of progress and of finished trials, on descriptor 3. Thread-safe.
class TaskEvents {
 public:
  virtual ~TaskEvents() = default;
  virtual void Progress(double fraction, std::string_view note) = 0;
  virtual void Trial(const base::Json& trial) = 0;
};

inline constexpr std::string_view kRequestFile = "request.json";
inline constexpr std::string_view kResultFile = "result.json";

/// What `gyre step FOLDER` does: reads the request, runs the built-in, leaves the result. The exit code is 0 whenever a
/// result was left, gates that said no and errors included.
int RunTaskInChild(const std::filesystem::path& folder);

}  // namespace gyre::steps
