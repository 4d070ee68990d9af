#include "http/server.h"

#include <gtest/gtest.h>
#include <semaphore>
#include <unistd.h>

#include "base/text.h"
#include "http/testing/test_server.h"

namespace gyre::http {
namespace {

using testing::Get;
using testing::Post;
using testing::RawClient;
using testing::TestServer;

/// Answers what it was asked, so that tests can see how the request was understood.
void Describe(const Request& request, Response& response) {
  base::Json query = base::Json::array();
  for (const auto& [name, value] : request.query()) query.push_back({name, value});
  response.SetJson(200, {{"method", MethodName(request.method())},
                         {"path", request.path()},
                         {"target", request.target()},
                         {"query", query},
                         {"body", request.body()},
                         {"agent", request.header("USER-agent")},
                         {"peer", request.peer()},
                         {"id", request.request_id()}});
}

class ServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Add(Method::kGet, "/inline", Execution::kInline, [](const Request&, Response& r) { r.body += "inline"; });
    Add(Method::kPost, "/echo", Execution::kInline, [](const Request& q, Response& r) { r.body += q.body(); });
    Add(Method::kPost, "/slow", Execution::kBlocking, [](const Request& q, Response& r) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      r.body += q.body();
    });
    Add(Method::kGet, "/describe/{name}", Execution::kBlocking, Describe);
    Add(Method::kGet, "/throws", Execution::kInline, [](const Request&, Response& r) {
      r.body += "half";
      throw std::runtime_error("a bug");
    });
    Add(Method::kGet, "/throws/pool", Execution::kBlocking,
        [](const Request&, Response&) { throw std::runtime_error("a bug"); });
    Add(Method::kGet, "/evil", Execution::kInline, [](const Request&, Response& r) {
      r.headers.emplace_back("X-Evil", "a\r\nSet-Cookie: b");
      r.headers.emplace_back("X-Good", "c");
    });
    Add(Method::kDelete, "/nothing", Execution::kInline, [](const Request&, Response& r) { r.status = 204; });
  }
  void Add(Method method, std::string pattern, Execution execution, Handler handler) {
    server_.router.Add(
        {.method = method, .pattern = std::move(pattern), .handler = std::move(handler), .execution = execution});
  }

  TestServer server_;
};

TEST_F(ServerTest, AnswersAndKeepsTheConnection) {
  server_.Start();
  auto client = server_.Connect();
  for (int i = 0; i < 3; ++i) {
    const auto response = client.Call(Get("/inline"));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "inline");
    EXPECT_EQ(response.headers.at("content-type"), "application/json");
    EXPECT_EQ(response.headers.at("date").size(), 29u);
    EXPECT_EQ(response.headers.count("connection"), 0u);
  }
}

TEST_F(ServerTest, TellsHandlersWhatWasAsked) {
  server_.Start();
  auto client = server_.Connect();
  const auto response = client.Call(
      "GET /describe/a%20b?x=1&y=c+d%26e HTTP/1.1\r\nHost: h\r\nUser-Agent: test\r\nX-Request-Id: my-id.1\r\n\r\n");
  const auto json = base::ParseJson(response.body, "test").value();
  EXPECT_EQ(json["path"], "/describe/a b");
  EXPECT_EQ(json["target"], "/describe/a%20b?x=1&y=c+d%26e");
  EXPECT_EQ(json["query"], base::Json::array({{"x", "1"}, {"y", "c d&e"}}));
  EXPECT_EQ(json["agent"], "test");
  EXPECT_EQ(json["id"], "my-id.1");
  EXPECT_EQ(response.headers.at("x-request-id"), "my-id.1");
  EXPECT_TRUE(json["peer"].get<std::string>().starts_with("127.0.0.1:"));
}

TEST_F(ServerTest, MakesUpRequestIdsWhereNoneOrAnInsaneOneWasSent) {
  server_.Start();
  auto client = server_.Connect();
  const auto first = client.Call(Get("/inline")).headers.at("x-request-id");
  const auto second =
      client.Call("GET /inline HTTP/1.1\r\nHost: x\r\nX-Request-Id: a b<c>\r\n\r\n").headers.at("x-request-id");
  EXPECT_EQ(first.size(), 32u);
  EXPECT_EQ(second.size(), 32u);
  EXPECT_NE(first, second);
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrderWhereverTheyRun) {
  server_.Start();
  auto client = server_.Connect();
  std::string all;
  for (int i = 0; i < 30; ++i) all += Post(i % 3 == 1 ? "/slow" : "/echo", std::to_string(i));
  ASSERT_TRUE(client.Send(all));
  for (int i = 0; i < 30; ++i) {
    const auto response = client.Read();
    ASSERT_TRUE(response) << i;
    EXPECT_EQ(response->body, std::to_string(i));
  }
}

