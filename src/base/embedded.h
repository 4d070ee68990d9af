#pragma once

#include <string_view>

namespace gyre::base {

/// A file compiled into the program (cmake/embed.cmake). Both views last as long as the program.
struct EmbeddedFile {
  std::string_view path;  ///< relative to the folder it was embedded from
  std::string_view bytes;
};

}  // namespace gyre::base
