// Bodies: framing, limits, spooling.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "base/hash.h"
#include "http/testing/test_server.h"

namespace gyre::http {
namespace {

using testing::Get;
using testing::Post;
using testing::TestServer;

constexpr std::string_view kChunkedHead = "POST {} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";

class ServerBodyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Add("/echo", Execution::kInline, BodyMode::kMemory, [](const Request& q, Response& r) { r.body += q.body(); });
    Add("/spool", Execution::kBlocking, BodyMode::kSpool, [this](const Request& q, Response& r) {
      const auto* file = q.body_file();
      if (file != nullptr) last_file_ = *file;
      const auto digest = file != nullptr ? base::HashFile(*file).value() : base::Sha256Of(q.body());
      r.SetText(200, fmt::format("{} {}", file != nullptr ? "file" : "memory", digest.ToHex()));
    });
    server_.options.spool_folder = folder_.path();
  }
  void Add(std::string pattern, Execution execution, BodyMode mode, Handler handler) {
    server_.router.Add({.method = Method::kPost,
                        .pattern = std::move(pattern),
                        .handler = std::move(handler),
                        .execution = execution,
                        .body_mode = mode,
                        .max_body = mode == BodyMode::kSpool ? 1ULL << 33 : 1 << 20});
  }
  size_t SpooledFiles() const {
    return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder_.path()), {}));
  }
  bool WaitForNoSpooledFiles() const {
    for (int i = 0; i < 200 && SpooledFiles() > 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return SpooledFiles() == 0;
  }

  base::TempFolder folder_ = base::TempFolder::Make(std::filesystem::temp_directory_path(), "http_body").value();
  std::filesystem::path last_file_;
  TestServer server_;
};

std::string Pattern(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 + i / 257);
  return bytes;
}

std::string Chunked(std::string_view path, std::string_view body, size_t chunk) {
  auto text = fmt::format(kChunkedHead, path);
  for (size_t at = 0; at < body.size(); at += chunk) {
    const auto piece = body.substr(at, chunk);
    text += fmt::format("{:x};e=1\r\n{}\r\n", piece.size(), piece);
  }
  return text + "0\r\nTrailer: t\r\n\r\n";
}

TEST_F(ServerBodyTest, TakesBodiesOfAnyLengthInAnyPieces) {
  server_.Start();
  auto client = server_.Connect();
  for (const size_t size : {0UL, 1UL, 16'000UL, 16'384UL, 70'000UL, 1UL << 20}) {
    const auto body = Pattern(size);
    EXPECT_EQ(client.Call(Post("/echo", body)).body, body) << size;
    EXPECT_EQ(client.Call(Chunked("/echo", body, 1000)).body, body) << size;
    const auto whole = Post("/echo", body) + Post("/echo", "next");
    for (size_t at = 0; at < whole.size(); at += 9'000) ASSERT_TRUE(client.Send(whole.substr(at, 9'000)));
    EXPECT_EQ(client.Read()->body, body) << size;
    EXPECT_EQ(client.Read()->body, "next") << size;
  }
}

TEST_F(ServerBodyTest, PipelinesBehindChunkedBodies) {
  server_.Start();
  auto client = server_.Connect();
  std::string all;
  for (int i = 0; i < 50; ++i) all += Chunked("/echo", std::to_string(i), 1) + Post("/echo", "x");
  ASSERT_TRUE(client.Send(all));
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(client.Read()->body, std::to_string(i));
    EXPECT_EQ(client.Read()->body, "x");
  }
}

TEST_F(ServerBodyTest, SaysContinueToThoseWhoWait) {
  server_.Start();
  auto client = server_.Connect();
  const std::string head = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
  EXPECT_EQ(client.Call(head).status, 100);
  EXPECT_EQ(client.Call("hello").body, "hello");
  EXPECT_EQ(client.Call(head + "hello").body, "hello");  // who does not wait gets the answer only
}

TEST_F(ServerBodyTest, RefusesTooLongBodiesBeforeTheyAreSent) {
  server_.Start();
  for (const auto* extra : {"", "Expect: 100-continue\r\n"}) {
    auto client = server_.Connect();
    const auto response =
        client.Call(fmt::format("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n{}\r\n", extra));
    EXPECT_EQ(response.status, 413);
    EXPECT_EQ(response.headers.at("connection"), "close");
    EXPECT_NE(response.body.find("2000000 bytes, over the limit of 1048576"), std::string::npos) << response.body;
    EXPECT_TRUE(client.IsEnded());
  }
}

