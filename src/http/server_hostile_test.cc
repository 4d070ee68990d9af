// What clients do by mistake or in malice: the server says what is wrong, ends the connection, and goes on serving.
#include <gtest/gtest.h>

#include "http/testing/test_server.h"

namespace gyre::http {
namespace {

using std::chrono::milliseconds;
using testing::Get;
using testing::Post;
using testing::TestServer;

class ServerHostileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Add(Method::kGet, "/ok", Execution::kInline, [](const Request&, Response& r) { r.body += "ok"; });
    Add(Method::kPost, "/echo", Execution::kInline, [](const Request& q, Response& r) { r.body += q.body(); });
    Add(Method::kPost, "/files/{path...}", Execution::kInline,
        [](const Request& q, Response& r) { r.body += q.path_param("path"); });
    Add(Method::kGet, "/wait", Execution::kLong, [this](const Request& q, Response& r) { Wait(q, r); });
    Add(Method::kGet, "/block", Execution::kBlocking, [this](const Request& q, Response& r) { Wait(q, r); });
  }
  void Add(Method method, std::string pattern, Execution execution, Handler handler) {
    server_.router.Add(
        {.method = method, .pattern = std::move(pattern), .handler = std::move(handler), .execution = execution});
  }
  void Wait(const Request& request, Response& response) {
    ++waiting_;
    while (!release_ && request.cancel().Check()) std::this_thread::sleep_for(milliseconds(2));
    if (!request.cancel().Check()) ++cancelled_;
    response.body += release_ ? "released" : "cancelled";
  }
  static bool Becomes(const std::atomic<int>& value, int wanted) {
    for (int i = 0; i < 1000 && value != wanted; ++i) std::this_thread::sleep_for(milliseconds(5));
    return value == wanted;
  }
  void ExpectAlive() { EXPECT_EQ(server_.Connect().Call(Get("/ok")).body, "ok"); }

  std::atomic<int> waiting_ = 0;
  std::atomic<int> cancelled_ = 0;
  std::atomic<bool> release_ = false;
  TestServer server_;
};

