#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gyre::onnx {

/// The bytes of the file that a graph names beside itself.
using ReadBeside = std::function<base::Result<std::string>(std::string_view name)>;

/// The graph with the weights that it keeps in other files taken into it; as it is if it keeps none. Only initializers
/// of the outermost graph can be elsewhere, as onnx.save_model writes them. kInvalidArgument for a part that is not in
/// its file, kTooLarge over ONNX's own limit of 2 GiB, and what `read` says of a file.
base::Result<std::string> InlineExternalData(std::string bytes, const ReadBeside& read);

}  // namespace gyre::onnx
