#include "transfer/connection.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "transfer/testing/fake_client.h"

namespace gyre::transfer {
namespace {

using testing::FakeClient;

Connection To(FakeClient& client, std::vector<int>* pauses = nullptr) {
  return Connection(client, {.url = "http://h", .headers = {{"Authorization", "Bearer t"}}, .pause = [pauses](int n) {
                               if (pauses != nullptr) pauses->push_back(n);
                             }});
}

TEST(Connection, SendsJsonWithItsHeaders) {
  FakeClient client([](const http::ClientRequest& request) -> base::Result<http::ClientResponse> {
    EXPECT_EQ(request.headers.at(0).second, "Bearer t");
    return http::ClientResponse{.status = 200, .headers = {}, .body = request.body};
  });
  EXPECT_EQ(To(client).Post("/x", {{"a", 1}}).value(), base::Json({{"a", 1}}));
  EXPECT_EQ(client.requests.at(0), "POST http://h/x");
}

TEST(Connection, ErrorsAreTheServersOwn) {
  FakeClient client([](const http::ClientRequest&) -> base::Result<http::ClientResponse> {
    return http::ClientResponse{
        .status = 404, .headers = {}, .body = R"({"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no run"})"};
  });
  const auto got = To(client).Get("/x");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code(), base::ErrorCode::kNotFound);
  EXPECT_EQ(got.error().message(), "no run");
  EXPECT_EQ(client.requests.size(), 1U);
}

TEST(Connection, TakesAnythingForAnAnswer) {
  std::string body = "<html>";
  int status = 200;
  FakeClient client([&](const http::ClientRequest&) -> base::Result<http::ClientResponse> {
    return http::ClientResponse{.status = status, .headers = {}, .body = body};
  });
  EXPECT_FALSE(To(client).Get("/x"));
  status = 302;
  EXPECT_FALSE(To(client).Get("/x"));
  status = 400;
  body = R"({"error_code": 7, "message": []})";
  EXPECT_EQ(To(client).Get("/x").error().code(), base::ErrorCode::kInvalidArgument);
  body = std::string(100'000, '[');
  status = 200;
  EXPECT_FALSE(To(client).Get("/x"));
}

TEST(Connection, TriesAgainWhatMayPass) {
  int left = 2;
  FakeClient client([&](const http::ClientRequest&) -> base::Result<http::ClientResponse> {
    if (left-- > 0) return http::ClientResponse{.status = 503, .headers = {}, .body = {}};
    return http::ClientResponse{.status = 200, .headers = {}, .body = "{}"};
  });
  std::vector<int> pauses;
  EXPECT_TRUE(To(client, &pauses).Get("/x"));
  EXPECT_EQ(pauses, (std::vector<int>{1, 2}));
  left = 100;
  pauses.clear();
  EXPECT_EQ(To(client, &pauses).Get("/x").error().code(), base::ErrorCode::kUnavailable);
  EXPECT_EQ(pauses.size(), 3U);
}

TEST(Connection, AFailureOfOneThingIsNotOneOfTheServer) {
  FakeClient client([](const http::ClientRequest&) -> base::Result<http::ClientResponse> {
    return http::ClientResponse{.status = 500, .headers = {}, .body = "Internal Server Error"};
  });
  EXPECT_EQ(To(client).Get("/x").error().code(), base::ErrorCode::kInternal);
  EXPECT_EQ(client.requests.size(), 4U);
}

TEST(Connection, StreamsFilesBothWays) {
  const auto folder = base::TempFolder::Make(std::filesystem::temp_directory_path(), "connection").value();
  ASSERT_TRUE(base::WriteFileAtomic(folder.path() / "up", "bytes"));
  ASSERT_TRUE(base::WriteFileAtomic(folder.path() / "empty", ""));
  int left = 1;
  FakeClient client([&](const http::ClientRequest& request) -> base::Result<http::ClientResponse> {
    if (request.method == http::Method::kPut) {
      EXPECT_EQ(request.body_file.empty(), request.url.ends_with("empty"));
      return http::ClientResponse{.status = 200, .headers = {}, .body = {}};
    }
    if (left-- > 0) return base::Unavailable("broken off");
    return http::ClientResponse{.status = 200, .headers = {}, .body = "content"};
  });
  EXPECT_TRUE(To(client).Upload("/up", folder.path() / "up"));
  EXPECT_TRUE(To(client).Upload("/empty", folder.path() / "empty"));
  ASSERT_TRUE(To(client).Download("/x", folder.path() / "down"));
  EXPECT_EQ(base::ReadFile(folder.path() / "down", 100).value(), "content");
}

TEST(Connection, CredentialsAreThoseOfTheMlflowClient) {
  std::map<std::string, std::string> variables = {{"MLFLOW_TRACKING_TOKEN", "tok"}};
  const auto read = [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  };
  EXPECT_EQ(CredentialsFromEnvironment(read).at(0).second, "Bearer tok");
  variables["MLFLOW_TRACKING_USERNAME"] = "ann";
  variables["MLFLOW_TRACKING_PASSWORD"] = "secret";
  EXPECT_EQ(CredentialsFromEnvironment(read).at(0).second, "Basic YW5uOnNlY3JldA==");
  variables["MLFLOW_TRACKING_PASSWORD"] = "secre";
  EXPECT_EQ(CredentialsFromEnvironment(read).at(0).second, "Basic YW5uOnNlY3Jl");
  variables.clear();
  EXPECT_TRUE(CredentialsFromEnvironment(read).empty());
}

TEST(Connection, EncodesPathsAndValues) {
  EXPECT_EQ(PercentEncode("a b/ä&"), "a%20b%2F%C3%A4%26");
  EXPECT_EQ(PercentEncode("a b/c", true), "a%20b/c");
}

}  // namespace
}  // namespace gyre::transfer
