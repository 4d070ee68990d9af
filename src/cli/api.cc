#include "cli/api.h"

#include "base/object_reader.h"
#include "base/text.h"
#include "server/node.h"

namespace gyre::cli {
namespace {

/// What is at the address may be anything.
base::Error NoGyre(const std::string& url, int status) {
  return base::Unavailable(
      fmt::format("what answered at {} (with status {}) is no Gyre server; check the address", url, status), url);
}

/// The error a response carries, in the form of Response::SetError; its code by its name.
base::Result<void> ErrorIn(const http::ClientResponse& response) {
  const auto json = TRY(base::ParseJson(response.body, "the server's answer"));
  const base::ObjectReader fields(json, "the server's answer");
  const base::ObjectReader details(*TRY(fields.Object("details")), "details");
  return base::Error(base::ParseErrorCode(TRY(fields.String("error_code"))), TRY(fields.String("message")),
                     details.String("name", "").value_or(""));
}

base::Error ErrorFrom(const http::ClientResponse& response, const std::string& url) {
  const auto json = base::ParseJson(response.body, "the server's answer");
  const bool ours = json && json->is_object() && json->contains("error_code");
  return ours ? ErrorIn(response).error() : NoGyre(url, response.status);
}

server::Settings QuietSettings() {
  server::Settings settings;
  settings.log_level = base::LogLevel::kError;
  settings.log_format = base::LogFormat::kText;
  return settings;
}

}  // namespace

Api::Api() = default;
Api::~Api() {
  client_.reset();
  if (node_) node_->Stop();
}

base::Result<std::unique_ptr<Api>> Api::Connect(const Invocation& invocation) {
  auto api = std::unique_ptr<Api>(new Api());
  api->base_url_ = invocation.Get("server");
  if (api->base_url_.empty()) {
    const std::filesystem::path folder = invocation.Get("home");
    const auto holder = TRY(server::Home::Holder(folder));
    if (holder && !holder->url.empty()) api->base_url_ = holder->url;
    if (api->base_url_.empty()) {
      api->home_ = folder;
      if (std::filesystem::exists(folder)) TRY(api->OpenHome());
      return api;
    }
  }
  return At(api->base_url_);
}

base::Result<void> Api::OpenHome() {
  auto home = server::Home::Acquire(home_);
  if (!home) return base::Unavailable(home.error().message(), home.error().name());
  node_ = TRY(server::Node::Open(std::move(*home), {.settings = QuietSettings(), .program = ProgramPath()}));
  client_ = std::make_unique<http::LocalClient>(node_->router());
  return base::Ok();
}

base::Result<std::unique_ptr<Api>> Api::At(const std::string& url) {
  auto api = std::unique_ptr<Api>(new Api());
  api->base_url_ = url;
  while (api->base_url_.ends_with('/')) api->base_url_.pop_back();
  api->client_ = TRY(http::Client::Make());
  return api;
}

base::Error Api::NoHome() const {
  return base::Unavailable(
      fmt::format(
          "there is no home at {} yet, so nothing to look at; name another with --home, or a server with --server",
          home_.string()),
      home_.string());
}

base::Result<Api::Link> Api::Open(bool makes_home) {
  if (client_ == nullptr && !makes_home) return NoHome();
  if (client_ == nullptr) TRY(OpenHome());
  return Link{*client_, base_url_};
}

base::Result<http::ClientResponse> Api::Send(http::ClientRequest request) {
  if (client_ == nullptr) {
    if (request.method == http::Method::kGet) return NoHome();
    TRY(OpenHome());
  }
  request.url = base_url_ + request.url;
  request.timeout = std::chrono::hours(1);
  auto response = TRY(client_->Send(request, base::Cancellation()));
  if (response.status >= 400) return ErrorFrom(response, base_url_);
  if (response.status >= 300) return NoGyre(base_url_, response.status);
  return response;
}

base::Result<base::Json> Api::SendForJson(http::ClientRequest request) {
  const auto response = TRY(Send(std::move(request)));
  auto json = base::ParseJson(response.body, "the server's answer", 256);
  if (!json) return NoGyre(base_url_, response.status);
  return json;
}

base::Result<base::Json> Api::Get(std::string_view path) {
  return SendForJson({.url = std::string(path)});
}

base::Result<base::Json> Api::Post(std::string_view path, const base::Json& body) {
  return PostText(path, base::DumpJson(body));
}

base::Result<base::Json> Api::PostText(std::string_view path, std::string body) {
  return SendForJson({.method = http::Method::kPost,
                      .url = std::string(path),
                      .headers = {{"Content-Type", "application/json"}},
                      .body = std::move(body)});
}

base::Result<base::Json> Api::Put(std::string_view path, const base::Json& body) {
  return SendForJson({.method = http::Method::kPut,
                      .url = std::string(path),
                      .headers = {{"Content-Type", "application/json"}},
                      .body = base::DumpJson(body)});
}

base::Result<base::Json> Api::Delete(std::string_view path) {
  return SendForJson({.method = http::Method::kDelete, .url = std::string(path)});
}

base::Result<base::Json> Api::Upload(std::string_view path, const std::filesystem::path& file) {
  return SendForJson({.method = http::Method::kPost,
                      .url = std::string(path),
                      .headers = {{"Content-Type", "application/octet-stream"}},
                      .body_file = file});
}

base::Result<std::string> Api::GetText(std::string_view path) {
  auto response = TRY(Send({.url = std::string(path)}));
  return std::move(response.body);
}

std::string Encode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '_' || c == '.' || c == '~';
    if (plain) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

std::filesystem::path ProgramPath() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error);
}

}  // namespace gyre::cli
