#include "base/error.h"

#include <cerrno>
#include <system_error>

namespace gyre::base {

std::string_view ErrorCodeName(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "INVALID_ARGUMENT";
    case ErrorCode::kUnprocessable:
      return "UNPROCESSABLE";
    case ErrorCode::kNotFound:
      return "NOT_FOUND";
    case ErrorCode::kAlreadyExists:
      return "ALREADY_EXISTS";
    case ErrorCode::kFailedPrecondition:
      return "FAILED_PRECONDITION";
    case ErrorCode::kTooLarge:
      return "TOO_LARGE";
    case ErrorCode::kUnsupported:
      return "UNSUPPORTED";
    case ErrorCode::kUnauthenticated:
      return "UNAUTHENTICATED";
    case ErrorCode::kPermissionDenied:
      return "PERMISSION_DENIED";
    case ErrorCode::kResourceExhausted:
      return "RESOURCE_EXHAUSTED";
    case ErrorCode::kUnavailable:
      return "UNAVAILABLE";
    case ErrorCode::kDeadlineExceeded:
      return "DEADLINE_EXCEEDED";
    case ErrorCode::kCancelled:
      return "CANCELLED";
    case ErrorCode::kUnimplemented:
      return "UNIMPLEMENTED";
    case ErrorCode::kCorrupt:
      return "CORRUPT";
    case ErrorCode::kIo:
      return "IO_ERROR";
    case ErrorCode::kInternal:
      return "INTERNAL";
  }
  return "INTERNAL";
}

Error Error::Within(std::string_view context) const {
  return Error(code_, fmt::format("{}: {}", context, message_), name_);
}

std::string Error::ToString() const {
  return fmt::format("{}: {}", ErrorCodeName(code_), message_);
}

Error InvalidArgument(std::string message, std::string name) {
  return Error(ErrorCode::kInvalidArgument, std::move(message), std::move(name));
}
Error Unprocessable(std::string message, std::string name) {
  return Error(ErrorCode::kUnprocessable, std::move(message), std::move(name));
}
Error NotFound(std::string message, std::string name) {
  return Error(ErrorCode::kNotFound, std::move(message), std::move(name));
}
Error AlreadyExists(std::string message, std::string name) {
  return Error(ErrorCode::kAlreadyExists, std::move(message), std::move(name));
}
Error FailedPrecondition(std::string message, std::string name) {
  return Error(ErrorCode::kFailedPrecondition, std::move(message), std::move(name));
}
Error TooLarge(std::string message, std::string name) {
  return Error(ErrorCode::kTooLarge, std::move(message), std::move(name));
}
Error Unavailable(std::string message, std::string name) {
  return Error(ErrorCode::kUnavailable, std::move(message), std::move(name));
}
Error Unimplemented(std::string message, std::string name) {
  return Error(ErrorCode::kUnimplemented, std::move(message), std::move(name));
}
Error Corrupt(std::string message, std::string name) {
  return Error(ErrorCode::kCorrupt, std::move(message), std::move(name));
}
Error Internal(std::string message, std::string name) {
  return Error(ErrorCode::kInternal, std::move(message), std::move(name));
}

Error ErrnoError(std::string_view action, std::string name) {
  const int saved = errno;
  const auto code = saved == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo;
  auto message = fmt::format("{} {}: {}", action, name, std::generic_category().message(saved));
  return Error(code, std::move(message), std::move(name));
}

}  // namespace gyre::base
