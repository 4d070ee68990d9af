#include "http/internal/response_head.h"

#include <gtest/gtest.h>

namespace gyre::http::internal {
namespace {

const HeadFacts kFacts = {.date_line = "Date: D\r\n", .request_id = "id-1", .content_length = 5};

TEST(ResponseHead, IsTheExactBytes) {
  Response response;
  response.headers.emplace_back("Retry-After", "1");
  std::string out;
  EXPECT_EQ(AppendResponseHead(response, kFacts, out), "");
  EXPECT_EQ(out,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5\r\nDate: D\r\n"
            "X-Request-Id: id-1\r\nRetry-After: 1\r\n\r\n");
}

TEST(ResponseHead, SaysWhenTheConnectionEndsOrStays) {
  Response response;
  response.status = 418;
  response.content_type = {};
  auto facts = kFacts;
  facts.keep_alive = false;
  std::string out;
  AppendResponseHead(response, facts, out);
  EXPECT_EQ(out,
            "HTTP/1.1 418 Unknown\r\nContent-Length: 5\r\nDate: D\r\nX-Request-Id: id-1\r\nConnection: close\r\n\r\n");
  facts.keep_alive = true;
  facts.minor_version = 0;
  out.clear();
  AppendResponseHead(response, facts, out);
  EXPECT_NE(out.find("Connection: keep-alive\r\n"), std::string::npos);
}

TEST(ResponseHead, HasNoLengthWhereThereIsNoBody) {
  Response response;
  response.status = 204;
  std::string out;
  AppendResponseHead(response, kFacts, out);
  EXPECT_EQ(out, "HTTP/1.1 204 No Content\r\nDate: D\r\nX-Request-Id: id-1\r\n\r\n");
}

TEST(ResponseHead, LeavesOutWhatWouldSplitTheResponse) {
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"X-Evil", "a\r\nSet-Cookie: b"}, {"X Evil", "a"},         {"", "a"},
      {"X-Nul", std::string("\0", 1)},  {"Content-Length", "7"}, {"TRANSFER-encoding", "chunked"},
      {"connection", "close"}};
  for (const auto& field : bad) {
    Response response;
    response.headers = {{"A", "b"}, field};
    std::string out;
    EXPECT_EQ(AppendResponseHead(response, kFacts, out), field.first);
    EXPECT_TRUE(out.ends_with("\r\nA: b\r\n\r\n")) << out;
  }
}

TEST(DateLine, IsTheFormatOfRfc9110AndFollowsTheClock) {
  DateLine date;
  EXPECT_EQ(date.At(base::ParseTimestamp("1994-11-06T08:49:37Z").value()), "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  EXPECT_EQ(date.At(base::ParseTimestamp("1994-11-06T08:49:37.9Z").value()), "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  EXPECT_EQ(date.At(base::ParseTimestamp("2024-02-29T00:00:00Z").value()), "Date: Thu, 29 Feb 2024 00:00:00 GMT\r\n");
}

}  // namespace
}  // namespace gyre::http::internal
