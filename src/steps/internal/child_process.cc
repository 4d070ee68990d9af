#include "steps/internal/child_process.h"

#include <cstdlib>
#include <unistd.h>

#include "base/file.h"
#include "base/object_reader.h"
#include "base/text.h"

namespace gyre::steps::internal {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kLimitsMemory = false;  // the shadow memory is address space too
#else
constexpr bool kLimitsMemory = true;
#endif
constexpr int kNice = 5;  ///< steps give way to serving
constexpr uint64_t kMaxResult = 256 << 20;
constexpr size_t kMaxLog = 64 << 10;

base::Result<void> HandleEvent(const Runner::Deps& deps, const pipeline::StepContext& context, std::string_view line) {
  const auto event = TRY(base::ParseJson(line, "an event of a step"));
  const base::ObjectReader fields(event, "event");
  if (fields.Has("progress") && context.on_progress) {
    const auto fraction = TRY(fields.Number("progress"));
    const auto note = TRY(fields.String("note", ""));
    context.on_progress({.fraction = fraction, .note = note});
  }
  if (const auto* trial = fields.Find("trial")) TRY(deps.trials.OnTrial(context.run_id, context.step.name, *trial));
  return base::Ok();
}

base::Result<TaskResult> ReadResult(const std::filesystem::path& folder) {
  return TaskResult::FromJson(
      TRY(base::ParseJson(TRY(base::ReadFile(folder / kResultFile, kMaxResult)), "the step's result", 256)));
}

}  // namespace

base::Result<Task::Input> MaterializeInput(blob::BlobStore& blobs, const pipeline::Artifact& artifact,
                                           const std::filesystem::path& folder, blob::Materialization how) {
  TRY(base::MakeFolders(folder));
  Task::Input input{.kind = artifact.kind, .facts = artifact.facts};
  for (const auto& [name, ref] : artifact.files) {
    TRY(CheckFileName(name));
    const auto path = folder / name;
    TRY(blobs.Materialize(ref.digest, path, how));
    input.files.emplace(name, path);
  }
  return input;
}

base::Result<std::filesystem::path> FindLeft(const std::filesystem::path& folder, const std::string& file) {
  std::error_code error;
  const auto root = std::filesystem::weakly_canonical(folder, error).string() + "/";
  auto path = std::filesystem::weakly_canonical(folder / file, error);
  if (error || !path.string().starts_with(root) || !std::filesystem::is_regular_file(path, error)) {
    return base::Unprocessable(fmt::format("the step promised the file '{}' and did not leave it in its folder", file),
                               file);
  }
  return path;
}

base::Result<pipeline::Artifact> StoreOutput(blob::BlobStore& blobs, const TaskResult::Output& output,
                                             const std::filesystem::path& folder) {
  pipeline::Artifact artifact{.kind = output.kind, .facts = output.facts};
  for (const auto& [name, file] : output.files)
    artifact.files.emplace(name, TRY(blobs.PutFile(TRY(FindLeft(folder, file)))));
  return artifact;
}

std::string LogTail(const std::filesystem::path& output) {
  std::error_code error;
  const auto size = std::filesystem::file_size(output, error);
  const auto fd = base::OpenForRead(output);
  if (error || !fd) return {};
  std::string text(std::min<uintmax_t>(size, kMaxLog), '\0');
  const auto got = pread(fd->get(), text.data(), text.size(), static_cast<off_t>(size - text.size()));
  text.resize(got > 0 ? static_cast<size_t>(got) : 0);
  if (size > kMaxLog) {
    // Not from the middle of a character.
    size_t begin = 0;
    while (begin < text.size() && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) ++begin;
    text.replace(0, begin, "...\n");
  }
  if (!base::IsValidUtf8(text))
    std::ranges::replace_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0x80) != 0; }, '?');
  return text;
}

std::string LastWords(std::string_view log) {
  const auto last = base::Trim(log);
  return last.empty() ? "" : fmt::format("; it last said: {}", last.substr(last.rfind('\n') + 1));
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
    // NOLINTNEXTLINE(concurrency-mt-unsafe): set once only, before any step (onnx)
    if (const char* value = std::getenv(name.c_str())) spec.environment[name] = value;
  }
  spec.nice = kNice;
  // What is limited is address space, of which libraries reserve much more than they touch.
  if (kLimitsMemory) spec.memory_bytes = memory * 2;
  spec.timeout = std::chrono::seconds(context.step.timeout_seconds.value_or(options.step_seconds));
  spec.output = context.folder / "output.log";
  return spec;
}

base::Result<TaskResult> RunTask(const Runner::Options& options, const Runner::Deps& deps,
                                 const pipeline::StepContext& context, const Task& task, std::string& log) {
  TRY(base::WriteScratchFile(context.folder / kRequestFile, base::DumpJson(task.ToJson())));
  auto spec = ChildSpecFor(options, context);
  spec.command = {options.program.string(), "step", context.folder.string()};
  spec.on_event = [&](std::string_view line) {
    const auto handled = HandleEvent(deps, context, line);
    if (!handled) {
      deps.log.Warn("step_event_not_recorded",
                    {{"run", context.run_id}, {"step", context.step.name}, {"error", handled.error().message()}});
    }
  };
  const auto exit = TRY(deps.children.Run(spec, context.cancel));
  log = LogTail(spec.output);
  if (exit.kind == proc::ExitKind::kCancelled)
    return base::Error(base::ErrorCode::kCancelled, "the step was cancelled");
  if (exit.kind == proc::ExitKind::kTimedOut)
    return base::Error(base::ErrorCode::kDeadlineExceeded, fmt::format("the step {}", exit.Describe()),
                       "timeout_seconds");
  if (!exit.ok())
    return base::Internal(fmt::format("the step's process {}{}", exit.Describe(), LastWords(log)), context.step.name);
  return ReadResult(context.folder);
}

}  // namespace gyre::steps::internal
