#include "api/mlflow/internal/errors.h"

#include <algorithm>
#include <array>

#include "api/mlflow/internal/render.h"

namespace gyre::api::mlflow::internal {
namespace {

struct CodeRow {
  Code code;
  std::string_view name;
  int status;
  std::string_view sql_state;
  std::string_view error_class;
};

// INVALID_STATE is 500 in MLflow; here only a client's request that does not fit the state of things has that code.
constexpr std::array kCodes = {
    CodeRow{Code::kInvalidParameterValue, "INVALID_PARAMETER_VALUE", 400, "KAM00", "INVALID_PARAMETER_VALUE"},
    CodeRow{Code::kBadRequest, "BAD_REQUEST", 400, "KAM00", "INVALID_PARAMETER_VALUE"},
    CodeRow{Code::kResourceAlreadyExists, "RESOURCE_ALREADY_EXISTS", 400, "KAM00", "RESOURCE_ALREADY_EXISTS"},
    CodeRow{Code::kResourceDoesNotExist, "RESOURCE_DOES_NOT_EXIST", 404, "KAM00", "RESOURCE_NOT_FOUND"},
    CodeRow{Code::kEndpointNotFound, "ENDPOINT_NOT_FOUND", 404, "KAM00", "RESOURCE_NOT_FOUND"},
    CodeRow{Code::kInvalidState, "INVALID_STATE", 400, "XXM00", "CLIENT_INTERNAL_ERROR"},
    CodeRow{Code::kUnauthenticated, "UNAUTHENTICATED", 401, "", ""},
    CodeRow{Code::kPermissionDenied, "PERMISSION_DENIED", 403, "KAM00", "PERMISSION_DENIED"},
    CodeRow{Code::kResourceExhausted, "RESOURCE_EXHAUSTED", 429, "", ""},
    CodeRow{Code::kNotImplemented, "NOT_IMPLEMENTED", 501, "", ""},
    CodeRow{Code::kTemporarilyUnavailable, "TEMPORARILY_UNAVAILABLE", 503, "XXM00", "CLIENT_INTERNAL_ERROR"},
    CodeRow{Code::kDeadlineExceeded, "DEADLINE_EXCEEDED", 504, "", ""},
    CodeRow{Code::kCancelled, "CANCELLED", 499, "", ""},
    CodeRow{Code::kInternalError, "INTERNAL_ERROR", 500, "XXM00", "CLIENT_INTERNAL_ERROR"},
};

const CodeRow& RowOf(Code code) {
  return *std::find_if(kCodes.begin(), kCodes.end(), [&](const CodeRow& row) { return row.code == code; });
}

/// The one table from the modules' codes to MLflow's.
Code CodeOf(base::ErrorCode code) {
  using enum base::ErrorCode;
  switch (code) {
    case kInvalidArgument:
    case kUnprocessable:
    case kFailedPrecondition:
    case kTooLarge:
    case kUnsupported:
      return Code::kInvalidParameterValue;
    case kNotFound:
      return Code::kResourceDoesNotExist;
    case kAlreadyExists:
      return Code::kResourceAlreadyExists;
    case kUnauthenticated:
      return Code::kUnauthenticated;
    case kPermissionDenied:
      return Code::kPermissionDenied;
    case kResourceExhausted:
      return Code::kResourceExhausted;
    case kUnavailable:
      return Code::kTemporarilyUnavailable;
    case kDeadlineExceeded:
      return Code::kDeadlineExceeded;
    case kCancelled:
      return Code::kCancelled;
    case kUnimplemented:
      return Code::kNotImplemented;
    case kCorrupt:
    case kIo:
    case kInternal:
      return Code::kInternalError;
  }
  return Code::kInternalError;
}

}  // namespace

Failure::Failure(const base::Error& error) : code_(CodeOf(error.code())), message_(error.message()) {}

Failure InvalidParameter(std::string message) {
  return {Code::kInvalidParameterValue, std::move(message)};
}

std::string_view CodeName(Code code) {
  return RowOf(code).name;
}

int CodeStatus(Code code) {
  return RowOf(code).status;
}

void Render(const Failure& failure, http::Response& response) {
  const auto& row = RowOf(failure.code());
  response.body.clear();
  JsonWriter json(response.body);
  json.BeginObject().Text("error_code", row.name).Text("message", failure.message());
  json.TextIfAny("sqlstate", row.sql_state).TextIfAny("error_class", row.error_class).EndObject();
  response.status = row.status;
  response.content_type = "application/json";
  if (row.status == 429 || row.status == 503) response.headers.emplace_back("Retry-After", "1");
}

}  // namespace gyre::api::mlflow::internal
