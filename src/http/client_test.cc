#include "http/client.h"

#include <gtest/gtest.h>

#include "http/testing/test_server.h"

namespace gyre::http {
namespace {

using std::chrono::milliseconds;
using testing::TestServer;

constexpr size_t kLong = 2'000'000;

/// The same routes behind a socket and in this process: commands must not notice the difference.
class ClientTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    auto& router = server_.router;
    router.Add({.method = Method::kPost, .pattern = "/echo/{name}", .handler = [](const Request& q, Response& r) {
                  r.status = 201;
                  r.content_type = "text/x-echo";
                  r.headers.emplace_back("X-Name", q.path_param("name"));
                  r.headers.emplace_back("X-Sent", q.header("x-sent"));
                  r.headers.emplace_back("X-Method", MethodName(q.method()));
                  r.body += q.body();
                }});
    router.Add({.method = Method::kDelete, .pattern = "/echo/{name}", .handler = [](const Request& q, Response& r) {
                  r.body += q.query_param("why").value_or("no reason");
                }});
    router.Add({.method = Method::kPut,
                .pattern = "/files",
                .handler =
                    [](const Request& q, Response& r) {
                      const auto size =
                          q.body_file() != nullptr ? std::filesystem::file_size(*q.body_file()) : q.body().size();
                      r.body += fmt::format("{} {}", q.body_file() != nullptr ? "file" : "memory", size);
                    },
                .body_mode = BodyMode::kSpool,
                .max_body = 3'000'000});
    router.Add({.pattern = "/long", .handler = [](const Request&, Response& r) { r.body.assign(kLong, 'x'); }});
    router.Add({.pattern = "/file", .handler = [this](const Request&, Response& r) {
                  r.file = Response::FileBody{
                      .fd = base::OpenForRead(folder_.path() / "f").value(), .offset = 2, .length = 3};
                }});
    router.Add({.pattern = "/fails",
                .handler = [](const Request&, Response& r) { r.SetError(base::NotFound("not here", "x")); }});
    router.Add({.pattern = "/throws", .handler = [](const Request&, Response&) { throw std::runtime_error("a bug"); }});
    router.Add({.pattern = "/wait",
                .handler =
                    [this](const Request& q, Response& r) {
                      while (!stop_ && q.cancel().Check()) std::this_thread::sleep_for(milliseconds(2));
                      r.SetError(base::Error(base::ErrorCode::kDeadlineExceeded, "waited"));
                    },
                .execution = Execution::kLong});
    server_.options.spool_folder = folder_.path();
    server_.Start();
    if (GetParam()) {
      client_ = Client::Make().value();
      base_ = fmt::format("http://127.0.0.1:{}", server_.port());
    } else {
      client_ = std::make_unique<LocalClient>(server_.router);
    }
  }
  void TearDown() override { stop_ = true; }

  base::Result<ClientResponse> Send(ClientRequest request, const base::Cancellation& cancel = {}) {
    request.url = base_ + request.url;
    return client_->Send(request, cancel);
  }
  std::filesystem::path FileOf(size_t size) {
    EXPECT_TRUE(base::WriteFileAtomic(folder_.path() / "upload", std::string(size, 'u')));
    return folder_.path() / "upload";
  }

  base::TempFolder folder_ = base::TempFolder::Make(std::filesystem::temp_directory_path(), "http_client").value();
  std::atomic<bool> stop_ = false;
  TestServer server_;
  std::unique_ptr<Client> client_;
  std::string base_;
};

TEST_P(ClientTest, SendsAndReceives) {
  const auto response = Send({.method = Method::kPost,
                              .url = "/echo/a%20b?x=1",
                              .headers = {{"X-Sent", "header"}, {"Content-Type", "application/json"}},
                              .body = std::string("b\0dy", 4)});
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->status, 201);
  EXPECT_EQ(response->body, std::string("b\0dy", 4));
  EXPECT_EQ(response->headers.at("content-type"), "text/x-echo");
  EXPECT_EQ(response->headers.at("x-name"), "a b");
  EXPECT_EQ(response->headers.at("x-sent"), "header");
  EXPECT_EQ(response->headers.at("x-method"), "POST");
  EXPECT_EQ(Send({.method = Method::kDelete, .url = "/echo/x?why=gone+away"})->body, "gone away");
  EXPECT_EQ(Send({.method = Method::kPost, .url = "/echo/x"})->body, "");
}

TEST_P(ClientTest, StatusesAreResponsesNotErrors) {
  auto response = Send({.url = "/fails"});
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 404);
  EXPECT_EQ(base::ParseJson(response->body, "test").value()["details"]["name"], "x");
  EXPECT_EQ(Send({.url = "/missing"})->status, 404);
  response = Send({.method = Method::kPut, .url = "/echo/x"});
  EXPECT_EQ(response->status, 405);
  EXPECT_EQ(response->headers.at("allow"), "POST, DELETE, OPTIONS");
  EXPECT_EQ(Send({.url = "/throws"})->status, 500);
  EXPECT_EQ(Send({.url = "/%zz"})->status, 400);
}