TEST_F(ServerTest, InlineRequestsThatTakeLongDoNotKeepOthersWaiting) {
  server_.options.io_threads = 1;
  std::binary_semaphore go(0);
  server_.router.Add({.method = Method::kPost,
                      .pattern = "/wait",
                      .handler =
                          [&](const Request& q, Response& r) {
                            if (q.body() == "long") {
                              EXPECT_TRUE(go.try_acquire_for(std::chrono::seconds(2)));
                            }
                            r.body += q.body();
                          },
                      .execution = Execution::kInline,
                      .takes_long = [](const Request& q) { return q.body() == "long"; }});
  server_.Start();
  auto first = server_.Connect();
  auto second = server_.Connect();
  first.Send(Post("/wait", "long"));
  EXPECT_EQ(second.Call(Post("/wait", "short")).body, "short");
  go.release();
  EXPECT_EQ(first.Read()->body, "long");
}

TEST_F(ServerTest, AnswersTheSameByteByByte) {
  server_.Start();
  auto client = server_.Connect();
  for (const char byte : Post("/echo", "hello") + Get("/inline")) {
    ASSERT_TRUE(client.Send(std::string_view(&byte, 1)));
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  EXPECT_EQ(client.Read()->body, "hello");
  EXPECT_EQ(client.Read()->body, "inline");
}

TEST_F(ServerTest, HeadIsGetWithoutTheBody) {
  server_.Start();
  auto client = server_.Connect();
  ASSERT_TRUE(client.Send("HEAD /inline HTTP/1.1\r\nHost: x\r\n\r\n"));
  const auto head = client.Read(true);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->headers.at("content-length"), "6");
  EXPECT_EQ(client.Call(Get("/inline")).body, "inline");  // nothing was left over in between
}

