#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gyre::tracing::internal {

/// A span in the tree of its trace, with what it says it used: a JSON object, or empty.
struct UsageNode {
  std::string id;
  std::string parent;
  std::string usage;
};

/// Adds up what the spans of a trace used. A span below one that says something is left out: frameworks put the sum of
/// the children on the parent. A JSON object as Python writes it; nothing if no span says anything.
std::optional<std::string> AddTokens(std::span<const UsageNode> nodes);
/// The same for costs.
std::optional<std::string> AddCosts(std::span<const UsageNode> nodes);

}  // namespace gyre::tracing::internal
