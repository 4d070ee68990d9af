// Many clients at once: batches, thousands of connections, and the end under load.
#include <gtest/gtest.h>
#include <sys/epoll.h>

#include "http/testing/test_server.h"

namespace gyre::http {
namespace {

using std::chrono::milliseconds;
using testing::Get;
using testing::Post;
using testing::RawClient;
using testing::TestServer;

void AddEcho(Router& router) {
  router.Add({.method = Method::kPost,
              .pattern = "/echo",
              .handler = [](const Request& q, Response& r) { r.body += q.body(); },
              .execution = Execution::kInline});
}

void AddSlow(Router& router, milliseconds time) {
  router.Add({.method = Method::kPost, .pattern = "/slow", .handler = [time](const Request& q, Response& r) {
                std::this_thread::sleep_for(time);
                r.body += q.body();
              }});
}

class ServerBatchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_.options.io_threads = 1;
    Add("/batch", [this](std::span<const Call> calls) {
      largest_ = std::max(largest_.load(), calls.size());
      total_ += static_cast<int>(calls.size());
      for (const auto& call : calls) call.response->body += call.request->body();
    });
    Add("/other", [this](std::span<const Call> calls) {
      for (const auto& call : calls) call.response->SetText(201, call.request->path());
      total_ += static_cast<int>(calls.size());
    });
    Add("/throws", [](std::span<const Call> calls) {
      calls[0].response->body += "half";
      throw std::runtime_error("a bug");
    });
    AddEcho(server_.router);
    // Holds the I/O thread, so that requests come together meanwhile.
    server_.router.Add({.pattern = "/hold",
                        .handler = [](const Request&, Response&) { std::this_thread::sleep_for(milliseconds(150)); },
                        .execution = Execution::kInline});
    server_.Start();
  }
  void Add(std::string pattern, BatchHandler handler) {
    server_.router.Add({.method = Method::kPost,
                        .pattern = std::move(pattern),
                        .execution = Execution::kInline,
                        .max_inline_body = 1000,
                        .batch_handler = std::move(handler)});
  }

  std::atomic<size_t> largest_ = 0;
  std::atomic<int> total_ = 0;
  TestServer server_;
};

TEST_F(ServerBatchTest, RequestsThatCameTogetherAreOneCall) {
  auto hold = server_.Connect();
  std::vector<RawClient> clients;
  for (int i = 0; i < 100; ++i) clients.push_back(server_.Connect());
  for (auto& client : clients) EXPECT_EQ(client.Call(Post("/echo", "up")).body, "up");
  hold.Send(Get("/hold"));
  std::this_thread::sleep_for(milliseconds(20));
  for (size_t i = 0; i < clients.size(); ++i)
    clients[i].Send(Post(i % 10 == 0 ? "/other" : "/batch", std::to_string(i)));
  for (size_t i = 0; i < clients.size(); ++i) {
    const auto response = clients[i].Read();
    ASSERT_TRUE(response) << i;
    EXPECT_EQ(response->body, i % 10 == 0 ? "/other" : std::to_string(i));
    EXPECT_EQ(response->status, i % 10 == 0 ? 201 : 200);
  }
  EXPECT_EQ(total_, 100);
  EXPECT_EQ(largest_, kMaxBatch);
}

TEST_F(ServerBatchTest, OneAloneIsABatchOfOneAndOrderIsKept) {
  auto client = server_.Connect();
  EXPECT_EQ(client.Call(Post("/batch", "a")).body, "a");
  EXPECT_EQ(largest_, 1u);
  std::string all;
  for (int i = 0; i < 40; ++i) all += Post(i % 2 == 0 ? "/batch" : "/echo", std::to_string(i));
  client.Send(all);
  for (int i = 0; i < 40; ++i) EXPECT_EQ(client.Read()->body, std::to_string(i));
  const std::string large(5000, 'x');
  EXPECT_EQ(client.Call(Post("/batch", large)).body, large);  // on the blocking pool
}

TEST_F(ServerBatchTest, ABugInABatchIsA500ForEachOfIt) {
  auto client = server_.Connect();
  const auto response = client.Call(Post("/throws", "a"));
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body.find("half"), std::string::npos);
  EXPECT_EQ(client.Call(Post("/batch", "a")).body, "a");
}

