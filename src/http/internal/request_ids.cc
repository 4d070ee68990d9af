#include "http/internal/request_ids.h"

#include "base/text.h"

namespace gyre::http::internal {

RequestIds::RequestIds(base::Entropy& entropy) {
  std::array<unsigned char, 8> random{};
  entropy.Fill(random);
  std::ranges::copy(base::HexEncode(random), prefix_.begin());
}

void RequestIds::Next(std::string& out) {
  static constexpr char kDigits[] = "0123456789abcdef";
  ++count_;
  out.assign(prefix_.data(), prefix_.size());
  for (int shift = 60; shift >= 0; shift -= 4) out += kDigits[(count_ >> shift) & 15];
}

bool IsSaneRequestId(std::string_view id) {
  if (id.empty() || id.size() > 128) return false;
  return std::ranges::all_of(id, [](char c) {
    const bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return alnum || std::string_view("._:/+=@-").find(c) != std::string_view::npos;
  });
}

}  // namespace gyre::http::internal
