#include "base/error.h"

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace gyre::base {

namespace {

constexpr std::array<std::pair<ErrorCode, std::string_view>, 17> kNames = {{
    {ErrorCode::kInvalidArgument, "INVALID_ARGUMENT"},
    {ErrorCode::kUnprocessable, "UNPROCESSABLE"},
    {ErrorCode::kNotFound, "NOT_FOUND"},
    {ErrorCode::kAlreadyExists, "ALREADY_EXISTS"},
    {ErrorCode::kFailedPrecondition, "FAILED_PRECONDITION"},
    {ErrorCode::kTooLarge, "TOO_LARGE"},
    {ErrorCode::kUnsupported, "UNSUPPORTED"},
    {ErrorCode::kUnauthenticated, "UNAUTHENTICATED"},
    {ErrorCode::kPermissionDenied, "PERMISSION_DENIED"},
    {ErrorCode::kResourceExhausted, "RESOURCE_EXHAUSTED"},
    {ErrorCode::kUnavailable, "UNAVAILABLE"},
    {ErrorCode::kDeadlineExceeded, "DEADLINE_EXCEEDED"},
    {ErrorCode::kCancelled, "CANCELLED"},
    {ErrorCode::kUnimplemented, "UNIMPLEMENTED"},
    {ErrorCode::kCorrupt, "CORRUPT"},
    {ErrorCode::kIo, "IO_ERROR"},
    {ErrorCode::kInternal, "INTERNAL"},
}};

}  // namespace

std::string_view ErrorCodeName(ErrorCode code) {
  const auto found = std::ranges::find(kNames, code, &std::pair<ErrorCode, std::string_view>::first);
  return found == kNames.end() ? "INTERNAL" : found->second;
}

ErrorCode ParseErrorCode(std::string_view name) {
  const auto found = std::ranges::find(kNames, name, &std::pair<ErrorCode, std::string_view>::second);
  return found == kNames.end() ? ErrorCode::kInternal : found->first;
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
