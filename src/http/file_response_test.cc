#include "http/file_response.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "http/client.h"
#include "http/testing/test_server.h"

namespace gyre::http {
namespace {

using testing::TestServer;

std::string RangeText(std::string_view header, uint64_t size) {
  const auto range = ParseRange(header, size);
  if (!range) return "none";
  return *range ? fmt::format("{}+{}", (*range)->first, (*range)->length) : "whole";
}

TEST(ParseRange, ReadsTheFormsOfOneRange) {
  EXPECT_EQ(RangeText("bytes=0-0", 10), "0+1");
  EXPECT_EQ(RangeText("bytes=2-5", 10), "2+4");
  EXPECT_EQ(RangeText("bytes=2-", 10), "2+8");
  EXPECT_EQ(RangeText("bytes=-3", 10), "7+3");
  EXPECT_EQ(RangeText("Bytes = 9-9", 10), "9+1");
}

TEST(ParseRange, CutsWhatGoesBeyondTheEnd) {
  EXPECT_EQ(RangeText("bytes=8-100", 10), "8+2");
  EXPECT_EQ(RangeText("bytes=-100", 10), "0+10");
  EXPECT_EQ(RangeText("bytes=8-99999999999999999999999", 10), "8+2");
  EXPECT_EQ(RangeText("bytes=-99999999999999999999999", 10), "0+10");
}

TEST(ParseRange, SaysSoIfNoByteIsInIt) {
  for (const auto* range : {"bytes=10-", "bytes=10-20", "bytes=99999999999999999999999-", "bytes=-0"}) {
    EXPECT_EQ(RangeText(range, 10), "none") << range;
  }
  EXPECT_EQ(RangeText("bytes=0-", 0), "none");
  EXPECT_EQ(RangeText("bytes=-1", 0), "none");
}

TEST(ParseRange, IgnoresWhatItDoesNotKnow) {
  for (const auto* range : {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-2", "bytes=0-1,3-4", "lines=0-1",
                            "bytes=+1-2", "bytes=1--2", "bytes= 1 - 2", "bytes=1-2x", "=0-1"}) {
    EXPECT_EQ(RangeText(range, 10), "whole") << range;
  }
}

class SendFileTest : public ::testing::Test {
 protected:
  SendFileTest() {
    EXPECT_TRUE(base::WriteFileAtomic(path_, content_));
    server_.router.Add({.pattern = "/file", .handler = [this](const Request& request, Response& response) {
                          Response::FileBody file{
                              .fd = base::OpenForRead(path_).value(), .offset = 0, .length = content_.size()};
                          file.check = check_;
                          SendFile(request, response, std::move(file), "\"v1\"");
                        }});
  }

  testing::RawResponse Get(std::string_view headers, std::string_view method = "GET") {
    auto client = server_.Connect();
    client.Send(fmt::format("{} /file HTTP/1.1\r\nHost: x\r\n{}\r\n", method, headers));
    return client.Read(method == "HEAD").value_or(testing::RawResponse{});
  }

  base::TempFolder folder_ = base::TempFolder::Make(std::filesystem::temp_directory_path(), "send_file").value();
  std::filesystem::path path_ = folder_.path() / "f";
  std::string content_ = "0123456789";
  std::function<base::Result<void>(const base::Cancellation&)> check_;
  TestServer server_;
};

TEST_F(SendFileTest, SendsTheWholeOrTheWantedPart) {
  server_.Start();
  const auto whole = Get("");
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.body, content_);
  EXPECT_EQ(whole.headers.at("accept-ranges"), "bytes");
  EXPECT_EQ(whole.headers.at("etag"), "\"v1\"");
  const auto part = Get("Range: bytes=3-5\r\n");
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "345");
  EXPECT_EQ(part.headers.at("content-range"), "bytes 3-5/10");
  EXPECT_EQ(part.headers.at("content-length"), "3");
}

TEST_F(SendFileTest, SaysHowLongTheFileIsIfNothingOfItIsWanted) {
  server_.Start();
  const auto answer = Get("Range: bytes=10-\r\n");
  EXPECT_EQ(answer.status, 416);
  EXPECT_EQ(answer.headers.at("content-range"), "bytes */10");
}

