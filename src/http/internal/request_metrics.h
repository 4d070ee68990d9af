#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

#include "base/metrics.h"
#include "http/router.h"

namespace gyre::http::internal {

/// Why the server itself turned something away: the label of gyre_http_rejected_total.
enum class Rejection { kMalformed, kTooLarge, kTimeout, kQueueFull, kConnections };
inline constexpr size_t kRejections = 5;

/// One I/O thread's references to the figures of the HTTP server, found once per route, method and status so that
/// counting needs no look-up by name. One thread.
class RequestMetrics {
 public:
  RequestMetrics(base::Metrics& metrics, const Router& router);

  /// `route` null: "unmatched". `method` empty for a request that could not be read.
  void Count(const Route* route, std::optional<Method> method, int status, std::chrono::nanoseconds took);
  void Reject(Rejection reason) { rejected_[static_cast<size_t>(reason)]->Add(); }

 private:
  struct Series {
    int key = 0;  ///< status and method
    base::Counter* counter = nullptr;
  };
  struct PerRoute {
    base::Histogram* seconds = nullptr;
    std::vector<Series> series;
  };
  base::Counter& Find(PerRoute& figures, const Route* route, std::optional<Method> method, int status);

  base::Metrics& metrics_;
  const Router& router_;
  std::vector<PerRoute> routes_;  ///< the last one is "unmatched"
  std::array<base::Counter*, kRejections> rejected_;
};

}  // namespace gyre::http::internal
