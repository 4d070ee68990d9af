#include "cli/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/run_watcher.h"
#include "cli/terminal.h"
#include "http/server.h"

namespace gyre::cli {
namespace {

using base::ErrorCode;
using ::testing::HasSubstr;

/// A server that answers every GET with what the test says.
class OddServer {
 public:
  int status = 200;
  std::string body;

  OddServer() {
    router_.Add({.pattern = "/{path...}", .handler = [this](const http::Request&, http::Response& response) {
                   response.SetText(status, body);
                 }});
    server_ = http::Server::Start({.io_threads = 1}, {router_, clock_, entropy_, metrics_, log_}).value();
  }
  ~OddServer() { server_->Stop(std::chrono::milliseconds(0)); }
  std::string url() const { return fmt::format("http://127.0.0.1:{}", server_->port()); }

 private:
  base::SystemClock clock_;
  base::SystemEntropy entropy_;
  base::Metrics metrics_;
  base::Logger log_{{.level = base::LogLevel::kOff}};
  http::Router router_;
  std::unique_ptr<http::Server> server_;
};

TEST(EncodeTest, KeepsWhatAPathSegmentMayHave) {
  EXPECT_EQ(Encode("rain-1_2.3~x"), "rain-1_2.3~x");
  EXPECT_EQ(Encode("a/b c?d=e&ü%"), "a%2Fb%20c%3Fd%3De%26%C3%BC%25");
}

TEST(ApiTest, AnErrorOfTheServerKeepsItsCodeMessageAndName) {
  OddServer server;
  const auto api = Api::At(server.url() + "///").value();
  server.status = 404;
  server.body = R"({"error_code": "NOT_FOUND", "message": "no 'x'", "details": {"name": "x"}})";
  EXPECT_EQ(api->Get("/api/v1/x").error(), base::NotFound("no 'x'", "x"));
  server.body = R"({"error_code": "NOT_FOUND", "message": "no 'x'", "details": {}})";
  EXPECT_EQ(api->Get("/api/v1/x").error(), base::NotFound("no 'x'"));
}

TEST(ApiTest, WhatIsNoGyreIsSaidToBeNone) {
  OddServer server;
  const auto api = Api::At(server.url()).value();
  const std::vector<std::pair<int, std::string>> answers = {
      {200, "<html>It works!</html>"}, {200, ""}, {502, "Bad Gateway"}, {404, "[]"}, {404, "{}"}, {302, ""}};
  for (const auto& [status, body] : answers) {
    server.status = status;
    server.body = body;
    const auto answer = api->Get("/api/v1/models");
    ASSERT_FALSE(answer) << body;
    EXPECT_EQ(answer.error().code(), ErrorCode::kUnavailable) << answer.error().ToString();
    EXPECT_EQ(ExitCodeFor(answer.error()), kUnreachable);
    EXPECT_THAT(answer.error().message(), HasSubstr(server.url()));
  }
  // Errors of an odd shape are errors all the same.
  server.status = 400;
  for (const auto* body : {R"({"error_code": 5})", R"({"error_code": "X", "message": 7})",
                           R"({"error_code": "X", "message": "m", "details": 7})"}) {
    server.body = body;
    EXPECT_FALSE(api->Get("/api/v1/models")) << body;
  }
}

TEST(ApiTest, AServerThatIsNotThereIsUnreachable) {
  const auto api = Api::At("http://127.0.0.1:1").value();
  EXPECT_EQ(ExitCodeFor(api->Get("/api/v1/models").error()), kUnreachable);
}

TEST(RunWatcherTest, SaysOfEveryStepHowItEndedOnce) {
  OddServer server;
  const auto api = Api::At(server.url()).value();
  const base::Json run = {{"state", "failed"},
                          {"steps",
                           {{{"name", "ingest"},
                             {"state", "succeeded"},
                             {"cached", true},
                             {"seconds", nullptr},
                             {"figures", {{"rows", 17108}}}},
                            {{"name", "train"},
                             {"state", "succeeded"},
                             {"cached", false},
                             {"seconds", 1.5},
                             {"figures", {{"brier", 0.04123456}}}},
                            {{"name", "test"}, {"state", "failed"}, {"error", {{"message", "not good enough"}}}},
                            {{"name", "deploy"}, {"state", "skipped"}}}}};
  server.body = base::DumpJson(run);
  ::testing::internal::CaptureStdout();
  Terminal terminal;
  const auto watched = WatchRun(*api, terminal, "r1");
  const auto out = ::testing::internal::GetCapturedStdout();
  ASSERT_TRUE(watched) << watched.error().ToString();
  EXPECT_EQ(ExitCodeOfRun(*watched), kFailed);
  EXPECT_EQ(std::ranges::count(out, '\n'), 4) << out;
  EXPECT_THAT(out, HasSubstr("17,108 rows"));
  EXPECT_THAT(out, HasSubstr("brier 0.04123"));
  EXPECT_THAT(out, HasSubstr("1.5 s"));
  EXPECT_THAT(out, HasSubstr("not good enough"));
  EXPECT_THAT(out, HasSubstr("not run"));
}

TEST(RunWatcherTest, FiguresAreWrittenForPeople) {
  EXPECT_EQ(DescribeFigures({{"rows", 1234567}, {"brier", 0.041234567}, {"version", "rain/3"}}),
            "brier 0.04123, 1,234,567 rows, version rain/3");
  EXPECT_EQ(DescribeFigures({{"delta", -1000}}), "-1,000 delta");
  EXPECT_EQ(DescribeFigures(base::Json::object()), "");
}

}  // namespace
}  // namespace gyre::cli
