#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "transfer/sink.h"
#include "transfer/testing/fake_client.h"

namespace gyre::transfer {
namespace {

using base::Json;
using testing::FakeClient;

/// Remembers the records that it is sent.
class GyreSinkTest : public ::testing::Test {
 protected:
  base::Result<http::ClientResponse> Answer(const http::ClientRequest& request) {
    if (!fixed_.empty()) return http::ClientResponse{.status = 200, .headers = {}, .body = fixed_};
    if (request.method == http::Method::kPut) return http::ClientResponse{.status = 200, .headers = {}, .body = {}};
    const auto body = Json::parse(request.body);
    if (!body.contains("records"))
      return http::ClientResponse{.status = 200, .headers = {}, .body = R"({"known": []})"};
    records_.push_back(body["records"][0]);
    const Json result = {{"experiment_id", "70"}, {"artifact_uri", place_}};
    return http::ClientResponse{.status = 200, .headers = {}, .body = Json({{"results", {result}}}).dump()};
  }
  std::unique_ptr<Sink> Open() {
    return OpenGyreSink(Connection(client_, {.url = "http://g", .headers = {}, .pause = [](int) {}}));
  }
  std::string fixed_;
  std::string place_ = "mlflow-artifacts:/70/r/artifacts";
  std::vector<Json> records_;
  FakeClient client_{[this](const http::ClientRequest& request) { return Answer(request); }};
};

TEST_F(GyreSinkTest, RunsGoIntoTheExperimentThatTheServerMade) {
  const auto sink = Open();
  ASSERT_TRUE(sink->PutExperiment({.id = "1", .name = "rain"}));
  transfer::Run run;
  run.id = "r";
  run.experiment_id = "1";
  ASSERT_TRUE(sink->PutRun(run));
  EXPECT_EQ(records_.back()["run"]["info"]["experiment_id"], "70");
  const std::vector<Point> points = {{.key = "k", .value = 1}};
  ASSERT_TRUE(sink->PutPoints(run, points));
  EXPECT_EQ(records_.back()["points"].size(), 1U);
  ASSERT_TRUE(sink->FinishRun(run));
  ASSERT_TRUE(sink->Mark("run", "r", "f", {{"artifacts", 1}}));
  EXPECT_EQ(records_.back()["counts"]["artifacts"], 1);
  ASSERT_TRUE(sink->FinishExperiment({.id = "1", .name = "rain"}));
  EXPECT_EQ(records_.back()["experiment_id"], "70");
}

TEST_F(GyreSinkTest, ArtifactsGoWhereTheServerHasThem) {
  const auto folder = base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre_sink").value();
  ASSERT_TRUE(base::WriteFileAtomic(folder.path() / "f", "x"));
  const auto sink = Open();
  transfer::Run run;
  run.id = "r";
  ASSERT_TRUE(sink->PutRun(run));
  ASSERT_TRUE(sink->PutArtifact({.id = "r"}, {.path = "a b/c"}, folder.path() / "f"));
  EXPECT_EQ(client_.requests.back(), "PUT http://g/api/2.0/mlflow-artifacts/artifacts/70/r/artifacts/a%20b/c");
  EXPECT_FALSE(sink->PutArtifact({.id = "other"}, {.path = "c"}, folder.path() / "f"));
  place_ = "s3://bucket/r";
  ASSERT_TRUE(sink->PutRun(run));
  EXPECT_EQ(sink->PutArtifact({.id = "r"}, {.path = "c"}, folder.path() / "f").error().code(),
            base::ErrorCode::kFailedPrecondition);
}

TEST_F(GyreSinkTest, ErrorsOfRecordsAreErrors) {
  fixed_ = R"({"results": [{"error": {"error_code": "ALREADY_EXISTS", "message": "taken"}}]})";
  const auto put = Open()->PutRegisteredModel({.name = "m"});
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code(), base::ErrorCode::kAlreadyExists);
  EXPECT_EQ(put.error().message(), "taken");
}

TEST_F(GyreSinkTest, OtherAnswersAreErrorsToo) {
  for (const char* body :
       {"{}", R"({"results": []})", R"({"results": 1})", "[]", "nothing", R"({"results": [7, 8]})"}) {
    fixed_ = body;
    EXPECT_FALSE(Open()->PutRegisteredModel({.name = "m"})) << body;
  }
  for (const char* body :
       {R"({"known": [{}]})", R"({"known": 1})", R"({"known": [{"id": "x", "counts": {"a": "b"}}]})"}) {
    fixed_ = body;
    EXPECT_FALSE(Open()->Known("run", {{"x", "f"}})) << body;
  }
}

}  // namespace
}  // namespace gyre::transfer
