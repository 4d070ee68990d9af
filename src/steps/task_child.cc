// The child's side of a step: gyre step FOLDER.
#include <cstdio>
#include <unistd.h>

#include "base/file.h"
#include "steps/internal/builtin.h"
#include "steps/task.h"

namespace gyre::steps {
namespace {

constexpr int kEventDescriptor = 3;
constexpr uint64_t kMaxRequest = 64 << 20;
constexpr int kCouldNotAnswer = 3;

/// One JSON object a line on the descriptor the parent reads.
class EventWriter final : public TaskEvents {
 public:
  void Progress(double fraction, std::string_view note) override { Write({{"progress", fraction}, {"note", note}}); }
  void Trial(const base::Json& trial) override { Write({{"trial", trial}}); }

 private:
  void Write(const base::Json& event) {
    const std::lock_guard lock(mutex_);
    // A parent that no longer reads is no reason to stop working.
    (void)base::WriteAll(kEventDescriptor, base::DumpJson(event) + "\n", "events");
  }
  std::mutex mutex_;
};

base::Result<TaskResult> RunBuiltin(const std::filesystem::path& folder) {
  const auto text = TRY(base::ReadFile(folder / kRequestFile, kMaxRequest));
  const auto task = TRY(Task::FromJson(TRY(base::ParseJson(text, kRequestFile))));
  TRY(base::MakeFolders(task.folder / "scratch"));
  const auto* builtin = internal::FindBuiltin(task.uses);
  if (builtin == nullptr || builtin->run == nullptr) {
    return base::InvalidArgument(fmt::format("'{}' is no step that runs in a child", task.uses), task.uses);
  }
  EventWriter events;
  return builtin->run(task, events);
}

/// Third-party code throws; above all std::bad_alloc when the step's memory is used up.
base::Result<TaskResult> RunRequest(const std::filesystem::path& folder) {
  try {
    return RunBuiltin(folder);
  } catch (const std::bad_alloc&) {
    return base::Error(base::ErrorCode::kResourceExhausted,
                       "the step needs more memory than it may use; give it more with memory_mb", "memory_mb");
  } catch (const std::exception& thrown) {
    return base::Internal(fmt::format("the step broke: {}", thrown.what()));
  }
}

}  // namespace

int RunTaskInChild(const std::filesystem::path& folder) {
  auto result = RunRequest(folder);
  base::Json json;
  if (result) {
    json = result->ToJson();
  } else {
    const auto& error = result.error();
    std::fprintf(stderr, "%s\n", error.ToString().c_str());
    json = BrokenResult(error);
  }
  const auto written = base::WriteScratchFile(folder / kResultFile, base::DumpJson(json));
  if (written) return 0;
  std::fprintf(stderr, "%s\n", written.error().ToString().c_str());
  return kCouldNotAnswer;
}

}  // namespace gyre::steps
