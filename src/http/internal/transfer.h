#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "base/file.h"
#include "http/client.h"
#include "http/internal/curl.h"

namespace gyre::http::internal {

/// One request at a time over connections that it keeps for the next. One thread at a time.
class Transfer {
 public:
  static base::Result<std::unique_ptr<Transfer>> Make(std::shared_ptr<const Curl> curl);
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  base::Result<ClientResponse> Perform(const ClientRequest& request, const base::Cancellation& cancel);

 private:
  explicit Transfer(std::shared_ptr<const Curl> curl) : curl_(std::move(curl)) {}

  template <class Value>
  void Set(CURLoption option, Value value) {
    curl_->easy_setopt(easy_, option, value);
  }
  base::Result<void> Prepare(const ClientRequest& request);
  base::Result<void> PrepareBody(const ClientRequest& request);
  base::Result<void> PrepareHeaders(const ClientRequest& request);
  base::Result<CURLcode> Run(const base::Cancellation& cancel);
  /// False if the request's on_body has had enough.
  bool HandOver(std::string_view bytes);
  base::Error ErrorOf(CURLcode code, const ClientRequest& request) const;

  static size_t OnBody(char* data, size_t size, size_t count, void* self);
  static size_t OnHeader(char* data, size_t size, size_t count, void* self);
  static size_t OnRead(char* data, size_t size, size_t count, void* self);
  static int OnSeek(void* self, curl_off_t offset, int origin);
  static curl_socket_t OnOpenSocket(void* self, curlsocktype purpose, curl_sockaddr* address);

  const std::shared_ptr<const Curl> curl_;
  CURL* easy_ = nullptr;
  CURLM* multi_ = nullptr;
  curl_slist* header_list_ = nullptr;
  base::UniqueFd file_;
  ClientResponse response_;
  const ClientRequest* request_ = nullptr;  ///< while it is performed
  std::optional<base::Error> refused_;      ///< by its on_body
  uint64_t max_response_ = 0;
  bool too_large_ = false;
  bool not_public_ = false;
};

}  // namespace gyre::http::internal
