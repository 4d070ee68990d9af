#include "server/internal/alarm_sink.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/server.h"
#include "loop/testing/loop_home.h"

namespace gyre::server::internal {
namespace {

using std::chrono::milliseconds;

/// A monitor that only knows the webhooks of its endpoints.
class WebhookMonitor final : public monitor::Monitor {
 public:
  monitor::MonitorConfig config;

  void SetSink(monitor::ActionSink*) override {}
  base::Result<void> Start() override { return base::Ok(); }
  base::Result<void> Configure(const serve::EndpointName&, const monitor::MonitorConfig&, std::string_view) override {
    return base::Ok();
  }
  base::Result<monitor::MonitorConfig> ConfigOf(const serve::EndpointName&) override { return config; }
  base::Result<void> EvaluateDue(const serve::EndpointName&) override { return base::Ok(); }
  base::Result<void> Forget(const serve::EndpointName&, std::string_view) override { return base::Ok(); }
  base::Result<std::vector<monitor::WindowReport>> Windows(const serve::EndpointName&, int64_t) override { return {}; }
  base::Result<monitor::WindowReport> Window(const std::string& id) override { return base::NotFound("none", id); }
  base::Result<std::vector<monitor::Alarm>> Alarms(const serve::EndpointName&, int64_t) override { return {}; }
  base::Result<monitor::Alarm> GetAlarm(const std::string& id) override { return base::NotFound("none", id); }
  void Stop() override {}
};

/// An HTTP server that answers each POST with the next status of `answers`, then with 200.
class Receiver {
 public:
  explicit Receiver(std::vector<int> answers) : answers_(std::move(answers)) {
    router_.Add(
        {.method = http::Method::kPost,
         .pattern = "/hook",
         .handler = [this](const http::Request& request, http::Response& response) { Take(request, response); }});
    server_ = http::Server::Start({.io_threads = 1}, {router_, clock_, entropy_, metrics_, log_}).value();
  }
  ~Receiver() { server_->Stop(milliseconds(0)); }

  std::string url() const { return fmt::format("http://127.0.0.1:{}/hook", server_->port()); }
  /// The bodies that came, once there are `n`.
  std::vector<std::string> Await(size_t n) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(came_.wait_for(lock, std::chrono::seconds(10), [&] { return bodies_.size() >= n; })) << bodies_.size();
    return bodies_;
  }

 private:
  void Take(const http::Request& request, http::Response& response) {
    const std::lock_guard lock(mutex_);
    response.SetText(bodies_.size() < answers_.size() ? answers_[bodies_.size()] : 200, "");
    bodies_.emplace_back(request.body());
    came_.notify_all();
  }

  std::vector<int> answers_;
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<std::string> bodies_;
  base::SystemClock clock_;
  base::SystemEntropy entropy_;
  base::Metrics metrics_;
  base::Logger log_{{.level = base::LogLevel::kOff}};
  http::Router router_;
  std::unique_ptr<http::Server> server_;
};

class AlarmSinkTest : public ::testing::Test {
 protected:
  monitor::Alarm Alarm(const std::string& id) {
    return {.id = id,
            .kind = monitor::AlarmKind::kDrift,
            .endpoint = release::testing::kRain,
            .version = release::testing::Rain(1),
            .window_id = "w",
            .event_time = home_.releases().clock().Now(),
            .raised_at = home_.releases().clock().Now(),
            .reason = "3 of 8 features drifted",
            .evidence = base::Json::object()};
  }
  /// Told of an alarm, the sink must come back at once, whatever receivers do.
  void Raise(AlarmSink& sink, const std::string& id) {
    const auto begun = std::chrono::steady_clock::now();
    sink.OnAlarm(Alarm(id));
    EXPECT_LT(std::chrono::steady_clock::now() - begun, milliseconds(500));
  }

  base::Logger log_{{.level = base::LogLevel::kOff}};
  loop::testing::LoopHome home_;
  WebhookMonitor monitor_;
  const WebhookOptions quick_{.timeout = milliseconds(200), .pause = milliseconds(10)};
};

TEST_F(AlarmSinkTest, TellsEveryWebhook) {
  Receiver one({});
  Receiver two({});
  monitor_.config.webhooks = {one.url(), two.url()};
  AlarmSink sink(monitor_, *home_, log_, quick_);
  Raise(sink, "a1");
  const auto body = base::ParseJson(one.Await(1)[0], "body").value();
  EXPECT_EQ(body["type"], "alarm");
  EXPECT_EQ(body["alarm"]["id"], "a1");
  EXPECT_EQ(body["alarm"]["endpoint"], "rain");
  EXPECT_EQ(two.Await(1)[0], one.Await(1)[0]);
}

TEST_F(AlarmSinkTest, TriesAgainUntilItIsTaken) {
  Receiver receiver({500, 503});
  monitor_.config.webhooks = {receiver.url()};
  AlarmSink sink(monitor_, *home_, log_, quick_);
  Raise(sink, "a1");
  receiver.Await(3);
  Raise(sink, "a2");
  const auto bodies = receiver.Await(4);
  EXPECT_EQ(bodies[0], bodies[2]);
  EXPECT_NE(bodies[2], bodies[3]);
}

TEST_F(AlarmSinkTest, GivesUpAfterThreeAttempts) {
  Receiver receiver({500, 500, 500, 200});
  monitor_.config.webhooks = {receiver.url()};
  AlarmSink sink(monitor_, *home_, log_, quick_);
  Raise(sink, "a1");
  Raise(sink, "a2");
  const auto bodies = receiver.Await(4);
  EXPECT_EQ(base::ParseJson(bodies[2], "b").value()["alarm"]["id"], "a1");
  EXPECT_EQ(base::ParseJson(bodies[3], "b").value()["alarm"]["id"], "a2");
}

TEST_F(AlarmSinkTest, AReceiverThatIsGoneOrHangsHoldsUpNoAlarm) {
  // Takes connections and never answers.
  const base::UniqueFd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(listener.get(), 8), 0);
  socklen_t length = sizeof address;
  ASSERT_EQ(getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &length), 0);
  Receiver good({});
  monitor_.config.webhooks = {fmt::format("http://127.0.0.1:{}/", ntohs(address.sin_port)), "http://127.0.0.1:1/",
                              good.url()};
  AlarmSink sink(monitor_, *home_, log_, quick_);
  Raise(sink, "a1");
  Raise(sink, "a2");
  good.Await(2);
}

TEST_F(AlarmSinkTest, StopDoesNotWaitForReceivers) {
  monitor_.config.webhooks = {"http://127.0.0.1:1/"};
  AlarmSink sink(monitor_, *home_, log_, {.timeout = std::chrono::seconds(60), .pause = std::chrono::seconds(60)});
  for (int i = 0; i < 50; ++i) Raise(sink, "a" + std::to_string(i));
  const auto begun = std::chrono::steady_clock::now();
  sink.Stop();
  sink.Stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(2));
  Raise(sink, "late");
}

}  // namespace
}  // namespace gyre::server::internal
