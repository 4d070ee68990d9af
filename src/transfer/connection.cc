#include "transfer/connection.h"

#include <array>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/file.h"
#include "base/text.h"

namespace gyre::transfer {
namespace {

constexpr uint64_t kLargestAnswer = 1ULL << 30;
constexpr int kDeepestAnswer = 64;

base::ErrorCode CodeOf(int status) {
  switch (status) {
    case 400:
      return base::ErrorCode::kInvalidArgument;
    case 401:
    case 403:
      return base::ErrorCode::kPermissionDenied;
    case 404:
      return base::ErrorCode::kNotFound;
    case 409:
      return base::ErrorCode::kAlreadyExists;
    case 408:
    case 429:
    case 502:
    case 503:
    case 504:
      return base::ErrorCode::kUnavailable;
    default:
      // MLflow answers 500 for what is wrong with one thing, too.
      return status >= 500 ? base::ErrorCode::kInternal : base::ErrorCode::kInvalidArgument;
  }
}

base::Error ErrorOf(const http::ClientResponse& response, std::string_view url) {
  const auto json = base::ParseJson(response.body, "the answer", kDeepestAnswer);
  std::string code;
  std::string message = fmt::format("{} answered with status {}", url, response.status);
  if (json && json->is_object()) {
    if (const auto said = json->find("error_code"); said != json->end() && said->is_string()) code = *said;
    if (const auto said = json->find("message"); said != json->end() && said->is_string()) message = *said;
  }
  if (code == "RESOURCE_ALREADY_EXISTS") return base::AlreadyExists(message);
  return base::Error(CodeOf(response.status), message);
}

bool MayPass(const base::Result<http::ClientResponse>& response) {
  if (!response) {
    return response.error().code() == base::ErrorCode::kUnavailable ||
           response.error().code() == base::ErrorCode::kDeadlineExceeded;
  }
  const int status = response->status;
  return status == 408 || status == 429 || (status >= 500 && status != 501);
}

std::string Base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j) {
      group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    }
    for (size_t j = 0; j < 4; ++j) {
      text += i + j > bytes.size() ? '=' : kDigits[group >> (18 - 6 * j) & 63];
    }
  }
  return text;
}

}  // namespace

std::string PercentEncode(std::string_view text, bool keep_slashes) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '_' || c == '.' || c == '~' || (keep_slashes && c == '/');
    if (plain) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

std::vector<std::pair<std::string, std::string>> CredentialsFromEnvironment(
    const std::function<const char*(const char*)>& variable) {
  const auto text = [&](const char* name) {
    const char* value = variable(name);
    return std::string(value == nullptr ? "" : value);
  };
  const auto user = text("MLFLOW_TRACKING_USERNAME");
  const auto token = text("MLFLOW_TRACKING_TOKEN");
  if (!user.empty()) {
    return {{"Authorization", "Basic " + Base64(user + ":" + text("MLFLOW_TRACKING_PASSWORD"))}};
  }
  if (!token.empty()) return {{"Authorization", "Bearer " + token}};
  return {};
}

bool Connection::TriesAgain(const base::Result<http::ClientResponse>& response, int attempt) const {
  if (options_.url.empty() || attempt >= options_.attempts || !MayPass(response)) return false;
  if (options_.pause) {
    options_.pause(attempt);
  } else {
    std::this_thread::sleep_for(std::chrono::milliseconds(250) * (1 << attempt));
  }
  return true;
}

base::Result<http::ClientResponse> Connection::Send(const http::ClientRequest& request) {
  for (int attempt = 1;; ++attempt) {
    auto response = client_.Send(request, base::Cancellation());
    if (!TriesAgain(response, attempt)) return response;
  }
}

base::Result<base::Json> Connection::Call(http::Method method, std::string_view path, const base::Json* body) {
  http::ClientRequest request{.method = method, .url = options_.url + std::string(path), .headers = options_.headers};
  if (body != nullptr) {
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = base::DumpJson(*body);
  }
  request.timeout = std::chrono::minutes(10);
  request.max_response = kLargestAnswer;
  const auto response = TRY(Send(request));
  if (response.status >= 300) return ErrorOf(response, request.url);
  if (response.body.empty()) return base::Json::object();
  return base::ParseJson(response.body, fmt::format("the answer of {}", request.url), kDeepestAnswer);
}

base::Result<base::Json> Connection::Get(std::string_view path) {
  return Call(http::Method::kGet, path, nullptr);
}
base::Result<base::Json> Connection::Post(std::string_view path, const base::Json& body) {
  return Call(http::Method::kPost, path, &body);
}

base::Result<void> Connection::Upload(std::string_view path, const std::filesystem::path& file) {
  http::ClientRequest request{
      .method = http::Method::kPut, .url = options_.url + std::string(path), .headers = options_.headers};
  request.headers.emplace_back("Content-Type", "application/octet-stream");
  std::error_code error;
  // An empty body file would be no body at all to some servers.
  if (std::filesystem::file_size(file, error) > 0) request.body_file = file;
  request.timeout = std::chrono::hours(24);
  const auto response = TRY(Send(request));
  if (response.status >= 300) return ErrorOf(response, request.url);
  return base::Ok();
}

base::Result<void> Connection::Download(std::string_view path, const std::filesystem::path& to) {
  base::UniqueFd file;
  http::ClientRequest request{.url = options_.url + std::string(path), .headers = options_.headers};
  request.timeout = std::chrono::hours(24);
  request.on_body = [&](std::string_view piece) { return base::WriteAll(file.get(), piece, to.string()); };
  for (int attempt = 1;; ++attempt) {
    // Opened anew for each attempt: what a broken one left is no part of the file.
    file = base::UniqueFd(open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file) return base::ErrnoError("cannot write", to.string());
    const auto response = client_.Send(request, base::Cancellation());
    if (TriesAgain(response, attempt)) continue;
    if (!response) return response.error();
    if (response->status >= 300) return ErrorOf(*response, request.url);
    return base::Ok();
  }
}

}  // namespace gyre::transfer
