#include "http/internal/chunked_decoder.h"

namespace gyre::http::internal {
namespace {

/// Of extensions and trailer fields over a whole body: they mean nothing here.
constexpr uint32_t kMaxOverhead = 16 * 1024;
/// 60 bits: more than any limit on a body.
constexpr uint8_t kMaxDigits = 15;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool IsText(char c) {
  return static_cast<unsigned char>(c) >= 0x20 ? c != 0x7f : c == '\t';
}

}  // namespace

bool ChunkedDecoder::TakeSizeByte(char c) {
  if (const int digit = HexDigit(c); digit >= 0) {
    left_ = left_ * 16 + static_cast<uint64_t>(digit);
    return ++digits_ <= kMaxDigits;
  }
  if (digits_ == 0) return false;
  state_ = c == '\r' ? State::kSizeEnd : State::kExtension;
  return c == '\r' || c == ';' || c == ' ' || c == '\t';
}

/// One byte of the coding itself, outside of chunk data; false if it cannot stand there.
bool ChunkedDecoder::TakeByte(char c) {
  switch (state_) {
    case State::kSize:
      return TakeSizeByte(c);
    case State::kExtension:
      if (c == '\r') state_ = State::kSizeEnd;
      return ++overhead_ <= kMaxOverhead && (c == '\r' || IsText(c));
    case State::kSizeEnd:
      digits_ = 0;
      state_ = left_ > 0 ? State::kData : State::kTrailer;
      return c == '\n';
    case State::kDataCr:
      state_ = State::kDataLf;
      return c == '\r';
    case State::kDataLf:
      state_ = State::kSize;
      return c == '\n';
    case State::kTrailer:
      state_ = c == '\r' ? State::kLastLf : State::kTrailerLine;
      return ++overhead_ <= kMaxOverhead && (c == '\r' || IsText(c));
    case State::kTrailerLine:
      if (c == '\r') state_ = State::kTrailerLf;
      return ++overhead_ <= kMaxOverhead && (c == '\r' || IsText(c));
    case State::kTrailerLf:
      state_ = State::kTrailer;
      return c == '\n';
    case State::kLastLf:
      state_ = State::kDone;
      return c == '\n';
    case State::kData:
    case State::kDone:
      break;
  }
  return false;
}

std::optional<size_t> ChunkedDecoder::Decode(std::string_view bytes, size_t room, std::string& out) {
  size_t taken = 0;
  while (taken < bytes.size() && state_ != State::kDone) {
    if (state_ != State::kData) {
      if (!TakeByte(bytes[taken++])) return std::nullopt;
      continue;
    }
    const size_t piece = std::min({static_cast<size_t>(left_), bytes.size() - taken, room});
    if (piece == 0) break;
    out.append(bytes.substr(taken, piece));
    taken += piece;
    room -= piece;
    left_ -= piece;
    if (left_ == 0) state_ = State::kDataCr;
  }
  return taken;
}

}  // namespace gyre::http::internal