TEST_P(ClientTest, UploadsFiles) {
  EXPECT_EQ(Send({.method = Method::kPut, .url = "/files", .body_file = FileOf(2'900'000)})->body, "file 2900000");
  EXPECT_EQ(Send({.method = Method::kPut, .url = "/files", .body_file = FileOf(3'000'001)})->status, 413);
  EXPECT_EQ(Send({.method = Method::kPut, .url = "/files", .body = "abc"})->body, "memory 3");
  EXPECT_EQ(Send({.method = Method::kPost, .url = "/echo/x", .body_file = FileOf(1000)})->body, std::string(1000, 'u'));
  EXPECT_EQ(Send({.method = Method::kPost, .url = "/echo/x", .body_file = "/no/such"}).error().code(),
            base::ErrorCode::kNotFound);
  EXPECT_TRUE(std::filesystem::exists(folder_.path() / "upload"));
}

TEST_P(ClientTest, ReceivesFilesAndHeads) {
  ASSERT_TRUE(base::WriteFileAtomic(folder_.path() / "f", "abcdefgh"));
  EXPECT_EQ(Send({.url = "/file"})->body, "cde");
  const auto head = Send({.method = Method::kHead, .url = "/long"});
  ASSERT_TRUE(head) << head.error().message();
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->body, "");
}

TEST_P(ClientTest, LimitsWhatItReceives) {
  EXPECT_EQ(Send({.url = "/long"})->body.size(), kLong);
  EXPECT_EQ(Send({.url = "/long", .max_response = kLong - 1}).error().code(), base::ErrorCode::kTooLarge);
  EXPECT_EQ(Send({.url = "/long"})->body.size(), kLong);
}

TEST_P(ClientTest, HandsOverWhatItReceives) {
  std::string got;
  ClientRequest request{.url = "/long", .max_response = 10};
  request.on_body = [&got](std::string_view piece) -> base::Result<void> {
    got += piece;
    return base::Ok();
  };
  auto response = Send(request);
  ASSERT_TRUE(response) << response.error().ToString();
  EXPECT_TRUE(response->body.empty());
  EXPECT_EQ(got.size(), kLong);
  request.on_body = [](std::string_view) -> base::Result<void> { return base::Internal("enough"); };
  response = Send(request);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().message(), "enough");
}

TEST_P(ClientTest, CannotBeMadeToSendOtherHeaders) {
  const auto response = Send({.url = "/long", .headers = {{"X-Sent", "a\r\nX-Other: b"}}});
  EXPECT_EQ(response.error().code(), base::ErrorCode::kInvalidArgument);
  EXPECT_FALSE(Send({.url = "/long HTTP/1.1\r\nX-Other: b\r\nX:"}));
}

TEST_P(ClientTest, CancellationAndTimeoutsEndIt) {
  const auto cancel = base::Cancellation::Make();
  std::thread canceller([&] {
    std::this_thread::sleep_for(milliseconds(100));
    cancel.Cancel();
  });
  const auto start = std::chrono::steady_clock::now();
  const auto cancelled = Send({.url = "/wait"}, cancel);
  EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(1500));
  canceller.join();
  const auto late = Send({.url = "/wait", .timeout = milliseconds(100)});
  if (GetParam()) {
    EXPECT_EQ(cancelled.error().code(), base::ErrorCode::kCancelled);
    EXPECT_EQ(late.error().code(), base::ErrorCode::kDeadlineExceeded) << late.error().message();
  } else {
    EXPECT_EQ(late->status, 504);
  }
  EXPECT_EQ(Send({.method = Method::kPost, .url = "/echo/x", .body = "after"})->body, "after");
}

INSTANTIATE_TEST_SUITE_P(All, ClientTest, ::testing::Bool(),
                         [](const auto& tested) { return tested.param ? "OverSockets" : "InProcess"; });

class CurlClientTest : public ::testing::Test {
 protected:
  std::unique_ptr<Client> client_ = Client::Make().value();
};

TEST_F(CurlClientTest, ReusesItsConnection) {
  TestServer server;
  std::set<std::string> peers;
  server.router.Add({.pattern = "/",
                     .handler = [&](const Request& q, Response&) { peers.emplace(q.peer()); },
                     .execution = Execution::kInline});
  server.options.io_threads = 1;
  server.Start();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(client_->Send({.url = fmt::format("http://localhost:{}/", server.port())}, {})->status, 200);
  }
  EXPECT_EQ(peers.size(), 1u);
}

TEST_F(CurlClientTest, SaysWhatItCannotReach) {
  const auto refused = client_->Send({.url = "http://127.0.0.1:1/x"}, {});
  EXPECT_EQ(refused.error().code(), base::ErrorCode::kUnavailable);
  EXPECT_NE(refused.error().message().find("http://127.0.0.1:1/x"), std::string::npos);
  EXPECT_EQ(client_->Send({.url = "ftp://x/y"}, {}).error().code(), base::ErrorCode::kInvalidArgument);
  EXPECT_EQ(client_->Send({.url = "file:///etc/passwd"}, {}).error().code(), base::ErrorCode::kInvalidArgument);
}

TEST_F(CurlClientTest, ManyThreadsShareOne) {
  TestServer server;
  server.router.Add(
      {.method = Method::kPost, .pattern = "/", .handler = [](const Request& q, Response& r) { r.body += q.body(); }});
  server.Start();
  std::vector<std::thread> threads;
  std::atomic<int> fine = 0;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) {
        const auto body = fmt::format("{} {}", t, i);
        const auto url = fmt::format("http://127.0.0.1:{}/", server.port());
        const auto response = client_->Send({.method = Method::kPost, .url = url, .body = body}, {});
        if (response && response->body == body) ++fine;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(fine, 200);
}

}  // namespace
}  // namespace gyre::http
