#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gyre::http::internal {

/// Undoes chunked transfer coding (RFC 9112, 7.1) piece by piece. Extensions and trailer fields are read over, within a
/// limit. Lines must end with CR LF.
class ChunkedDecoder {
 public:
  /// Takes as much of `bytes` as belongs to the body, appends what it carries to `out`, but not more than `room` bytes,
  /// and returns how much it took; nothing if the coding is broken. Call again with the rest.
  std::optional<size_t> Decode(std::string_view bytes, size_t room, std::string& out);
  bool done() const { return state_ == State::kDone; }
  void Reset() { *this = ChunkedDecoder(); }

 private:
  enum class State : uint8_t {
    kSize,
    kExtension,
    kSizeEnd,
    kData,
    kDataCr,
    kDataLf,
    kTrailer,
    kTrailerLine,
    kTrailerLf,
    kLastLf,
    kDone
  };
  bool TakeByte(char c);
  bool TakeSizeByte(char c);

  State state_ = State::kSize;
  uint8_t digits_ = 0;
  uint32_t overhead_ = 0;  ///< bytes of extensions and trailer so far
  uint64_t left_ = 0;      ///< bytes of the chunk that are still to come
};

}  // namespace gyre::http::internal
