#include "api/mlflow/internal/otlp_body.h"

#include <algorithm>
#include <array>
#include <zlib.h>

#include "base/text.h"

namespace gyre::api::mlflow::internal {
namespace {

constexpr int kWindow = 15;
constexpr int kGzip = kWindow + 16;
constexpr int kRaw = -kWindow;

class Inflater {
 public:
  explicit Inflater(int window) { ready_ = inflateInit2(&stream_, window) == Z_OK; }
  ~Inflater() {
    if (ready_) inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  base::Result<std::string> Run(std::string_view body, size_t limit) {
    const auto broken = base::InvalidArgument("Failed to decompress the payload: it is cut short or damaged");
    if (!ready_) return base::Internal("zlib cannot start");
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
    stream_.avail_in = static_cast<uInt>(body.size());
    std::string out;
    std::array<char, 64 * 1024> piece;
    while (true) {
      stream_.next_out = reinterpret_cast<Bytef*>(piece.data());
      stream_.avail_out = piece.size();
      const int status = inflate(&stream_, Z_NO_FLUSH);
      out.append(piece.data(), piece.size() - stream_.avail_out);
      if (out.size() > limit) {
        return base::TooLarge(fmt::format("the payload is more than {} when decompressed; send smaller batches",
                                          base::FormatBytes(limit)));
      }
      if (status == Z_STREAM_END) {
        if (stream_.avail_in == 0) return out;
        // Several members one after the other are one payload.
        if (inflateReset(&stream_) != Z_OK) return broken;
      } else if (status != Z_OK || (stream_.avail_in == 0 && stream_.avail_out != 0)) {
        return broken;
      }
    }
  }

 private:
  z_stream stream_{};
  bool ready_ = false;
};

}  // namespace

base::Result<std::string> Decompress(std::string_view body, std::string_view encoding, size_t limit) {
  if (base::EqualsIgnoreCase(encoding, "gzip")) return Inflater(kGzip).Run(body, limit);
  if (!base::EqualsIgnoreCase(encoding, "deflate")) {
    return base::InvalidArgument(fmt::format("Unsupported Content-Encoding: {}; send gzip, deflate or none", encoding),
                                 "Content-Encoding");
  }
  auto framed = Inflater(kWindow).Run(body, limit);
  if (framed || framed.error().code() == base::ErrorCode::kTooLarge) return framed;
  return Inflater(kRaw).Run(body, limit);
}

}  // namespace gyre::api::mlflow::internal