TEST_F(ServerTest, OptionsAndWrongMethodsNameTheRightOnes) {
  server_.Start();
  auto client = server_.Connect();
  auto response = client.Call("OPTIONS /inline HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.headers.at("allow"), "GET, HEAD, OPTIONS");
  response = client.Call("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(response.status, 204);
  response = client.Call("OPTIONS /missing HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(response.status, 404);
  response = client.Call(Post("/inline", "body"));
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.headers.at("allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(client.Call(Get("/inline")).status, 200);  // the refused body was read over
}

TEST_F(ServerTest, WhatIsNotThereIs404InTheFormOfErrors) {
  server_.Start();
  auto client = server_.Connect();
  const auto response = client.Call(Get("/missing"));
  EXPECT_EQ(response.status, 404);
  const auto json = base::ParseJson(response.body, "test").value();
  EXPECT_EQ(json["error_code"], "NOT_FOUND");
  EXPECT_EQ(json["message"], "there is nothing at /missing");
  EXPECT_EQ(json["details"]["name"], "path");
  EXPECT_EQ(client.Call(Get("/inline")).status, 200);
}

TEST_F(ServerTest, NoContentHasNeitherLengthNorBody) {
  server_.Start();
  auto client = server_.Connect();
  const auto response = client.Call("DELETE /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.headers.count("content-length"), 0u);
  EXPECT_EQ(client.Call(Get("/inline")).body, "inline");
}

TEST_F(ServerTest, ExceptionsBecome500WithTheRequestId) {
  server_.Start();
  auto client = server_.Connect();
  for (const auto* path : {"/throws", "/throws/pool"}) {
    const auto response = client.Call(Get(path));
    EXPECT_EQ(response.status, 500);
    const auto json = base::ParseJson(response.body, "test").value();
    EXPECT_EQ(json["details"]["name"], response.headers.at("x-request-id"));
    EXPECT_EQ(response.body.find("a bug here"), response.body.rfind("a bug"));  // not the exception's text
  }
  EXPECT_EQ(client.Call(Get("/inline")).status, 200);
}

TEST_F(ServerTest, HandlersCannotSplitResponses) {
  server_.Start();
  auto client = server_.Connect();
  const auto response = client.Call(Get("/evil"));
  EXPECT_EQ(response.headers.count("set-cookie"), 0u);
  EXPECT_EQ(response.headers.count("x-evil"), 0u);
  EXPECT_EQ(response.headers.at("x-good"), "c");
}

TEST_F(ServerTest, ClosesWhenAskedOrForHttp10) {
  server_.Start();
  for (const auto* request :
       {"GET /inline HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "GET /inline HTTP/1.0\r\n\r\n"}) {
    auto client = server_.Connect();
    const auto response = client.Call(request);
    EXPECT_EQ(response.body, "inline");
    EXPECT_EQ(response.headers.at("connection"), "close");
    EXPECT_TRUE(client.IsEnded());
  }
  auto client = server_.Connect();
  for (int i = 0; i < 2; ++i) {
    const auto response = client.Call("GET /inline HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(response.headers.at("connection"), "keep-alive");
  }
}

TEST_F(ServerTest, AnswersClientsThatCloseTheirHalf) {
  server_.Start();
  for (const auto* path : {"/echo", "/slow"}) {
    auto client = server_.Connect();
    ASSERT_TRUE(client.Send(Post(path, "one") + Post(path, "two")));
    client.CloseSendingSide();
    EXPECT_EQ(client.Read()->body, "one");
    EXPECT_EQ(client.Read()->body, "two");
    EXPECT_TRUE(client.IsEnded());
  }
}

TEST_F(ServerTest, CountsWhatItAnswered) {
  server_.Start();
  auto client = server_.Connect();
  client.Call(Get("/describe/a"));
  client.Call(Get("/describe/b"));
  client.Call(Get("/missing/secret"));
  client.Call("nonsense\r\n\r\n");
  const auto text = server_.metrics.Expose();
  EXPECT_NE(text.find(R"(gyre_http_requests_total{method="GET",route="/describe/{name}",status="200"} 2)"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find(R"(gyre_http_requests_total{method="GET",route="unmatched",status="404"} 1)"), std::string::npos);
  EXPECT_NE(text.find(R"(gyre_http_requests_total{method="unknown",route="unmatched",status="400"} 1)"),
            std::string::npos);
  EXPECT_NE(text.find(R"(gyre_http_request_seconds_count{route="/describe/{name}"} 2)"), std::string::npos);
  EXPECT_NE(text.find(R"(gyre_http_rejected_total{reason="malformed"} 1)"), std::string::npos);
  EXPECT_NE(text.find("gyre_http_connections 1"), std::string::npos);
  EXPECT_EQ(text.find("secret"), std::string::npos);
}

TEST_F(ServerTest, ListensOnIpv6AndNames) {
  server_.options.host = "::1";
  server_.Start();
  RawClient v6(server_.port(), "::1");
  const auto json = base::ParseJson(v6.Call(Get("/describe/a")).body, "test").value();
  EXPECT_TRUE(json["peer"].get<std::string>().starts_with("[::1]:"));

  TestServer named;
  named.router.Add({.pattern = "/", .handler = [](const Request&, Response&) {}, .execution = Execution::kInline});
  named.options.host = "localhost";
  named.Start();
  EXPECT_EQ(named.Connect().Call(Get("/")).status, 200);
}

TEST_F(ServerTest, APortIsNeverSharedWithAnotherServer) {
  server_.Start();
  base::Metrics metrics;
  base::SystemClock clock;
  base::SystemEntropy entropy;
  base::Logger log({.level = base::LogLevel::kOff});
  const Router router;
  const auto second = Server::Start({.port = server_.port(), .io_threads = 2}, {router, clock, entropy, metrics, log});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), base::ErrorCode::kUnavailable);
  EXPECT_NE(second.error().message().find("in use"), std::string::npos) << second.error().message();
  const auto nowhere = Server::Start({.host = "no.such.host.invalid"}, {router, clock, entropy, metrics, log});
  EXPECT_EQ(nowhere.error().code(), base::ErrorCode::kInvalidArgument);
}

TEST_F(ServerTest, SendsFilesFromTheDisk) {
  const auto folder = base::TempFolder::Make(std::filesystem::temp_directory_path(), "http_test").value();
  const auto path = folder.path() / "file";
  std::string content(3'000'000, '\0');
  for (size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 7 + i / 251);
  ASSERT_TRUE(base::WriteFileAtomic(path, content));
  Add(Method::kGet, "/file", Execution::kBlocking, [path](const Request&, Response& r) {
    r.content_type = "application/octet-stream";
    r.file = Response::FileBody{.fd = base::OpenForRead(path).value(), .offset = 10, .length = 2'999'000};
  });
  Add(Method::kGet, "/short", Execution::kBlocking, [path](const Request&, Response& r) {
    r.file = Response::FileBody{.fd = base::OpenForRead(path).value(), .offset = 2'999'999, .length = 100};
  });
  server_.Start();
  auto client = server_.Connect();
  ASSERT_TRUE(client.Send(Get("/file") + Get("/inline")));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));  // the socket's buffers fill meanwhile
  const auto file = client.Read();
  ASSERT_TRUE(file);
  EXPECT_EQ(file->body, content.substr(10, 2'999'000));
  EXPECT_EQ(client.Read()->body, "inline");
  EXPECT_EQ(client.Call(Get("/short")).status, 0);  // cut off rather than filled up
}

TEST_F(ServerTest, SendsLongBodiesToSlowReaders) {
  const std::string body(8'000'000, 'z');
  Add(Method::kGet, "/long", Execution::kInline, [&body](const Request&, Response& r) { r.body += body; });
  server_.Start();
  auto client = server_.Connect();
  ASSERT_TRUE(client.Send(Get("/long") + Get("/long") + Get("/inline")));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(client.Read()->body, body);
  EXPECT_EQ(client.Read()->body, body);
  EXPECT_EQ(client.Read()->body, "inline");
}

}  // namespace
}  // namespace gyre::http
