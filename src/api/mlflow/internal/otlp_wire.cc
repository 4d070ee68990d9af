#include "api/mlflow/internal/otlp_wire.h"

#include <bit>
#include <cstring>

namespace gyre::api::mlflow::internal {
namespace {

constexpr unsigned kTypeBits = 3;
constexpr uint64_t kVarint = 0;
constexpr uint64_t kFixed64 = 1;
constexpr uint64_t kLength = 2;
constexpr uint64_t kFixed32 = 5;
constexpr uint64_t kMaxField = (uint64_t{1} << 29U) - 1;

}  // namespace

bool WireReader::TakeVarint(uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    if (rest_.empty()) return false;
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    if (shift < 64) value |= static_cast<uint64_t>(byte & 0x7fU) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

bool WireReader::TakeFixed(size_t size) {
  static_assert(std::endian::native == std::endian::little);
  if (rest_.size() < size) return false;
  number_ = 0;
  std::memcpy(&number_, rest_.data(), size);
  rest_.remove_prefix(size);
  return true;
}

bool WireReader::TakeBytes() {
  uint64_t size = 0;
  if (!TakeVarint(size) || size > rest_.size()) return false;
  bytes_ = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return true;
}

bool WireReader::Next() {
  if (rest_.empty() || broken_) return false;
  uint64_t tag = 0;
  if (!TakeVarint(tag)) return Fail();
  const uint64_t field = tag >> kTypeBits;
  if (field == 0 || field > kMaxField) return Fail();
  field_ = static_cast<uint32_t>(field);
  type_ = Type::kNumber;
  switch (tag & ((1U << kTypeBits) - 1)) {
    case kVarint:
      return TakeVarint(number_) || Fail();
    case kFixed64:
      return TakeFixed(sizeof(uint64_t)) || Fail();
    case kFixed32:
      return TakeFixed(sizeof(uint32_t)) || Fail();
    case kLength:
      type_ = Type::kBytes;
      return TakeBytes() || Fail();
    default:
      return Fail();
  }
}

}  // namespace gyre::api::mlflow::internal
