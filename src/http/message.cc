#include "http/message.h"

namespace gyre::http {
namespace {

constexpr std::array<std::string_view, 7> kMethodNames = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

}  // namespace

std::string_view MethodName(Method method) {
  return kMethodNames[static_cast<size_t>(method)];
}

std::optional<Method> ParseMethod(std::string_view name) {
  for (size_t i = 0; i < kMethodNames.size(); ++i) {
    if (kMethodNames[i] == name) return static_cast<Method>(i);
  }
  return std::nullopt;
}

void Response::SetJson(int status_code, const base::Json& json) {
  status = status_code;
  content_type = "application/json";
  file.reset();
  body = base::DumpJson(json);
}

void Response::SetText(int status_code, std::string_view text) {
  status = status_code;
  content_type = "text/plain; charset=utf-8";
  file.reset();
  body.assign(text);
}

void Response::SetError(const base::Error& error) {
  SetError(HttpStatus(error.code()), error);
}

void Response::SetError(int status_code, const base::Error& error) {
  base::Json details = base::Json::object();
  if (!error.name().empty()) details["name"] = error.name();
  SetJson(status_code, {{"error_code", base::ErrorCodeName(error.code())},
                        {"message", error.message()},
                        {"details", std::move(details)}});
  if (status_code == 429 || status_code == 503) headers.emplace_back("Retry-After", "1");
}

void Response::Clear() {
  status = 200;
  content_type = "application/json";
  body.clear();
  headers.clear();
  file.reset();
}

int HttpStatus(base::ErrorCode code) {
  switch (code) {
    case base::ErrorCode::kInvalidArgument:
      return 400;
    case base::ErrorCode::kUnauthenticated:
      return 401;
    case base::ErrorCode::kPermissionDenied:
      return 403;
    case base::ErrorCode::kNotFound:
      return 404;
    case base::ErrorCode::kAlreadyExists:
    case base::ErrorCode::kFailedPrecondition:
      return 409;
    case base::ErrorCode::kTooLarge:
      return 413;
    case base::ErrorCode::kUnsupported:
      return 415;
    case base::ErrorCode::kUnprocessable:
      return 422;
    case base::ErrorCode::kResourceExhausted:
      return 429;
    case base::ErrorCode::kCancelled:
      return 499;  // nginx's number for a client that went: nobody reads it, the request log and metrics do
    case base::ErrorCode::kUnimplemented:
      return 501;
    case base::ErrorCode::kUnavailable:
      return 503;
    case base::ErrorCode::kDeadlineExceeded:
      return 504;
    case base::ErrorCode::kCorrupt:
    case base::ErrorCode::kIo:
    case base::ErrorCode::kInternal:
      break;
  }
  return 500;
}

std::string_view ReasonPhrase(int status) {
  static constexpr std::array<std::pair<int, std::string_view>, 36> kPhrases = {{
      {200, "OK"},
      {201, "Created"},
      {202, "Accepted"},
      {204, "No Content"},
      {206, "Partial Content"},
      {301, "Moved Permanently"},
      {302, "Found"},
      {303, "See Other"},
      {304, "Not Modified"},
      {307, "Temporary Redirect"},
      {308, "Permanent Redirect"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {406, "Not Acceptable"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {410, "Gone"},
      {411, "Length Required"},
      {412, "Precondition Failed"},
      {413, "Content Too Large"},
      {414, "URI Too Long"},
      {415, "Unsupported Media Type"},
      {416, "Range Not Satisfiable"},
      {417, "Expectation Failed"},
      {422, "Unprocessable Content"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {499, "Client Closed Request"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {503, "Service Unavailable"},
      {504, "Gateway Timeout"},
      {505, "HTTP Version Not Supported"},
  }};
  const auto found = std::ranges::find(kPhrases, status, &std::pair<int, std::string_view>::first);
  return found == kPhrases.end() ? "Unknown" : found->second;
}

}  // namespace gyre::http