TEST_F(ServerHostileTest, EveryMalformedFormGets400AndTheEnd) {
  server_.Start();
  const std::string line = "GET /ok HTTP/1.1\r\nHost: x\r\n";
  const std::string post = "POST /echo HTTP/1.1\r\nHost: x\r\n";
  const std::vector<std::pair<int, std::string>> forms = {
      {400, "\x16\x03\x01\x02\x00\x01"},
      {400, "GET\r\n\r\n"},
      {400, "GET /ok\r\n\r\n"},
      {400, "GET /ok HTTP/1.1\nHost: x\n\n"},
      {400, line + "A: b\n\r\n"},
      {400, line + "A: b\r\n c\r\n\r\n"},
      {400, line + "A : b\r\n\r\n"},
      {400, line + std::string("A: \0\r\n\r\n", 8)},
      {400, line + "Host: y\r\n\r\n"},
      {400, "GET /ok HTTP/1.1\r\n\r\n"},
      {400, post + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"},
      {400, post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {400, post + "Content-Length: 3x\r\n\r\nabc"},
      {400, post + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n"},
      {400, post + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n"},
      {400, post + "Transfer-Encoding: chunked\r\n\r\n3\nabc\n0\n\n"},
      {417, post + "Expect: tea\r\nContent-Length: 3\r\n\r\nabc"},
      {501, post + "Transfer-Encoding: gzip\r\n\r\n"},
      {501, "TRACE /ok HTTP/1.1\r\nHost: x\r\n\r\n"},
      {501, "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n"},
      {505, "GET /ok HTTP/3.0\r\nHost: x\r\n\r\n"},
      {505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {414, "GET /" + std::string(10'000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n"},
      {431, line + "A: " + std::string(40'000, 'a') + "\r\n\r\n"},
  };
  for (const auto& [status, bytes] : forms) {
    auto client = server_.Connect();
    ASSERT_TRUE(client.Send(bytes + Get("/ok")));  // what follows must not be taken for a request
    const auto response = client.Read();
    ASSERT_TRUE(response) << bytes.substr(0, 60);
    EXPECT_EQ(response->status, status) << bytes.substr(0, 60) << response->body;
    EXPECT_NE(response->body.find("\"error_code\""), std::string::npos);
    ASSERT_EQ(response->headers.count("connection"), 1u) << bytes.substr(0, 60);
    EXPECT_TRUE(client.IsEnded()) << bytes.substr(0, 60);
  }
  ExpectAlive();
}

TEST_F(ServerHostileTest, BadTargetsGet400AndTheConnectionGoesOn) {
  server_.Start();
  for (const auto* target : {"/%zz", "/%", "/%00", "/%ff", "/%0a", "/../etc", "/a/./b", "//", "/ok#a", "/ok?%zz",
                             "/ok?%00", "/files/a/%2e%2e/b", "/files/a%2f..%2fb", "ok"}) {
    auto client = server_.Connect();
    EXPECT_EQ(client.Call(Get(target)).status, 400) << target;
    EXPECT_EQ(client.Call(Get("/ok")).body, "ok") << target;
  }
}

TEST_F(ServerHostileTest, TheSameFormsByteByByteNeverHang) {
  server_.options.header_timeout = milliseconds(300);
  server_.options.body_timeout = milliseconds(300);
  server_.Start();
  for (const std::string bytes : {"GET /ok HTTP/1.1\nHost: x\n\n",
                                  "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
                                  "Content-Length: 4\r\n\r\nabc",
                                  "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabX"}) {
    auto client = server_.Connect();
    for (const char byte : bytes) {
      client.Send(std::string_view(&byte, 1));
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
    const auto response = client.Read();
    ASSERT_TRUE(response) << bytes;
    EXPECT_TRUE(response->status == 400 || response->status == 408) << response->status;
    EXPECT_TRUE(client.IsEnded());
  }
}

TEST_F(ServerHostileTest, RequestsThatEndInTheMiddleAreToldSo) {
  server_.Start();
  for (const std::string bytes : {"GET /ok HT", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\n\r\nabc",
                                  "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab"}) {
    auto client = server_.Connect();
    ASSERT_TRUE(client.Send(bytes));
    client.CloseSendingSide();
    const auto response = client.Read();
    ASSERT_TRUE(response) << bytes;
    EXPECT_EQ(response->status, 400);
    EXPECT_TRUE(client.IsEnded());
  }
}

TEST_F(ServerHostileTest, SlowHeadersRunOutOfTime) {
  server_.options.header_timeout = milliseconds(200);
  server_.Start();
  auto client = server_.Connect();
  const auto start = std::chrono::steady_clock::now();
  const std::string head = "GET /ok HTTP/1.1\r\nHost: x\r\n";
  size_t at = 0;
  while (!client.HearsWithin(milliseconds(20)) && at < 200) {
    client.Send(at < head.size() ? head.substr(at, 1) : "A");
    ++at;
  }
  EXPECT_EQ(client.Read()->status, 408);
  EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(1500));
  EXPECT_TRUE(client.IsEnded());
}

TEST_F(ServerHostileTest, StalledBodiesRunOutOfTime) {
  server_.options.body_timeout = milliseconds(200);
  server_.Start();
  auto client = server_.Connect();
  EXPECT_EQ(client.Call("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\n\r\nabc").status, 408);
  EXPECT_TRUE(client.IsEnded());
}

TEST_F(ServerHostileTest, IdleConnectionsAreClosedInSilence) {
  server_.options.idle_timeout = milliseconds(200);
  server_.Start();
  auto fresh = server_.Connect();
  auto used = server_.Connect();
  EXPECT_EQ(used.Call(Get("/ok")).body, "ok");
  EXPECT_TRUE(fresh.IsEnded());
  EXPECT_TRUE(used.IsEnded());
}

TEST_F(ServerHostileTest, ClientsThatDoNotReadRunOutOfTime) {
  server_.options.body_timeout = milliseconds(300);
  const std::string body(20'000'000, 'z');
  Add(Method::kGet, "/long", Execution::kInline, [&body](const Request&, Response& r) { r.body += body; });
  server_.Start();
  auto client = server_.Connect();
  ASSERT_TRUE(client.Send(Get("/long")));
  std::this_thread::sleep_for(milliseconds(900));
  EXPECT_EQ(client.Read(), std::nullopt);  // the rest never came
  ExpectAlive();
}

TEST_F(ServerHostileTest, ClientsThatPipelineWithoutReadingAreHeldBack) {
  server_.Start();
  auto greedy = server_.Connect();
  std::thread sender([&] {
    std::string many;
    for (int i = 0; i < 100; ++i) many += Post("/echo", std::string(1000, 'x'));
    for (int i = 0; i < 1000 && greedy.Send(many); ++i) continue;
  });
  for (int i = 0; i < 50; ++i) ExpectAlive();
  for (int i = 0; i < 100'000; ++i) {
    const auto response = greedy.Read();
    ASSERT_TRUE(response) << i;
    ASSERT_EQ(response->body.size(), 1000u);
  }
  sender.join();
}

TEST_F(ServerHostileTest, CancellationFiresWhenTheClientGoes) {
  server_.Start();
  auto waits = server_.Connect();
  auto blocks = server_.Connect();
  waits.Send(Get("/wait"));
  blocks.Send(Get("/block"));
  ASSERT_TRUE(Becomes(waiting_, 2));
  {
    const auto closed = std::move(waits);
  }  // closes as a client does that was interrupted
  EXPECT_TRUE(Becomes(cancelled_, 1));
  blocks.Reset();
  EXPECT_TRUE(Becomes(cancelled_, 2));
  ExpectAlive();
}

TEST_F(ServerHostileTest, FullQueuesSayTryLater) {
  server_.options.blocking_threads = 1;
  server_.options.blocking_queue = 2;
  server_.Start();
  std::vector<testing::RawClient> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(server_.Connect());
    clients.back().Send(Get("/block"));
    ASSERT_TRUE(i > 0 || Becomes(waiting_, 1));
  }
  std::this_thread::sleep_for(milliseconds(50));
  auto late = server_.Connect();
  const auto response = late.Call(Get("/block"));
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.headers.at("retry-after"), "1");
  EXPECT_NE(response.body.find("queue is full"), std::string::npos) << response.body;
  EXPECT_EQ(late.Call(Get("/ok")).body, "ok");  // inline work goes on, on the same connection
  release_ = true;
  for (auto& client : clients) EXPECT_EQ(client.Read()->body, "released");
  EXPECT_NE(server_.metrics.Expose().find(R"(rejected_total{reason="queue_full"} 1)"), std::string::npos);
}

TEST_F(ServerHostileTest, TooManyConnectionsAreTurnedAwayInWords) {
  server_.options.max_connections = 3;
  server_.Start();
  std::vector<testing::RawClient> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(server_.Connect());
    EXPECT_EQ(clients.back().Call(Get("/ok")).status, 200);
  }
  auto late = server_.Connect();
  const auto response = late.Read();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 503);
  EXPECT_EQ(response->headers.at("retry-after"), "1");
  EXPECT_TRUE(late.IsEnded());
  clients.clear();
  for (int i = 0; i < 100; ++i) {
    if (server_.Connect().Call(Get("/ok")).status == 200) return;
    std::this_thread::sleep_for(milliseconds(10));
  }
  FAIL() << "places were not given back";
}

TEST_F(ServerHostileTest, RandomBytesNeverStopIt) {
  server_.options.header_timeout = milliseconds(100);
  server_.options.body_timeout = milliseconds(100);
  server_.Start();
  std::minstd_rand random(11);
  const std::vector<std::string> words = {"GET ",
                                          "POST ",
                                          "/echo",
                                          " HTTP/1.1",
                                          "\r\n",
                                          "\r\n\r\n",
                                          "Host: x",
                                          ": ",
                                          "\n",
                                          "0",
                                          "5",
                                          "chunked",
                                          "a",
                                          "%2e",
                                          "\t",
                                          "\x00",
                                          "Content-Length: 5",
                                          "Transfer-Encoding: chunked",
                                          "Expect: 100-continue"};
  for (int i = 0; i < 400; ++i) {
    auto client = server_.Connect();
    std::string bytes = i % 2 == 0 ? "POST /echo HTTP/1.1\r\nHost: x\r\n" : "";
    for (int w = 0; w < 12; ++w) bytes += words[random() % words.size()];
    client.Send(bytes);
    if (i % 3 == 0) client.CloseSendingSide();
    if (i % 5 == 0) client.Reset();
  }
  ExpectAlive();
}

}  // namespace
}  // namespace gyre::http
