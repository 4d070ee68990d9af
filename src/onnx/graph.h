#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "onnx/value_info.h"

namespace gyre::onnx {

/// What a graph from outside may be before it is looked at any closer.
struct GraphLimits {
  uint64_t bytes = 1ULL << 30;
  /// Messages and strings in the file: each takes up to 200 bytes once parsed, whatever little it takes in the file.
  uint64_t elements = 16'000'000;
  int depth = 64;  ///< of messages in messages; a graph inside a node counts three
};

/// A node of the outermost graph.
struct NodeInfo {
  std::string domain;  ///< empty for ai.onnx
  std::string op_type;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
};

/// A serialized ONNX graph (https://onnx.ai/onnx/repo-docs/IR.html), parsed for reading what it says of itself. Whether
/// it computes anything is ONNX Runtime's to say. Immutable; takes several times the bytes of the file.
class Graph {
 public:
  /// kTooLarge over a limit, kInvalidArgument if the bytes are no ONNX graph, kUnsupported if it keeps weights in other
  /// files, which would be read from this machine's disk.
  static base::Result<Graph> Parse(std::string_view bytes, const GraphLimits& limits = {});
  Graph(Graph&&) noexcept;
  Graph& operator=(Graph&&) noexcept;
  ~Graph();

  const std::string& producer_name() const;
  const std::string& producer_version() const;
  /// Operator set versions by domain ("" is ai.onnx).
  const std::map<std::string, int64_t>& opsets() const;
  const std::map<std::string, std::string>& metadata() const;
  /// Without the initializers, which old files list among the inputs.
  const std::vector<ValueInfo>& inputs() const;
  const std::vector<ValueInfo>& outputs() const;
  const std::vector<NodeInfo>& nodes() const;
  /// The node that computes the value called `name`; null if none does.
  const NodeInfo* Producer(std::string_view name) const;

  /// An attribute that is a list of strings or integers, the latter in decimal; empty if there is none.
  std::vector<std::string> ListAttribute(const NodeInfo& node, std::string_view name) const;
  double NumberAttribute(const NodeInfo& node, std::string_view name, double fallback) const;
  /// An initializer of strings or integers as text; empty if there is none.
  std::vector<std::string> InitializerTexts(std::string_view name) const;

 private:
  struct State;
  explicit Graph(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace gyre::onnx
