#include "tracing/internal/usage.h"

#include <array>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <vector>

#include "base/json.h"
#include "base/text.h"

namespace gyre::tracing::internal {
namespace {

struct Key {
  std::string_view name;
  bool always = true;  ///< in the sum, even if no span has it
};

constexpr std::array<Key, 6> kTokens = {{{"input_tokens"},
                                         {"output_tokens"},
                                         {"total_tokens"},
                                         {"cache_read_input_tokens", false},
                                         {"cache_creation_input_tokens", false},
                                         {"cache_creation_input_tokens_above_1hr", false}}};
constexpr std::array<Key, 3> kCosts = {{{"input_cost"}, {"output_cost"}, {"total_cost"}}};
constexpr size_t kMostKeys = 6;
constexpr double kMostTokens = 9e15;

struct Sum {
  std::array<double, kMostKeys> values{};
  std::array<bool, kMostKeys> seen{};
  bool any = false;

  void Add(const base::Json& used, std::span<const Key> keys) {
    any = true;
    for (size_t i = 0; i < keys.size(); ++i) {
      const auto found = used.find(keys[i].name);
      if (found == used.end() || !found->is_number()) continue;
      values[i] += found->get<double>();
      seen[i] = true;
    }
  }
};

/// The spans in order of the tree, each with whether one above it says something.
Sum AddUp(std::span<const UsageNode> nodes, std::span<const Key> keys) {
  std::unordered_map<std::string_view, std::vector<const UsageNode*>> children;
  std::unordered_map<std::string_view, const UsageNode*> by_id;
  for (const auto& node : nodes) by_id.emplace(node.id, &node);
  std::vector<std::pair<const UsageNode*, bool>> open;
  for (const auto& node : nodes) {
    if (by_id.contains(node.parent)) {
      children[node.parent].push_back(&node);
    } else {
      open.emplace_back(&node, false);
    }
  }
  Sum sum;
  while (!open.empty()) {
    const auto [node, covered] = open.back();
    open.pop_back();
    bool says = false;
    if (!node->usage.empty()) {
      const auto used = base::ParseJson(node->usage, "the usage of a span");
      says = used && used->is_object();
      if (says && !covered) sum.Add(*used, keys);
    }
    const auto below = children.find(node->id);
    if (below == children.end()) continue;
    for (const auto* child : below->second) open.emplace_back(child, covered || says);
    children.erase(below);
  }
  return sum;
}

template <class Format>
std::optional<std::string> Text(const Sum& sum, std::span<const Key> keys, const Format& format) {
  if (!sum.any) return std::nullopt;
  std::string text = "{";
  for (size_t i = 0; i < keys.size(); ++i) {
    if (!keys[i].always && !sum.seen[i]) continue;
    text += fmt::format("{}\"{}\": {}", text.size() > 1 ? ", " : "", keys[i].name, format(sum.values[i]));
  }
  return text + "}";
}

}  // namespace

std::optional<std::string> AddTokens(std::span<const UsageNode> nodes) {
  return Text(AddUp(nodes, kTokens), kTokens, [](double value) {
    return fmt::format("{}", static_cast<int64_t>(std::clamp(value, -kMostTokens, kMostTokens)));
  });
}

std::optional<std::string> AddCosts(std::span<const UsageNode> nodes) {
  return Text(AddUp(nodes, kCosts), kCosts, [](double value) {
    auto text = base::FormatDouble(value);
    if (text.find_first_of(".eN") == std::string::npos) text += ".0";
    return text;
  });
}

}  // namespace gyre::tracing::internal
