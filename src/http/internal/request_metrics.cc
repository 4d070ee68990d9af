#include "http/internal/request_metrics.h"

namespace gyre::http::internal {
namespace {

constexpr std::array<std::string_view, kRejections> kReasons = {"malformed", "too_large", "timeout", "queue_full",
                                                                "connections"};

std::string RouteLabel(const Route* route) {
  return route != nullptr ? route->pattern : "unmatched";
}

}  // namespace

RequestMetrics::RequestMetrics(base::Metrics& metrics, const Router& router)
    : metrics_(metrics), router_(router), routes_(router.routes().size() + 1) {
  for (size_t i = 0; i < kRejections; ++i) {
    rejected_[i] =
        &metrics.GetCounter("gyre_http_rejected_total", "What the HTTP server itself turned away, by reason.",
                            {{"reason", std::string(kReasons[i])}});
  }
}

void RequestMetrics::Count(const Route* route, std::optional<Method> method, int status,
                           std::chrono::nanoseconds took) {
  const auto index = route != nullptr ? static_cast<size_t>(route - router_.routes().data()) : routes_.size() - 1;
  auto& figures = routes_[index];
  Find(figures, route, method, status).Add();
  if (figures.seconds == nullptr) {
    figures.seconds = &metrics_.GetHistogram("gyre_http_request_seconds",
                                             "From the arrival of a request's header to its answer, by route.",
                                             {{"route", RouteLabel(route)}});
  }
  figures.seconds->Observe(std::chrono::duration<double>(took).count());
}

base::Counter& RequestMetrics::Find(PerRoute& figures, const Route* route, std::optional<Method> method, int status) {
  const int key = status * 16 + (method ? static_cast<int>(*method) : 15);
  for (const auto& series : figures.series) {
    if (series.key == key) return *series.counter;
  }
  auto& counter = metrics_.GetCounter("gyre_http_requests_total", "Requests answered, by route, method and status.",
                                      {{"route", RouteLabel(route)},
                                       {"method", std::string(method ? MethodName(*method) : "unknown")},
                                       {"status", std::to_string(status)}});
  figures.series.push_back({key, &counter});
  return counter;
}

}  // namespace gyre::http::internal
