#include "cli/internal/commands.h"
#include "cli/terminal.h"
#include "steps/task.h"
#include "targets/local_target.h"

namespace gyre::cli::internal {
namespace {

base::Result<int> RunStep(const Invocation& invocation) {
  return steps::RunTaskInChild(invocation.Get("folder"));
}

base::Result<int> RunProbe(const Invocation& invocation) {
  const auto probed = targets::ProbeBundle(invocation.Get("folder"));
  if (!probed) {
    invocation.terminal().Error(probed.error(), true);
    return kFailed;
  }
  invocation.terminal().Json(*probed);
  return kDone;
}

}  // namespace

std::vector<Command> ChildCommands() {
  return {{.path = "step",
           .help = "Run the pipeline step laid out in a folder",
           .arguments = {{"folder", "made by the executor"}},
           .run = RunStep,
           .hidden = true},
          {.path = "probe",
           .help = "Load the bundle in a folder and answer its golden rows",
           .arguments = {{"folder", "holding the bundle"}},
           .run = RunProbe,
           .hidden = true}};
}

}  // namespace gyre::cli::internal
