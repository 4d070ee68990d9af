#include "cli/command.h"
#include "cli/internal/commands.h"

namespace gyre::cli {

std::vector<Command> AllCommands() {
  std::vector<Command> all;
  for (auto* area :
       {internal::DemoCommands, internal::ServerCommands, internal::ProjectCommands, internal::DataCommands,
        internal::StageCommands, internal::ModelCommands, internal::EndpointCommands, internal::MonitorCommands,
        internal::AuditCommands, internal::CollectionCommands, internal::TransferCommands, internal::ChildCommands}) {
    all = Concat(std::move(all), area());
  }
  return all;
}

}  // namespace gyre::cli
