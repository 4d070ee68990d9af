#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "base/result.h"
#include "pipeline/step_runner.h"
#include "proc/child.h"
#include "steps/runner.h"
#include "steps/task.h"

namespace gyre::steps::internal {

/// Puts an artifact's files under `folder` and describes them as a child's input.
base::Result<Task::Input> MaterializeInput(blob::BlobStore& blobs, const pipeline::Artifact& artifact,
                                           const std::filesystem::path& folder, blob::Materialization how);

/// Where a file that a child says it left in `folder` is: a plain file inside it, or kUnprocessable.
base::Result<std::filesystem::path> FindLeft(const std::filesystem::path& folder, const std::string& file);

/// Stores what a child left.
base::Result<pipeline::Artifact> StoreOutput(blob::BlobStore& blobs, const TaskResult::Output& output,
                                             const std::filesystem::path& folder);

/// The end of what a child printed, as valid text.
std::string LogTail(const std::filesystem::path& output);

/// Limits, priority and environment every step's child has.
proc::ChildSpec ChildSpecFor(const Runner::Options& options, const pipeline::StepContext& context);

/// ": TEXT" of the last line a child printed; nothing if it printed none.
std::string LastWords(std::string_view log);

/// Runs a built-in's child from its request to its result; `log` gets what it printed, however it ended.
base::Result<TaskResult> RunTask(const Runner::Options& options, const Runner::Deps& deps,
                                 const pipeline::StepContext& context, const Task& task, std::string& log);

}  // namespace gyre::steps::internal