TEST_F(ServerBatchTest, ClientsMayGoBeforeTheirBatch) {
  auto hold = server_.Connect();
  std::vector<RawClient> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(server_.Connect());
  hold.Send(Get("/hold"));
  std::this_thread::sleep_for(milliseconds(20));
  for (size_t i = 0; i < clients.size(); ++i) {
    clients[i].Send(Post("/batch", "x"));
    if (i % 2 == 0) clients[i].Reset();
  }
  for (size_t i = 1; i < clients.size(); i += 2) EXPECT_EQ(clients[i].Read()->body, "x");
}

TEST(ServerLoad, ServesTwoThousandConnectionsAtOnce) {
  TestServer server;
  AddEcho(server.router);
  AddSlow(server.router, milliseconds(0));
  server.options.blocking_queue = 4000;
  server.Start();
  std::vector<RawClient> clients;
  for (int i = 0; i < 2000; ++i) clients.push_back(server.Connect());
  for (int round = 0; round < 5; ++round) {
    for (size_t i = 0; i < clients.size(); ++i) {
      ASSERT_TRUE(
          clients[i].Send(Post((i + static_cast<size_t>(round)) % 4 == 0 ? "/slow" : "/echo", std::to_string(i))));
    }
    for (size_t i = 0; i < clients.size(); ++i) {
      const auto response = clients[i].Read();
      ASSERT_TRUE(response) << i;
      ASSERT_EQ(response->body, std::to_string(i));
    }
  }
  EXPECT_NE(server.metrics.Expose().find("gyre_http_connections 2000"), std::string::npos);
}

/// Calls until the server closes the connection; counts the calls that were sent but never answered.
struct Caller {
  int answered = 0;
  int lost = 0;
  int bad = 0;

  void Run(const TestServer& server, const std::string& request) {
    auto client = server.Connect();
    while (true) {
      if (!client.Send(request)) return;
      const auto response = client.Read();
      if (!response) {
        ++lost;
        return;
      }
      ++answered;
      if (response->status != 200) ++bad;
      if (response->headers.count("connection") != 0) return;
    }
  }
};

TEST(ServerLoad, DrainsUnderLoadWithoutLosingARequest) {
  TestServer server;
  AddSlow(server.router, milliseconds(5));
  AddEcho(server.router);
  server.options.blocking_threads = 4;
  server.Start();
  std::vector<Caller> callers(24);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < callers.size(); ++i) {
    threads.emplace_back([&, i] { callers[i].Run(server, Post(i % 3 == 0 ? "/echo" : "/slow", "x")); });
  }
  std::this_thread::sleep_for(milliseconds(200));
  const auto start = std::chrono::steady_clock::now();
  server.Stop(milliseconds(5000));
  EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(2000));
  for (auto& thread : threads) thread.join();
  int idle_at_the_end = 0;
  for (const auto& caller : callers) {
    EXPECT_GT(caller.answered, 0);
    EXPECT_EQ(caller.bad, 0);
    idle_at_the_end += caller.lost;
  }
  // A connection between two requests is closed; a request that crosses that on its way is never begun.
  EXPECT_LE(idle_at_the_end, 24);
}

TEST(ServerLoad, AnswersWhatIsUnderWayAtTheEnd) {
  TestServer server;
  AddSlow(server.router, milliseconds(200));
  server.Start();
  auto busy = server.Connect();
  auto half = server.Connect();
  auto idle = server.Connect();
  busy.Send(Post("/slow", "under way"));
  const auto request = Post("/slow", "in the middle");
  half.Send(request.substr(0, 20));
  std::this_thread::sleep_for(milliseconds(50));
  std::thread stopper([&] { server.Stop(milliseconds(5000)); });
  EXPECT_TRUE(idle.IsEnded());
  half.Send(request.substr(20));
  for (auto* client : {&busy, &half}) {
    const auto response = client->Read();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->headers.at("connection"), "close");
  }
  stopper.join();
}

TEST(ServerLoad, PatienceEnds) {
  TestServer server;
  std::atomic<bool> cancelled = false;
  server.router.Add({.pattern = "/wait",
                     .handler =
                         [&](const Request& q, Response&) {
                           while (q.cancel().Check()) std::this_thread::sleep_for(milliseconds(2));
                           cancelled = true;
                         },
                     .execution = Execution::kLong});
  server.Start();
  auto client = server.Connect();
  client.Send(Get("/wait"));
  std::this_thread::sleep_for(milliseconds(50));
  const auto start = std::chrono::steady_clock::now();
  server.Stop(milliseconds(100));
  EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(1500));
  EXPECT_TRUE(cancelled);
  server.Stop(milliseconds(100));  // idempotent
}

}  // namespace
}  // namespace gyre::http
