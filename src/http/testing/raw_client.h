#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.h"

namespace gyre::http::testing {

struct RawResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
};

/// A client that sends exactly the bytes it is told to, for tests of what no decent client would send. Aborts if it
/// cannot connect. Reads wait for five seconds at most.
class RawClient {
 public:
  explicit RawClient(uint16_t port, const std::string& host = "127.0.0.1");

  /// False if the connection is broken.
  bool Send(std::string_view bytes);
  void CloseSendingSide();
  void Reset();  ///< ends with an RST instead of a FIN

  /// The next response; nothing if the connection ended or stood still before one was complete. `for_head`: it answers
  /// a HEAD request.
  std::optional<RawResponse> Read(bool for_head = false);
  RawResponse Call(std::string_view bytes);  ///< Send and Read; status 0 if there was no response

  /// True once the server has closed its side, with nothing more sent.
  bool IsEnded();
  /// True if something arrives within the time.
  bool HearsWithin(std::chrono::milliseconds patience);
  int fd() const { return fd_.get(); }

 private:
  bool Fill();

  base::UniqueFd fd_;
  std::string unread_;
};

}  // namespace gyre::http::testing