TEST_F(ServerBodyTest, TheRefusalReachesAClientThatKeepsSending) {
  server_.Start();
  for (const auto& head : {std::string("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\n\r\n"),
                           std::string("POST /missing HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\n\r\n")}) {
    auto client = server_.Connect();
    ASSERT_TRUE(client.Send(head));
    const auto piece = Pattern(1 << 20);
    for (int i = 0; i < 20 && client.Send(piece); ++i) continue;
    const auto response = client.Read();
    ASSERT_TRUE(response);
    EXPECT_GE(response->status, 404);
  }
}

TEST_F(ServerBodyTest, StopsChunkedBodiesAtTheLimit) {
  server_.Start();
  auto client = server_.Connect();
  ASSERT_TRUE(client.Send(fmt::format(kChunkedHead, "/echo")));
  const auto chunk = fmt::format("{:x}\r\n{}\r\n", 100'000, Pattern(100'000));
  for (int i = 0; i < 12; ++i) client.Send(chunk);
  EXPECT_EQ(client.Read()->status, 413);
  EXPECT_TRUE(client.IsEnded());
}

TEST_F(ServerBodyTest, GivesUpOnBrokenChunks) {
  server_.Start();
  auto client = server_.Connect();
  EXPECT_EQ(client.Call(fmt::format(kChunkedHead, "/echo") + "4\r\nWikiX").status, 400);
  EXPECT_TRUE(client.IsEnded());
}

