// The HTTP server of this project with one inline route that answers fixed bytes: POST /endpoints/{name}/predict. Held
// against raw_epoll, which answers the same bytes, it shows what parsing, routing, counting and writing cost.
#include <csignal>

#include "arguments.h"
#include "base/file.h"
#include "http/server.h"

int main(int argc, char** argv) {
  using namespace gyre;
  const bench::Arguments arguments(argc, argv, {{"port", "0"}, {"threads", "1"}, {"execution", "inline"}});
  const std::string answer =
      R"({"model_version":"1","predictions":[{"prediction_id":"0123456789abcdef0123456789abcdef",)"
      R"("label":"1","probability":0.123}]})";
  http::Router router;
  http::Route route = {.method = http::Method::kPost, .pattern = "/endpoints/{name}/predict"};
  const auto& execution = arguments.Text("execution");
  route.execution = execution == "blocking" ? http::Execution::kBlocking : http::Execution::kInline;
  if (execution == "batch") {
    route.batch_handler = [&](std::span<const http::Call> calls) {
      for (const auto& call : calls) call.response->body += answer;
    };
  } else {
    route.handler = [&](const http::Request&, http::Response& response) { response.body += answer; };
  }
  router.Add(std::move(route));
  base::SystemClock clock;
  base::SystemEntropy entropy;
  base::Metrics metrics;
  base::Logger log({});
  const http::ServerOptions options = {.port = static_cast<uint16_t>(arguments.Count("port")),
                                       .io_threads = arguments.Count("threads")};
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  const auto server = http::Server::Start(options, {router, clock, entropy, metrics, log});
  if (!server) bench::Die(server.error().message().c_str());
  fmt::print("{}\n", (*server)->port());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&stop, &signal);
  (*server)->Stop(std::chrono::seconds(1));
}
