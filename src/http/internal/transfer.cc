#include "http/internal/transfer.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "base/time.h"
#include "http/internal/public_address.h"
#include "http/internal/request_head.h"

namespace gyre::http::internal {
namespace {

constexpr std::chrono::milliseconds kConnectTimeout{10'000};
/// How soon a cancellation is noticed.
constexpr std::chrono::milliseconds kPollSlice{50};

/// "http://localhost:5000/x" -> "localhost".
std::string_view HostOf(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  auto host = url.substr(scheme + 3);
  host = host.substr(0, host.find_first_of("/?#"));
  if (const auto at = host.rfind('@'); at != std::string_view::npos) host.remove_prefix(at + 1);
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

bool IsThisMachine(std::string_view host) {
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

}  // namespace

base::Result<std::unique_ptr<Transfer>> Transfer::Make(std::shared_ptr<const Curl> curl) {
  std::unique_ptr<Transfer> transfer(new Transfer(std::move(curl)));
  transfer->easy_ = transfer->curl_->easy_init();
  transfer->multi_ = transfer->curl_->multi_init();
  if (transfer->easy_ == nullptr || transfer->multi_ == nullptr) return base::Internal("libcurl has no memory left");
  return transfer;
}

Transfer::~Transfer() {
  if (easy_ != nullptr) curl_->easy_cleanup(easy_);
  if (multi_ != nullptr) curl_->multi_cleanup(multi_);
  curl_->slist_free_all(header_list_);
}

bool Transfer::HandOver(std::string_view bytes) {
  auto taken = request_->on_body(bytes);
  if (!taken) refused_ = std::move(taken).error();
  return !refused_;
}

size_t Transfer::OnBody(char* data, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  if (transfer.request_->on_body) {
    long status = 0;
    transfer.curl_->easy_getinfo(transfer.easy_, CURLINFO_RESPONSE_CODE, &status);
    if (status / 100 == 2) return transfer.HandOver({data, size * count}) ? size * count : 0;
  }
  transfer.too_large_ = transfer.response_.body.size() + size * count > transfer.max_response_;
  if (transfer.too_large_) return 0;
  transfer.response_.body.append(data, size * count);
  return size * count;
}

size_t Transfer::OnHeader(char* data, size_t size, size_t count, void* self) {
  auto& response = static_cast<Transfer*>(self)->response_;
  const std::string_view line(data, size * count);
  if (line.starts_with("HTTP/")) {
    response.headers.clear();  // of an interim answer (100 Continue)
  } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
    response.headers[base::ToLower(line.substr(0, colon))] = base::Trim(line.substr(colon + 1));
  }
  return size * count;
}

size_t Transfer::OnRead(char* data, size_t size, size_t count, void* self) {
  const ssize_t got = read(static_cast<Transfer*>(self)->file_.get(), data, size * count);
  return got < 0 ? CURL_READFUNC_ABORT : static_cast<size_t>(got);
}

/// libcurl starts over if a kept connection turns out to be closed.
int Transfer::OnSeek(void* self, curl_off_t offset, int origin) {
  const bool fine = lseek(static_cast<Transfer*>(self)->file_.get(), offset, origin) >= 0;
  return fine ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

curl_socket_t Transfer::OnOpenSocket(void* self, curlsocktype, curl_sockaddr* address) {
  if (!IsPublicAddress(address->addr)) {
    static_cast<Transfer*>(self)->not_public_ = true;
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

base::Result<void> Transfer::PrepareHeaders(const ClientRequest& request) {
  curl_->slist_free_all(std::exchange(header_list_, nullptr));
  for (const auto& [name, value] : request.headers) {
    if (!IsToken(name) || !IsFieldValue(value)) {
      return base::InvalidArgument(fmt::format("the header '{}' has bytes that HTTP does not allow", name), name);
    }
    // A name and a semicolon is libcurl's way to send an empty value.
    const auto line = value.empty() ? name + ";" : fmt::format("{}: {}", name, value);
    header_list_ = curl_->slist_append(header_list_, line.c_str());
  }
  Set(CURLOPT_HTTPHEADER, header_list_);
  return base::Ok();
}

base::Result<void> Transfer::PrepareBody(const ClientRequest& request) {
  if (request.body_file.empty()) {
    const bool sends = !request.body.empty() || request.method == Method::kPost || request.method == Method::kPut ||
                       request.method == Method::kPatch;
    if (!sends) return base::Ok();
    Set(CURLOPT_POST, 1L);
    Set(CURLOPT_POSTFIELDS, request.body.data());
    Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    return base::Ok();
  }
  file_ = TRY(base::OpenForRead(request.body_file));
  struct stat info{};
  if (fstat(file_.get(), &info) != 0) return base::ErrnoError("cannot read", request.body_file.string());
  Set(CURLOPT_UPLOAD, 1L);
  Set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(info.st_size));
  Set(CURLOPT_READFUNCTION, &Transfer::OnRead);
  Set(CURLOPT_READDATA, this);
  Set(CURLOPT_SEEKFUNCTION, &Transfer::OnSeek);
  Set(CURLOPT_SEEKDATA, this);
  return base::Ok();
}

base::Result<void> Transfer::Prepare(const ClientRequest& request) {
  curl_->easy_reset(easy_);
  response_ = {};
  too_large_ = not_public_ = false;
  request_ = &request;
  refused_.reset();
  max_response_ = request.max_response;
  Set(CURLOPT_URL, request.url.c_str());
  Set(CURLOPT_PROTOCOLS_STR, "http,https");
  Set(CURLOPT_NOSIGNAL, 1L);
  Set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min(kConnectTimeout, request.timeout).count()));
  if (request.public_only || IsThisMachine(HostOf(request.url))) Set(CURLOPT_PROXY, "");
  if (request.public_only) {
    Set(CURLOPT_OPENSOCKETFUNCTION, &Transfer::OnOpenSocket);
    Set(CURLOPT_OPENSOCKETDATA, this);
  }
  Set(CURLOPT_WRITEFUNCTION, &Transfer::OnBody);
  Set(CURLOPT_WRITEDATA, this);
  Set(CURLOPT_HEADERFUNCTION, &Transfer::OnHeader);
  Set(CURLOPT_HEADERDATA, this);
  TRY(PrepareBody(request));
  TRY(PrepareHeaders(request));
  if (request.method == Method::kHead) Set(CURLOPT_NOBODY, 1L);
  Set(CURLOPT_CUSTOMREQUEST, MethodName(request.method).data());
  return base::Ok();
}

base::Result<CURLcode> Transfer::Run(const base::Cancellation& cancel) {
  int running = 1;
  while (running > 0) {
    if (curl_->multi_perform(multi_, &running) != CURLM_OK) return base::Internal("libcurl's transfer failed");
    if (running == 0) break;
    TRY(cancel.Check());
    curl_->multi_poll(multi_, nullptr, 0, static_cast<int>(kPollSlice.count()), nullptr);
  }
  int left = 0;
  const CURLMsg* message = curl_->multi_info_read(multi_, &left);
  if (message == nullptr) return base::Internal("libcurl ended a transfer without a result");
  return message->data.result;
}

base::Error Transfer::ErrorOf(CURLcode code, const ClientRequest& request) const {
  const auto why = curl_->easy_strerror(code);
  const auto host = std::string(HostOf(request.url));
  if (not_public_) {
    return base::Error(base::ErrorCode::kPermissionDenied,
                       fmt::format("{} is at an address that is not public; requests may not go there", host), host);
  }
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return base::InvalidArgument(fmt::format("'{}' is not an http or https URL", request.url), "url");
    case CURLE_OPERATION_TIMEDOUT:
      return base::Error(base::ErrorCode::kDeadlineExceeded,
                         fmt::format("{} did not answer within {}", request.url,
                                     base::FormatDuration(std::chrono::microseconds(request.timeout))),
                         host);
    case CURLE_WRITE_ERROR:
      if (!too_large_) break;
      return base::TooLarge(fmt::format("the answer of {} is over the limit of {} bytes", request.url, max_response_),
                            "answer");
    default:
      break;
  }
  return base::Unavailable(fmt::format("cannot reach {}: {}; check that the server runs", request.url, why), host);
}

base::Result<ClientResponse> Transfer::Perform(const ClientRequest& request, const base::Cancellation& cancel) {
  TRY(Prepare(request));
  const auto deadline = std::chrono::steady_clock::now() + request.timeout;
  curl_->multi_add_handle(multi_, easy_);
  auto result = Run(cancel.WithDeadline(deadline));
  curl_->multi_remove_handle(multi_, easy_);
  file_.Reset();
  if (!result && result.error().code() != base::ErrorCode::kDeadlineExceeded) return result.error();
  if (refused_) return *std::move(refused_);
  const CURLcode code = result ? *result : CURLE_OPERATION_TIMEDOUT;
  if (code != CURLE_OK) return ErrorOf(code, request);
  long status = 0;
  curl_->easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  response_.status = static_cast<int>(status);
  return std::move(response_);
}

}  // namespace gyre::http::internal