TEST_F(ServerBodyTest, SpoolsWhatIsLongAndRemovesItAfterwards) {
  server_.Start();
  auto client = server_.Connect();
  for (const size_t size : {10UL, 256UL * 1024, 256UL * 1024 + 1, 3'000'000UL}) {
    const auto body = Pattern(size);
    const auto expected =
        fmt::format("{} {}", size > 256 * 1024 ? "file" : "memory", base::Sha256Of(std::string_view(body)).ToHex());
    EXPECT_EQ(client.Call(Post("/spool", body)).body, expected) << size;
    EXPECT_EQ(client.Call(Chunked("/spool", body, 70'000)).body, expected) << size;
  }
  EXPECT_TRUE(last_file_.string().starts_with(folder_.path().string()));
  EXPECT_TRUE(WaitForNoSpooledFiles());
  EXPECT_EQ(client.Call(Post("/spool", "x") + Post("/echo", "next")).status, 200);
  EXPECT_EQ(client.Read()->body, "next");
}

TEST_F(ServerBodyTest, AbandonedUploadsLeaveNothing) {
  server_.Start();
  for (int i = 0; i < 20; ++i) {
    auto client = server_.Connect();
    ASSERT_TRUE(client.Send("POST /spool HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n" + Pattern(1'000'000)));
    if (i % 2 == 0) client.Reset();
  }
  EXPECT_TRUE(WaitForNoSpooledFiles());
  EXPECT_EQ(server_.Connect().Call(Post("/echo", "x")).body, "x");
}

TEST_F(ServerBodyTest, AFullDiskIsAnErrorNotACrash) {
  server_.Start();
  auto client = server_.Connect();
  std::filesystem::remove_all(folder_.path());  // the simplest disk that cannot be written to
  ASSERT_TRUE(client.Send(Post("/spool", Pattern(2'000'000))));
  const auto response = client.Read();
  ASSERT_TRUE(response);
  EXPECT_GE(response->status, 404);
  EXPECT_TRUE(client.IsEnded());
}

/// Keeps a digest; counts those that live.
class HashSink final : public BodySink {
 public:
  explicit HashSink(std::atomic<int>& alive) : alive_(alive) { ++alive_; }
  ~HashSink() override { --alive_; }
  base::Result<void> Append(std::string_view bytes) override {
    if (bytes.find("poison") != std::string_view::npos) return base::TooLarge("enough of it");
    hash.Update(bytes);
    return base::Ok();
  }
  base::Sha256 hash;

 private:
  std::atomic<int>& alive_;
};

class ServerSinkTest : public ServerBodyTest {
 protected:
  void SetUp() override {
    ServerBodyTest::SetUp();
    server_.router.Add({.method = Method::kPut,
                        .pattern = "/sink/{name}",
                        .handler =
                            [](const Request& q, Response& r) {
                              auto* sink = static_cast<HashSink*>(q.body_sink());
                              const auto digest = sink != nullptr ? sink->hash.Finish() : base::Sha256Of(q.body());
                              r.SetText(200, fmt::format("{} {}", sink != nullptr ? "sink" : "memory", digest.ToHex()));
                            },
                        .body_mode = BodyMode::kSpool,
                        .body_sink = [this](const Request& q) -> base::Result<std::unique_ptr<BodySink>> {
                          if (q.path_param("name") == "bad") return base::InvalidArgument("no such sink", "name");
                          return std::make_unique<HashSink>(alive_);
                        },
                        .max_body = 1ULL << 33});
    server_.Start();
  }
  static std::string Put(std::string_view name, std::string_view body) {
    return fmt::format("PUT /sink/{} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{}", name, body.size(), body);
  }
  bool WaitForNoSink() const {
    for (int i = 0; i < 200 && alive_ > 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return alive_ == 0;
  }
  std::atomic<int> alive_ = 0;
};

TEST_F(ServerSinkTest, LongBodiesGoToTheRoutesSinkAndNoFile) {
  auto client = server_.Connect();
  for (const size_t size : {0UL, 256UL * 1024, 256UL * 1024 + 1, 3'000'000UL}) {
    const auto body = Pattern(size);
    const auto expected =
        fmt::format("{} {}", size > 256 * 1024 ? "sink" : "memory", base::Sha256Of(std::string_view(body)).ToHex());
    EXPECT_EQ(client.Call(Put("a", body)).body, expected) << size;
    EXPECT_EQ(SpooledFiles(), 0u);
  }
  EXPECT_TRUE(WaitForNoSink());
}

TEST_F(ServerSinkTest, WhatASinkRefusesIsTheAnswer) {
  for (const auto& [name, body, status] : {std::tuple("bad", Pattern(2'000'000), 400),
                                           std::tuple("a", Pattern(600'000) + "poison" + Pattern(9'000), 413)}) {
    auto client = server_.Connect();
    ASSERT_TRUE(client.Send(Put(name, body)));
    const auto response = client.Read();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, status);
    EXPECT_TRUE(client.IsEnded());
  }
  EXPECT_TRUE(WaitForNoSink());
}

TEST_F(ServerSinkTest, AnAbandonedUploadDropsItsSink) {
  {
    auto client = server_.Connect();
    const auto request = Put("a", Pattern(5'000'000));
    ASSERT_TRUE(client.Send(request.substr(0, 2'000'000)));
    for (int i = 0; i < 200 && alive_ == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_EQ(alive_, 1);
    client.Reset();
  }
  EXPECT_TRUE(WaitForNoSink());
}

TEST_F(ServerBodyTest, RemovesWhatAnEarlierProcessLeft) {
  ASSERT_TRUE(base::WriteFileAtomic(folder_.path() / "body.abc123", "left"));
  ASSERT_TRUE(base::WriteFileAtomic(folder_.path() / "other", "kept"));
  server_.Start();
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "body.abc123"));
  EXPECT_TRUE(std::filesystem::exists(folder_.path() / "other"));
}

TEST_F(ServerBodyTest, NeedsAFolderToSpool) {
  base::Metrics metrics;
  base::SystemClock clock;
  base::SystemEntropy entropy;
  base::Logger log({.level = base::LogLevel::kOff});
  const auto server = Server::Start({}, {server_.router, clock, entropy, metrics, log});
  EXPECT_EQ(server.error().code(), base::ErrorCode::kInvalidArgument);
}

TEST_F(ServerBodyTest, LongUploadsTakeLittleMemory) {
  server_.Start();
  auto client = server_.Connect();
  constexpr size_t kPieces = 400;
  const auto piece = Pattern(1 << 20);
  ASSERT_TRUE(client.Send(fmt::format("POST /spool HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", kPieces << 20)));
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  base::Sha256 hash;
  for (size_t i = 0; i < kPieces; ++i) {
    ASSERT_TRUE(client.Send(piece));
    hash.Update(piece);
  }
  const auto response = client.Read();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body, "file " + hash.Finish().ToHex());
  rusage after{};
  getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 64 * 1024) << "kB more";
}

}  // namespace
}  // namespace gyre::http
