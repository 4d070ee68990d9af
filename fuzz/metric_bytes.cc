// Takes the input for a page token of a metric's history, for packed points and for a row of the journal. Nobody
// guesses a token; a place that was read is written as the same bytes; points that unpack are as many as they pack to
// again.
#include <cstdlib>

#include "base/text.h"
#include "target.h"
#include "tracking/internal/history_token.h"
#include "tracking/internal/metric_order.h"
#include "tracking/internal/metric_packing.h"

namespace gyre::fuzz {
namespace {

using namespace tracking::internal;
using Samples = std::vector<tracking::MetricSample>;

void Expect(bool holds, const char* what) {
  if (holds) return;
  fmt::print(stderr, "does not hold: {}\n", what);
  std::abort();
}

base::Result<void> CheckSamples(std::string_view bytes) {
  Samples samples;
  TRY(UnpackSamples(bytes, samples));
  Expect(samples.size() <= bytes.size(), "a point takes bytes");
  Samples again;
  Expect(UnpackSamples(PackSamples(samples), again).has_value(), "what was packed unpacks");
  Expect(again.size() == samples.size(), "no point is lost");
  for (size_t i = 0; i < samples.size(); ++i) Expect(IsSame(samples[i], again[i]), "no point is changed");
  return base::Ok();
}

}  // namespace

int FuzzOne(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const tracking::RunId run("0123456789abcdef0123456789abcdef");
  Expect(!ReadHistoryToken(bytes, run, "loss"), "nobody guesses a token");
  if (size == kPlaceBytes) {
    const auto sample = SampleAt(bytes);
    const auto read = ReadHistoryToken(HistoryToken(run, "loss", sample), run, "loss");
    Expect(read && IsSame(*read, sample), "a token leads to its place");
  }
  (void)CheckSamples(bytes);
  (void)ReadBatch(bytes, [](std::string_view, std::string_view packed) { return CheckSamples(packed); });
  return 0;
}

}  // namespace gyre::fuzz
