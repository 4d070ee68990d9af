#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "http/message.h"

namespace gyre::http::internal {

/// "Date: Tue, 25 Nov 2025 01:33:00 GMT\r\n", made anew once a second. One thread.
class DateLine {
 public:
  std::string_view At(base::Timestamp now);

 private:
  std::chrono::sys_seconds second_{};
  std::string text_;
};

struct HeadFacts {
  std::string_view date_line;
  std::string_view request_id;
  uint64_t content_length = 0;
  bool keep_alive = true;
  int minor_version = 1;  ///< of the request
};

/// Appends status line and header fields. Fields of the response that are the server's to set or that HTTP does not
/// allow are left out; the name of the last such is returned, empty if there is none.
std::string_view AppendResponseHead(const Response& response, const HeadFacts& facts, std::string& out);

/// True for a status that never has a body: 1xx, 204, 304.
bool IsBodiless(int status);

}  // namespace gyre::http::internal
