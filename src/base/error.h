#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace gyre::base {

/// What went wrong, in the terms a caller can act on. Adapters map a code to their protocol's error in one table.
enum class ErrorCode {
  kInvalidArgument,     ///< the request is malformed; sending it again cannot succeed
  kUnprocessable,       ///< well-formed, but refused by a signature, an expectation or a gate
  kNotFound,            ///< the named thing does not exist
  kAlreadyExists,       ///< the name is taken
  kFailedPrecondition,  ///< the thing is in a state that forbids this
  kTooLarge,            ///< over a size limit
  kUnsupported,         ///< a media type, format or encoding that is not read here
  kUnauthenticated,
  kPermissionDenied,
  kResourceExhausted,  ///< a queue or quota is full; try later
  kUnavailable,        ///< not ready, or draining; try later
  kDeadlineExceeded,
  kCancelled,
  kUnimplemented,  ///< not built yet
  kCorrupt,        ///< stored bytes do not match their digest or format
  kIo,             ///< the operating system refused
  kInternal,       ///< a bug in Gyre
};

/// "NOT_FOUND" and so on: the stable spelling used over HTTP, in logs and in `--json` output.
std::string_view ErrorCodeName(ErrorCode code);
/// The code of that name; kInternal for a name that is not known.
ErrorCode ParseErrorCode(std::string_view name);

/// A failure as a value. `message` says what happened and what to do next; `name` is the offending field, file, column
/// or object, empty where there is none.
class [[nodiscard]] Error {
 public:
  Error(ErrorCode code, std::string message, std::string name = {})
      : code_(code), message_(std::move(message)), name_(std::move(name)) {}

  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }
  const std::string& name() const { return name_; }

  /// The same error seen from one level up: `context` is put before the message ("reading gyre.yaml: ...").
  Error Within(std::string_view context) const;

  /// "NOT_FOUND: dataset 'x' does not exist; ..." for logs and terminals.
  std::string ToString() const;

  bool operator==(const Error&) const = default;

 private:
  ErrorCode code_;
  std::string message_;
  std::string name_;
};

Error InvalidArgument(std::string message, std::string name = {});
Error Unprocessable(std::string message, std::string name = {});
Error NotFound(std::string message, std::string name = {});
Error AlreadyExists(std::string message, std::string name = {});
Error FailedPrecondition(std::string message, std::string name = {});
Error TooLarge(std::string message, std::string name = {});
Error Unavailable(std::string message, std::string name = {});
Error Unimplemented(std::string message, std::string name = {});
Error Corrupt(std::string message, std::string name = {});
Error Internal(std::string message, std::string name = {});

/// The current `errno` as an error: "open /x/y: No such file or directory". ENOENT becomes kNotFound, the rest kIo.
Error ErrnoError(std::string_view action, std::string name);

}  // namespace gyre::base
