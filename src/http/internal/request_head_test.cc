#include "http/internal/request_head.h"

#include <gtest/gtest.h>

namespace gyre::http::internal {
namespace {

constexpr std::string_view kFull =
    "POST /a/b?c=d HTTP/1.1\r\nHost: example\r\nContent-Type:application/json \t\r\nX-Empty:\r\n"
    "content-LENGTH: 12\r\nConnection: Keep-Alive, close\r\nExpect: 100-Continue\r\n\r\n";

TEST(RequestHead, ReadsLineFieldsAndFraming) {
  RequestHead head;
  const auto bytes = std::string(kFull) + "body";
  EXPECT_EQ(ParseRequestHead(bytes, {}, head).value(), kFull.size());
  EXPECT_EQ(head.method, Method::kPost);
  EXPECT_EQ(head.target, "/a/b?c=d");
  EXPECT_EQ(head.Find("content-type"), "application/json");
  EXPECT_EQ(head.Find("X-EMPTY"), "");
  EXPECT_EQ(head.Find("missing"), "");
  EXPECT_EQ(head.content_length, 12u);
  EXPECT_FALSE(head.keep_alive);
  EXPECT_TRUE(head.expects_continue);
  EXPECT_FALSE(head.chunked);
}

TEST(RequestHead, IsIncompleteAtEveryShorterLength) {
  RequestHead head;
  for (size_t n = 0; n < kFull.size(); ++n) {
    const auto size = ParseRequestHead(kFull.substr(0, n), {}, head);
    ASSERT_TRUE(size) << n << ": " << size.error().error.message();
    EXPECT_EQ(*size, 0u) << n;
  }
}

TEST(RequestHead, KeepsConnectionsByVersionAndWish) {
  const auto keeps = [](std::string_view line, std::string_view fields) {
    RequestHead head;
    EXPECT_TRUE(ParseRequestHead(fmt::format("GET / {}\r\nHost: x\r\n{}\r\n", line, fields), {}, head).value() > 0);
    return head.keep_alive;
  };
  EXPECT_TRUE(keeps("HTTP/1.1", ""));
  EXPECT_FALSE(keeps("HTTP/1.1", "Connection: close\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.0", ""));
  EXPECT_TRUE(keeps("HTTP/1.0", "Connection: keep-alive\r\n"));
  EXPECT_TRUE(keeps("HTTP/1.9", ""));
}

TEST(RequestHead, SkipsEmptyLinesBeforeTheRequest) {
  RequestHead head;
  EXPECT_EQ(ParseRequestHead("\r\n\r\nGET / HTTP/1.0\r\n\r\n", {}, head).value(), 22u);
  EXPECT_EQ(head.target, "/");
}

struct Malformed {
  std::string bytes;
  int status;
  std::string message;  ///< part of it
};

class RequestHeadMalformed : public ::testing::TestWithParam<Malformed> {};

TEST_P(RequestHeadMalformed, IsRefusedWithAReason) {
  RequestHead head;
  const auto size = ParseRequestHead(GetParam().bytes, {}, head);
  ASSERT_FALSE(size) << *size;
  EXPECT_EQ(size.error().status, GetParam().status);
  EXPECT_NE(size.error().error.message().find(GetParam().message), std::string::npos) << size.error().error.message();
}

std::string WithField(std::string_view field) {
  return fmt::format("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n\r\n", field);
}

INSTANTIATE_TEST_SUITE_P(
    All, RequestHeadMalformed,
    ::testing::Values(
        Malformed{"\x16\x03\x01\x02", 400, "not an HTTP request"}, Malformed{" GET / HTTP/1.1\r\n", 400, "method"},
        Malformed{"GE\tT / HTTP/1.1\r\n", 400, "method"}, Malformed{std::string(40, 'A'), 400, "too long"},
        Malformed{"BREW / HTTP/1.1\r\n", 501, "BREW"}, Malformed{"get / HTTP/1.1\r\n", 501, "get"},
        Malformed{"GET  / HTTP/1.1\r\n", 400, "target"}, Malformed{"GET / a HTTP/1.1\r\n", 400, "HTTP/1.1"},
        Malformed{"GET /\xc3\xa9 HTTP/1.1\r\n", 400, "percent-encode"},
        Malformed{std::string("GET /\0 HTTP/1.1\r\n", 17), 400, "target"}, Malformed{"GET /\r\n", 400, "target"},
        Malformed{"GET /" + std::string(9000, 'a') + " HTTP/1.1\r\n", 414, "8192"},
        Malformed{"GET / HTTP/2.0\r\n", 505, "HTTP/1.1"}, Malformed{"GET / http/1.1\r\n", 400, "HTTP/1.1"},
        Malformed{"GET / HTTP/1.x\r\n", 400, "HTTP/1.1"}, Malformed{"GET / HTTP/1.1 \r\n", 400, "not allowed"},
        Malformed{"GET / HTTP/1.1\nHost: x\n\n", 400, "LF alone"}, Malformed{"GET / HTTP/1.1\rX", 400, "CR without LF"},
        Malformed{"GET / HTTP/1.1\r\nHost: x\n\r\n", 400, "LF alone"},
        Malformed{"GET / HTTP/1.1\r\nHost: x\r\n\n", 400, "LF alone"},
        Malformed{WithField("A: b\r\n folded"), 400, "folded"}, Malformed{WithField("A : b"), 400, "colon"},
        Malformed{WithField(": b"), 400, "colon"}, Malformed{WithField("A b"), 400, "colon"},
        Malformed{WithField("A\x80: b"), 400, "colon"}, Malformed{WithField("A: b\x01"), 400, "not allowed"},
        Malformed{WithField("A: b\rc"), 400, "CR without LF"}, Malformed{WithField("A: \x7f"), 400, "not allowed"},
        Malformed{WithField(std::string("A: b\0c", 6)), 400, "not allowed"},
        Malformed{WithField("Host: y"), 400, "Host was sent twice"},
        Malformed{"GET / HTTP/1.1\r\n\r\n", 400, "need a Host"},
        Malformed{WithField("Content-Length: 1\r\nContent-Length: 1"), 400, "twice"},
        Malformed{WithField("Content-Length: 1, 1"), 400, "digits"},
        Malformed{WithField("Content-Length: -1"), 400, "digits"},
        Malformed{WithField("Content-Length: +1"), 400, "digits"},
        Malformed{WithField("Content-Length: 0x1"), 400, "digits"},
        Malformed{WithField("Content-Length:"), 400, "not a number"},
        Malformed{WithField("Content-Length: 1111111111111111111"), 400, "not a number"},
        Malformed{WithField("Content-Length: 3\r\nTransfer-Encoding: chunked"), 400, "exclude"},
        Malformed{WithField("Transfer-Encoding: chunked\r\nContent-Length: 3"), 400, "exclude"},
        Malformed{WithField("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), 400, "twice"},
        Malformed{WithField("Transfer-Encoding: gzip, chunked"), 501, "chunked"},
        Malformed{WithField("Transfer-Encoding: xchunked"), 501, "chunked"},
        Malformed{"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "HTTP/1.0"},
        Malformed{WithField("Expect: a miracle"), 417, "100-continue"}));

TEST(RequestHead, LimitsBytesAndLines) {
  RequestHead head;
  const auto refused = [&](const std::string& bytes) {
    const auto size = ParseRequestHead(bytes, {.bytes = 4096}, head);
    return size ? 0 : size.error().status;
  };
  const std::string start = "GET / HTTP/1.0\r\n";
  EXPECT_EQ(refused(start + "A: " + std::string(4000, 'a') + "\r\n\r\n"), 0);
  EXPECT_EQ(refused(start + "A: " + std::string(4100, 'a') + "\r\n\r\n"), 431);
  EXPECT_EQ(refused(start + "A: " + std::string(4100, 'a')), 431);
  std::string many = start;
  for (size_t i = 0; i < kMaxHeaderFields; ++i) many += "A: b\r\n";
  EXPECT_EQ(refused(many + "\r\n"), 0);
  EXPECT_EQ(refused(many + "A: b\r\n\r\n"), 431);
}

TEST(ListHas, FindsWholeWordsInAnyCase) {
  EXPECT_TRUE(ListHas("Close", "close"));
  EXPECT_TRUE(ListHas("a ,\tCLOSE , b", "close"));
  EXPECT_FALSE(ListHas("closed, xclose", "close"));
  EXPECT_FALSE(ListHas("", "close"));
}

}  // namespace
}  // namespace gyre::http::internal
