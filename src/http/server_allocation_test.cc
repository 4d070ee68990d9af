// The steady state allocates nothing per inline request: counted by replacing the program's operator new.
#include <cstdlib>
#include <gtest/gtest.h>
#include <new>

#include "http/testing/test_server.h"

namespace {

thread_local bool counting = false;  // NOLINT: a replaced operator new has no other way to know
thread_local size_t allocations = 0;

void* Allocate(size_t size) {
  if (counting) ++allocations;
  void* memory = std::malloc(size > 0 ? size : 1);
  if (memory == nullptr) std::abort();
  return memory;
}

}  // namespace

void* operator new(size_t size) {
  return Allocate(size);
}
void* operator new[](size_t size) {
  return Allocate(size);
}
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  return Allocate(size);
}
void* operator new[](size_t size, const std::nothrow_t&) noexcept {
  return Allocate(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, size_t) noexcept {
  std::free(memory);
}

namespace gyre::http {
namespace {

using testing::Post;
using testing::TestServer;

/// Allocations of the I/O thread between the 100th and the 600th request.
size_t Count(const Route& route, const std::string& request) {
  TestServer server;
  server.options.io_threads = 1;
  std::atomic<size_t> calls = 0;
  std::atomic<size_t> counted = 0;
  const auto watch = [&] {
    ++calls;
    if (calls == 100) allocations = 0;
    counting = calls >= 100 && calls < 600;
    if (calls == 600) counted = allocations;
  };
  auto watched = route;
  if (route.handler) {
    watched.handler = [&](const Request& q, Response& r) {
      watch();
      route.handler(q, r);
    };
  } else {
    watched.batch_handler = [&](std::span<const Call> batch) {
      watch();
      route.batch_handler(batch);
    };
  }
  server.router.Add(watched);
  server.Start();
  auto client = server.Connect();
  for (int i = 0; i < 700; ++i) EXPECT_EQ(client.Call(request).status, 200);
  EXPECT_EQ(calls, 700u);
  return counted;
}

void Answer(const Request& request, Response& response) {
  response.body += request.path_param("name");
  response.body += request.header("x-header");
  response.body += request.body();
}

TEST(Allocations, NoneForAnInlineRequest) {
  Route route = {.method = Method::kPost,
                 .pattern = "/endpoints/{name}/predict",
                 .handler = Answer,
                 .execution = Execution::kInline};
  const auto request = Post("/endpoints/an-endpoint-with-a-long-name/predict?explain=true", std::string(3000, 'x'));
  EXPECT_EQ(Count(route, request), 0u);
  route.handler = nullptr;
  route.batch_handler = [](std::span<const Call> calls) {
    for (const auto& call : calls) Answer(*call.request, *call.response);
  };
  EXPECT_EQ(Count(route, request), 0u);
}

TEST(Allocations, NoneForABodyInPiecesEither) {
  const Route route = {
      .method = Method::kPost, .pattern = "/{name}", .handler = Answer, .execution = Execution::kInline};
  // Pieces differ from run to run, so the exchange's memory may still grow once or twice.
  EXPECT_LE(Count(route, Post("/a", std::string(40'000, 'x'))), 3u);
  EXPECT_EQ(Count(route, "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
            0u);
}

}  // namespace
}  // namespace gyre::http
