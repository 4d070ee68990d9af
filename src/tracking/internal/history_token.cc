#include "tracking/internal/history_token.h"

#include "base/hash.h"
#include "base/text.h"
#include "tracking/internal/checks.h"
#include "tracking/internal/metric_order.h"

namespace gyre::tracking::internal {
namespace {

constexpr size_t kMarkBytes = 8;

/// Tells histories apart, so that a token of another one is noticed.
std::string Mark(const RunId& run, std::string_view key) {
  const std::string text = fmt::format("{}\n{}", run.value(), key);
  const auto digest = base::Sha256Of(std::string_view(text));
  const auto& bytes = digest.bytes();
  return {bytes.begin(), bytes.begin() + kMarkBytes};
}

}  // namespace

std::string HistoryToken(const RunId& run, std::string_view key, const MetricSample& last) {
  const std::string bytes = Mark(run, key) + PlaceBytes(last);
  return base::HexEncode({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()});
}

base::Result<MetricSample> ReadHistoryToken(std::string_view token, const RunId& run, std::string_view key) {
  const auto bytes = base::HexDecode(token);
  if (!bytes || bytes->size() != kMarkBytes + kPlaceBytes || !bytes->starts_with(Mark(run, key))) {
    return base::InvalidArgument(
        fmt::format("Invalid page token {}: it is not one of this metric's history; start without a token",
                    Quoted(token)),
        "page_token");
  }
  return SampleAt(std::string_view(*bytes).substr(kMarkBytes));
}

}  // namespace gyre::tracking::internal
