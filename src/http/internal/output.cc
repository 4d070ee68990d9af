#include "http/internal/output.h"

#include <cerrno>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace gyre::http::internal {
namespace {

/// A file's piece per call: what a disk reads in about a millisecond, for the I/O thread waits for it.
constexpr uint64_t kFilePiece = 512 * 1024;
/// Of a file that is not checked yet, this much waits for the verdict.
constexpr uint64_t kHeldBack = 64 * 1024;

}  // namespace

ssize_t SendTwo(int fd, std::string_view head, std::string_view body, bool more_follows) {
  const int flags = MSG_NOSIGNAL | (more_follows ? MSG_MORE : 0);
  std::array<iovec, 2> parts = {
      {{const_cast<char*>(head.data()), head.size()}, {const_cast<char*>(body.data()), body.size()}}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  while (true) {
    const ssize_t sent = body.empty() ? send(fd, head.data(), head.size(), flags) : sendmsg(fd, &message, flags);
    if (sent >= 0) return sent;
    if (errno != EINTR) return errno == EAGAIN ? 0 : -1;
  }
}

Wrote Output::WriteBytes(int fd) {
  const size_t total = head.size() + body.size();
  const std::string_view rest_of_head = std::string_view(head).substr(std::min(sent, head.size()));
  const std::string_view rest_of_body = std::string_view(body).substr(sent > head.size() ? sent - head.size() : 0);
  const bool file_follows = file && file->length > 0;
  const ssize_t n = rest_of_head.empty() ? SendTwo(fd, rest_of_body, {}, file_follows)
                                         : SendTwo(fd, rest_of_head, rest_of_body, file_follows);
  if (n < 0) return Wrote::kFailed;
  sent += static_cast<size_t>(n);
  if (sent < total) return Wrote::kBlocked;
  return Wrote::kAll;
}

Wrote Output::WriteFile(int fd) {
  const uint64_t held = unchecked ? std::min(file->length, kHeldBack) : 0;
  if (file->length == held) return Wrote::kHeld;
  auto offset = static_cast<off_t>(file->offset);
  const ssize_t n = sendfile(fd, file->fd.get(), &offset, std::min(file->length - held, kFilePiece));
  if (n < 0) return errno == EAGAIN || errno == EINTR ? Wrote::kBlocked : Wrote::kFailed;
  if (n == 0) return Wrote::kFailed;  // the file has become shorter: the promised length cannot be kept
  file->offset = static_cast<uint64_t>(offset);
  file->length -= static_cast<uint64_t>(n);
  return file->length == 0 ? Wrote::kAll : Wrote::kSome;
}

Wrote Output::Write(int fd) {
  if (sent < head.size() + body.size()) {
    const Wrote bytes = WriteBytes(fd);
    if (bytes != Wrote::kAll || !file) return bytes;
  }
  if (!file || file->length == 0) return Wrote::kAll;
  return WriteFile(fd);
}

}  // namespace gyre::http::internal
