#include "tracking/internal/metric_order.h"

#include <bit>
#include <limits>

namespace gyre::tracking::internal {
namespace {

constexpr uint64_t kSign = uint64_t{1} << 63;

void AppendBigEndian(std::string& bytes, uint64_t word) {
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(word >> shift);
}

uint64_t ReadBigEndian(std::string_view bytes) {
  uint64_t word = 0;
  for (size_t i = 0; i < 8; ++i) word = word << 8 | static_cast<unsigned char>(bytes[i]);
  return word;
}

/// Bits that order as the numbers do: of negative ones the greater has the smaller bits.
uint64_t OrderedBits(double value) {
  const auto bits = std::bit_cast<uint64_t>(value);
  return (bits & kSign) != 0 ? ~bits : bits | kSign;
}

double FromOrderedBits(uint64_t bits) {
  return std::bit_cast<double>((bits & kSign) != 0 ? bits & ~kSign : ~bits);
}

}  // namespace

std::string PlaceBytes(const MetricSample& sample) {
  std::string bytes;
  bytes.reserve(kPlaceBytes);
  AppendBigEndian(bytes, static_cast<uint64_t>(base::ToMicros(sample.time)) ^ kSign);
  AppendBigEndian(bytes, static_cast<uint64_t>(sample.step) ^ kSign);
  AppendBigEndian(bytes, OrderedBits(RankOf(sample.value)));
  bytes += std::isnan(sample.value) ? '\1' : '\0';
  return bytes;
}

MetricSample SampleAt(std::string_view bytes) {
  const double rank = FromOrderedBits(ReadBigEndian(bytes.substr(16)));
  return {.value = bytes[24] == '\0' ? rank : std::numeric_limits<double>::quiet_NaN(),
          .time = base::FromMicros(static_cast<int64_t>(ReadBigEndian(bytes) ^ kSign)),
          .step = static_cast<int64_t>(ReadBigEndian(bytes.substr(8)) ^ kSign)};
}

}  // namespace gyre::tracking::internal
