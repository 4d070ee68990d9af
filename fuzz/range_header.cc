// Takes the first two bytes for the size of a file and the rest for a Range header: what is answered must be a part of
// the file.
#include <cstdlib>

#include "http/file_response.h"
#include "target.h"

namespace gyre::fuzz {

int FuzzOne(const uint8_t* bytes, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  if (input.size() < 2) return 0;
  const auto byte = [&](size_t i) { return static_cast<uint64_t>(static_cast<unsigned char>(input[i])); };
  const uint64_t length_of_file = byte(0) * 256 + byte(1);
  const auto range = http::ParseRange(input.substr(2), length_of_file);
  if (!range || !*range) return 0;
  const auto [first, length] = **range;
  if (length == 0 || first >= length_of_file || length > length_of_file - first) {
    fmt::print(stderr, "{} bytes from {} of {}\n", length, first, length_of_file);
    std::abort();
  }
  return 0;
}

}  // namespace gyre::fuzz
