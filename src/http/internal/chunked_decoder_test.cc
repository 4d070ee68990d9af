#include "http/internal/chunked_decoder.h"

#include <gtest/gtest.h>

namespace gyre::http::internal {
namespace {

/// Decodes in pieces of `step` bytes; nothing if it is refused. `rest` is what follows the body.
std::optional<std::string> Decode(std::string_view bytes, size_t step, std::string* rest = nullptr) {
  ChunkedDecoder decoder;
  std::string body;
  while (!bytes.empty() && !decoder.done()) {
    const auto taken = decoder.Decode(bytes.substr(0, step), 1000, body);
    if (!taken) return std::nullopt;
    bytes.remove_prefix(*taken);
  }
  if (rest != nullptr) *rest = bytes;
  return decoder.done() ? std::optional(body) : "incomplete";
}

TEST(ChunkedDecoder, DecodesTheSameInWhateverPieces) {
  constexpr std::string_view kCoded =
      "4\r\nWiki\r\n6;name=\"v\"\r\npedia \r\nD \r\nin\r\n\r\nchunks.\r\n0\r\nX-Trailer: y\r\n\r\nNEXT";
  for (size_t step = 1; step <= kCoded.size(); ++step) {
    std::string rest;
    EXPECT_EQ(Decode(kCoded, step, &rest), "Wikipedia in\r\n\r\nchunks.") << step;
    EXPECT_EQ(rest, "NEXT") << step;
  }
}

TEST(ChunkedDecoder, TakesNoMoreThanThereIsRoomFor) {
  ChunkedDecoder decoder;
  std::string body;
  const std::string_view coded = "a\r\n0123456789\r\n0\r\n\r\n";
  EXPECT_EQ(decoder.Decode(coded, 4, body), 7u);
  EXPECT_EQ(body, "0123");
  EXPECT_EQ(decoder.Decode(coded.substr(7), 100, body), coded.size() - 7);
  EXPECT_EQ(body, "0123456789");
  EXPECT_TRUE(decoder.done());
}

TEST(ChunkedDecoder, RefusesWhatIsNotTheCoding) {
  const std::vector<std::string> broken = {"x\r\n",
                                           "\r\n",
                                           "-1\r\n",
                                           "0x4\r\nWiki\r\n",
                                           "4\nWiki\r\n",
                                           "4\r\nWikiX\r\n",
                                           "4\r\nWiki\n",
                                           "4\r\nWiki\rX",
                                           "4\rXWiki",
                                           "1111111111111111\r\n",
                                           "4;\x01\r\n",
                                           "4;a\nb\r\n",
                                           "0\r\n\rX",
                                           "0\r\nA: b\rX",
                                           "0\r\nA: b\n\r\n",
                                           "4;" + std::string(20'000, 'x') + "\r\n",
                                           "0\r\nA: " + std::string(20'000, 'x') + "\r\n\r\n"};
  for (const auto& bytes : broken) {
    EXPECT_EQ(Decode(bytes, bytes.size()), std::nullopt) << bytes.substr(0, 30);
    EXPECT_EQ(Decode(bytes, 1), std::nullopt) << bytes.substr(0, 30);
  }
}

}  // namespace
}  // namespace gyre::http::internal
