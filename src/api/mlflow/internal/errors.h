#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "http/message.h"

namespace gyre::api::mlflow::internal {

/// MLflow's error codes that Gyre answers with.
enum class Code {
  kInvalidParameterValue,
  kBadRequest,
  kResourceAlreadyExists,
  kResourceDoesNotExist,
  kEndpointNotFound,
  kInvalidState,
  kUnauthenticated,
  kPermissionDenied,
  kResourceExhausted,
  kNotImplemented,
  kTemporarilyUnavailable,
  kDeadlineExceeded,
  kCancelled,
  kInternalError,
};

/// What a call answers instead of its response. Errors of the modules below turn into it by one table of codes.
class Failure {
 public:
  Failure(Code code, std::string message) : code_(code), message_(std::move(message)) {}
  // NOLINTNEXTLINE(google-explicit-constructor): TRY hands on errors of the modules.
  Failure(const base::Error& error);

  Code code() const { return code_; }
  const std::string& message() const { return message_; }

 private:
  Code code_;
  std::string message_;
};

/// How a call ends: `return Done();`, an error of a module, or a Failure with a code of MLflow's own.
class [[nodiscard]] Answer : public std::expected<void, Failure> {
  using Base = std::expected<void, Failure>;

 public:
  using Base::Base;
  // NOLINTBEGIN(google-explicit-constructor): as base::Result.
  Answer(const base::Error& error) : Base(std::unexpect, error) {}
  Answer(Failure failure) : Base(std::unexpect, std::move(failure)) {}
  // NOLINTEND(google-explicit-constructor)
};
inline Answer Done() {
  return {};
}

/// INVALID_PARAMETER_VALUE, what nearly every mistake of a client is.
Failure InvalidParameter(std::string message);

std::string_view CodeName(Code code);  ///< "INVALID_PARAMETER_VALUE"
/// MLflow's status of the code, but never 5xx for what is the client's fault: it would send it again for minutes.
int CodeStatus(Code code);

/// {"error_code", "message", "sqlstate", "error_class"}; the last two where MLflow has them.
void Render(const Failure& failure, http::Response& response);

}  // namespace gyre::api::mlflow::internal
