#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

#include "http/message.h"

namespace gyre::http::internal {

enum class Wrote { kAll, kSome, kBlocked, kHeld, kFailed };

/// What is left of an answer that the socket would not take at once, or a file on its way.
class Output {
 public:
  std::string head;
  std::string body;
  size_t sent = 0;  ///< of head and body together
  std::optional<Response::FileBody> file;
  bool unchecked = false;  ///< the end of the file is held back (kHeld) until this is false

  /// Sends what the socket takes, of a file a bounded piece per call (kSome: call again, or later).
  Wrote Write(int fd);

 private:
  Wrote WriteBytes(int fd);
  Wrote WriteFile(int fd);
};

/// Sends head and body in one system call. Returns how many bytes went, 0 if the socket takes none now; -1 if it is
/// broken.
ssize_t SendTwo(int fd, std::string_view head, std::string_view body, bool more_follows = false);

}  // namespace gyre::http::internal
