#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "onnx/tensor.h"
#include "onnx/value_info.h"

namespace gyre::onnx {

using AttributeValue = std::variant<int64_t, float, std::string, std::vector<int64_t>, std::vector<float>,
                                    std::vector<std::string>, Tensor>;

struct Attribute {
  std::string name;
  AttributeValue value;
};

/// A node to add; `domain` is empty for ai.onnx.
struct NodeSpec {
  std::string op_type;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<Attribute> attributes = {};
  std::string domain = {};
};

/// Writes an ONNX graph. The same calls give the same bytes: no dates, no addresses, nothing of this machine. Nodes are
/// added in an order that computes each value before it is used. One thread.
class GraphBuilder {
 public:
  GraphBuilder(std::string_view graph_name, std::string_view producer_version);
  ~GraphBuilder();

  void Opset(std::string_view domain, int64_t version);
  void Metadata(std::string_view key, std::string_view value);
  /// -1 in a shape is the varying number of rows.
  void Input(std::string_view name, ElementType type, std::span<const int64_t> shape);
  void Output(std::string_view name, ElementType type, std::span<const int64_t> shape);
  void Node(NodeSpec node);
  void Initializer(std::string_view name, const Tensor& tensor);

  /// kTooLarge over ONNX's own limit of 2 GiB.
  base::Result<std::string> Serialize() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gyre::onnx
