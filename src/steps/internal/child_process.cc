#include "steps/internal/child_process.h"

#include <cstdlib>

#include "base/file.h"
#include "base/object_reader.h"
#include "base/text.h"

namespace gyre::steps::internal {
namespace {

constexpr int kNice = 5;  ///< steps give way to serving
constexpr uint64_t kMaxResult = 256 << 20;
constexpr size_t kMaxLog = 64 << 10;
constexpr uint64_t kMaxLogFile = 1ULL << 40;

base::Result<void> HandleEvent(const Runner::Deps& deps, const pipeline::StepContext& context, std::string_view line) {
  const auto event = TRY(base::ParseJson(line, "an event of a step"));
  const base::ObjectReader fields(event, "event");
  if (fields.Has("progress") && context.on_progress) {
    context.on_progress({.fraction = TRY(fields.Number("progress")), .note = TRY(fields.String("note", ""))});
  }
  if (const auto* trial = fields.Find("trial")) TRY(deps.trials.OnTrial(context.run_id, context.step.name, *trial));
  return base::Ok();
}

base::Result<TaskResult> ReadResult(const std::filesystem::path& folder) {
  const auto json =
      TRY(base::ParseJson(TRY(base::ReadFile(folder / kResultFile, kMaxResult)), "the step's result", 256));
  if (const auto error = json.find("error"); error != json.end()) {
    const base::ObjectReader fields(*error, "error");
    return base::Error(static_cast<base::ErrorCode>(TRY(fields.Int("code"))), TRY(fields.String("message")),
                       TRY(fields.String("name", "")));
  }
  return TaskResult::FromJson(json);
}

}  // namespace

base::Result<Task::Input> MaterializeInput(blob::BlobStore& blobs, const pipeline::Artifact& artifact,
                                           const std::filesystem::path& folder, blob::Materialization how) {
  TRY(base::MakeFolders(folder));
  Task::Input input{.kind = artifact.kind, .facts = artifact.facts};
  for (const auto& [name, ref] : artifact.files) {
    const auto path = folder / name;
    TRY(blobs.Materialize(ref.digest, path, how));
    input.files.emplace(name, path);
  }
  return input;
}

base::Result<pipeline::Artifact> StoreOutput(blob::BlobStore& blobs, const TaskResult::Output& output,
                                             const std::filesystem::path& folder) {
  pipeline::Artifact artifact{.kind = output.kind, .facts = output.facts};
  const auto root = std::filesystem::weakly_canonical(folder).string() + "/";
  for (const auto& [name, file] : output.files) {
    std::error_code error;
    const auto path = std::filesystem::weakly_canonical(folder / file, error);
    if (error || !path.string().starts_with(root) || !std::filesystem::is_regular_file(path, error)) {
      return base::Unprocessable(
          fmt::format("the step promised the file '{}' and did not leave it in its folder", file), file);
    }
    artifact.files.emplace(name, TRY(blobs.PutFile(path)));
  }
  return artifact;
}

std::string LogTail(const std::filesystem::path& output) {
  auto text = base::ReadFile(output, kMaxLogFile);
  if (!text) return {};
  if (text->size() > kMaxLog) text = "...\n" + text->substr(text->size() - kMaxLog);
  if (!base::IsValidUtf8(*text))
    std::ranges::replace_if(*text, [](char c) { return (static_cast<unsigned char>(c) & 0x80) != 0; }, '?');
  return std::move(*text);
}

proc::ChildSpec ChildSpecFor(const Runner::Options& options, const pipeline::StepContext& context) {
  const uint64_t memory =
      context.step.memory_mb ? static_cast<uint64_t>(*context.step.memory_mb) << 20 : options.step_memory_bytes;
  proc::ChildSpec spec;
  spec.folder = context.folder;
  spec.environment = {{"PATH", "/usr/local/bin:/usr/bin:/bin"},
                      {"HOME", context.folder.string()},
                      {"TMPDIR", context.folder.string()},
                      {"LANG", "C.UTF-8"}};
  for (const auto& name : context.step.env) {
    if (const char* value = std::getenv(name.c_str())) spec.environment[name] = value;
  }
  spec.nice = kNice;
  // What is limited is address space, of which libraries reserve much more than they touch.
  spec.memory_bytes = memory * 2;
  spec.timeout = std::chrono::seconds(context.step.timeout_seconds.value_or(options.step_seconds));
  spec.output = context.folder / "output.log";
  return spec;
}

base::Result<TaskResult> RunTask(const Runner::Options& options, const Runner::Deps& deps,
                                 const pipeline::StepContext& context, const Task& task, std::string& log) {
  TRY(base::WriteFileAtomic(context.folder / kRequestFile, base::DumpJson(task.ToJson())));
  auto spec = ChildSpecFor(options, context);
  spec.command = {options.program.string(), "step", context.folder.string()};
  std::optional<base::Error> event_error;
  spec.on_event = [&](std::string_view line) {
    const auto handled = HandleEvent(deps, context, line);
    if (!handled && !event_error) event_error = handled.error();
  };
  const auto exit = TRY(proc::RunChild(spec, context.cancel));
  log = LogTail(spec.output);
  if (exit.kind == proc::ExitKind::kCancelled)
    return base::Error(base::ErrorCode::kCancelled, "the step was cancelled");
  if (!exit.ok()) {
    const auto last = base::Trim(log);
    return base::Internal(
        fmt::format("the step's process {}{}", exit.Describe(),
                    last.empty() ? "" : fmt::format("; it last said: {}", last.substr(last.rfind('\n') + 1))),
        context.step.name);
  }
  if (event_error) return event_error->Within("recording a trial");
  return ReadResult(context.folder);
}

}  // namespace gyre::steps::internal
