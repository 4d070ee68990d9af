#pragma once

#include <vector>

#include "cli/command.h"

namespace gyre::cli::internal {

/// One function per area; AllCommands joins them in the order of `--help`.
std::vector<Command> ServerCommands();
std::vector<Command> DemoCommands();
std::vector<Command> ProjectCommands();
std::vector<Command> StageCommands();
std::vector<Command> DataCommands();
std::vector<Command> ModelCommands();
std::vector<Command> EndpointCommands();
std::vector<Command> MonitorCommands();
std::vector<Command> AuditCommands();
std::vector<Command> TransferCommands();
std::vector<Command> CollectionCommands();
/// What children run: hidden.
std::vector<Command> ChildCommands();

}  // namespace gyre::cli::internal