TEST_F(SendFileTest, ConditionsDecide) {
  server_.Start();
  EXPECT_EQ(Get("Range: bytes=3-5\r\nIf-Range: \"v1\"\r\n").status, 206);
  EXPECT_EQ(Get("Range: bytes=3-5\r\nIf-Range: \"v0\"\r\n").body, content_);
  EXPECT_EQ(Get("If-None-Match: \"v0\", W/\"v1\"\r\n").status, 304);
  EXPECT_EQ(Get("If-None-Match: *\r\n").status, 304);
  EXPECT_EQ(Get("If-None-Match: \"v0\"\r\n").status, 200);
}

TEST_F(SendFileTest, HeadHasTheLengthAndNoRange) {
  server_.Start();
  const auto head = Get("Range: bytes=3-5\r\n", "HEAD");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-length"), "10");
}

TEST_F(SendFileTest, TheEndOfAFileWaitsForItsCheck) {
  content_ = std::string(3'000'000, 'x');
  ASSERT_TRUE(base::WriteFileAtomic(path_, content_));
  std::atomic<bool> go = false;
  check_ = [&](const base::Cancellation&) -> base::Result<void> {
    while (!go) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return base::Ok();
  };
  server_.Start();
  auto client = server_.Connect();
  client.Send(testing::Get("/file") + testing::Get("/file"));
  std::string got;
  std::string piece(1 << 16, '\0');
  while (got.size() < content_.size() - 64 * 1024) {
    const ssize_t n = recv(client.fd(), piece.data(), piece.size(), 0);
    ASSERT_GT(n, 0);
    got.append(piece, 0, static_cast<size_t>(n));
  }
  EXPECT_LT(got.size(), content_.size());
  EXPECT_FALSE(client.HearsWithin(std::chrono::milliseconds(50)) && got.size() >= content_.size());
  go = true;
  size_t total = got.size();
  while (total < 2 * content_.size()) {
    const ssize_t n = recv(client.fd(), piece.data(), piece.size(), 0);
    ASSERT_GT(n, 0);
    total += static_cast<size_t>(n);
  }
}

TEST_F(SendFileTest, AFileThatFailsItsCheckIsNeverSentWhole) {
  check_ = [](const base::Cancellation&) -> base::Result<void> { return base::Corrupt("damaged"); };
  server_.Start();
  for (const size_t size : {10UL, 5'000'000UL}) {
    content_ = std::string(size, 'x');
    ASSERT_TRUE(base::WriteFileAtomic(path_, content_));
    auto client = server_.Connect();
    client.Send(testing::Get("/file"));
    EXPECT_FALSE(client.Read().has_value()) << size;
  }
}

TEST_F(SendFileTest, ACheckIsToldWhenTheClientGoes) {
  std::atomic<bool> told = false;
  check_ = [&](const base::Cancellation& cancel) -> base::Result<void> {
    while (!cancel.requested()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    told = true;
    return cancel.Check();
  };
  server_.Start();
  {
    auto client = server_.Connect();
    client.Send(testing::Get("/file"));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    client.Reset();
  }
  for (int i = 0; i < 500 && !told; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_TRUE(told);
}

TEST_F(SendFileTest, ChecksThatFindNoThreadAreRefusedBeforeAnythingIsSent) {
  std::atomic<bool> go = false;
  check_ = [&](const base::Cancellation& cancel) -> base::Result<void> {
    while (!go && !cancel.requested()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return base::Ok();
  };
  server_.Start();
  std::vector<testing::RawClient> clients;
  int refused = 0;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(server_.Connect());
    clients.back().Send(testing::Get("/file"));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  go = true;
  for (auto& client : clients) refused += client.Read()->status == 503 ? 1 : 0;
  EXPECT_GT(refused, 0);
  EXPECT_LT(refused, 8);
}

TEST_F(SendFileTest, WithoutAServerTheCheckComesFirst) {
  LocalClient client(server_.router);
  EXPECT_EQ(client.Send({.url = "/file", .headers = {{"Range", "bytes=-2"}}}, {})->body, "89");
  check_ = [](const base::Cancellation&) -> base::Result<void> { return base::Corrupt("damaged"); };
  EXPECT_EQ(client.Send({.url = "/file"}, {}).error().code(), base::ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace gyre::http
