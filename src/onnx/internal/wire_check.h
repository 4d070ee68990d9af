#pragma once

#include <string_view>

#include "base/result.h"
#include "onnx/graph.h"

namespace gyre::onnx::internal {

/// Walks the protobuf encoding of a ModelProto (https://protobuf.dev/programming-guides/encoding) without building
/// anything: every length fits, nesting and the number of messages stay under the limits, so that parsing afterwards
/// takes bounded memory and stack.
base::Result<void> CheckWire(std::string_view bytes, const GraphLimits& limits);

}  // namespace gyre::onnx::internal
