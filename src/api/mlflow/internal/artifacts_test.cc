#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "api/mlflow/artifact_routes.h"
#include "artifacts/testing/temp_artifacts.h"
#include "http/client.h"

namespace gyre::api::mlflow {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

const std::string kProxy = "/api/2.0/mlflow-artifacts/artifacts";

class ArtifactRoutesTest : public ::testing::Test {
 protected:
  ArtifactRoutesTest() {
    AddArtifactRoutes(router_, {.tracker = *tracker_,
                                .registry = *registry_,
                                .artifacts = *tree_,
                                .uploads = *uploads_,
                                .signer = signer_,
                                .max_upload_bytes = 8 << 20});
  }

  http::ClientResponse Send(http::Method method, const std::string& url, const std::string& body = "",
                            Headers headers = {}) {
    headers.emplace_back("Host", "gyre.test:5000");
    return http::LocalClient(router_)
        .Send({.method = method, .url = url, .headers = std::move(headers), .body = body, .body_file = {}}, {})
        .value();
  }
  http::ClientResponse Get(const std::string& url, Headers headers = {}) {
    return Send(http::Method::kGet, url, "", std::move(headers));
  }
  base::Json GetJson(const std::string& url) { return base::Json::parse(Get(url).body); }
  http::ClientResponse Put(const std::string& path, const std::string& body) {
    return Send(http::Method::kPut, kProxy + "/" + path, body);
  }
  http::ClientResponse Post(const std::string& url, const base::Json& body) {
    return Send(http::Method::kPost, url, body.dump(), {{"Content-Type", "application/json"}});
  }
  static std::string Message(const http::ClientResponse& response) {
    return base::Json::parse(response.body).value("message", "");
  }
  /// The path and query of a URL on this server.
  static std::string Local(const std::string& url) {
    EXPECT_TRUE(url.starts_with("http://gyre.test:5000/")) << url;
    return url.substr(std::string("http://gyre.test:5000").size());
  }

  artifacts::testing::TempArtifacts tree_;
  std::unique_ptr<tracking::Tracker> tracker_ = tracking::Tracker::Open(tree_.database()).value();
  std::unique_ptr<registry::Registry> registry_ = registry::Registry::Open(tree_.database(), tree_.blobs()).value();
  std::unique_ptr<artifacts::Multipart> uploads_ =
      artifacts::Multipart::Open({.folder = tree_.folder() / "parts"}, *tree_, tree_.clock(), tree_.entropy()).value();
  artifacts::UrlSigner signer_{tree_.clock(), tree_.entropy()};
  http::Router router_;
};

TEST_F(ArtifactRoutesTest, PutsAndGetsBytes) {
  const auto put = Put("0/run/artifacts/a%20b.txt", "hello");
  EXPECT_EQ(put.status, 200);
  EXPECT_EQ(put.body, "");
  const auto got = Get(kProxy + "/0/run/artifacts/a%20b.txt");
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, "hello");
  EXPECT_EQ(got.headers.at("content-type"), "text/plain");
  EXPECT_EQ(got.headers.at("content-disposition"), "attachment; filename=\"a b.txt\"");
  EXPECT_EQ(got.headers.at("x-content-type-options"), "nosniff");
  EXPECT_EQ(Get("/ajax-api/2.0/mlflow-artifacts/artifacts/0/run/artifacts/a%20b.txt").body, "hello");
}

TEST_F(ArtifactRoutesTest, LongBodiesGoStraightToTheBlobs) {
  const std::string body(3 << 20, 'x');
  EXPECT_EQ(Put("big.bin", body).status, 200);
  EXPECT_EQ(Get(kProxy + "/big.bin").body, body);
  EXPECT_EQ(Put("too/big.bin", std::string(9 << 20, 'x')).status, 413);
  EXPECT_FALSE(tree_->Find("too/big.bin"));
}

TEST_F(ArtifactRoutesTest, GivesParts) {
  Put("f", "0123456789");
  const auto part = Get(kProxy + "/f", {{"Range", "bytes=2-4"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "234");
  const auto etag = part.headers.at("etag");
  EXPECT_EQ(Get(kProxy + "/f", {{"Range", "bytes=2-4"}, {"If-Range", etag}}).status, 206);
  EXPECT_EQ(Get(kProxy + "/f", {{"If-None-Match", etag}}).status, 304);
  EXPECT_EQ(Get(kProxy + "/f", {{"Range", "bytes=10-"}}).status, 416);
}

TEST_F(ArtifactRoutesTest, SaysWhatIsWrongWithAPath) {
  tree_.Fill({"d/e"});
  const auto missing = Get(kProxy + "/x/y");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(base::Json::parse(missing.body)["error_code"], "RESOURCE_DOES_NOT_EXIST");
  EXPECT_EQ(Message(missing), "No such artifact: 'x/y'");
  EXPECT_EQ(Message(Get(kProxy + "/d")), "Artifact path refers to a directory, not a file: 'd'");
  EXPECT_EQ(Get(kProxy + "/d").status, 400);
  EXPECT_EQ(Put("d/", "x").status, 400);
  EXPECT_EQ(Put("d", "x").status, 400);
  EXPECT_EQ(Put("d/e/f", "x").status, 400);
  for (const auto* path : {"%2e%2e/x", "a/../x", "%252e%252e/x", "a/%252e%252e/x", "a%2523b", "a%5cb", "C:/x"}) {
    for (const auto method : {http::Method::kGet, http::Method::kPut, http::Method::kDelete}) {
      const auto refused = Send(method, kProxy + "/" + path, method == http::Method::kPut ? "x" : "");
      EXPECT_EQ(refused.status, 400) << path;
      EXPECT_EQ(Message(refused), "Invalid path") << path;
    }
  }
}

TEST_F(ArtifactRoutesTest, ListsByName) {
  tree_.Fill({"0/r/artifacts/model/MLmodel", "0/r/artifacts/a.txt"});
  EXPECT_EQ(Get(kProxy + "?path=0/r/artifacts").body,
            R"({"files":[{"path":"a.txt","is_dir":false,"file_size":19},{"path":"model","is_dir":true}]})");
  EXPECT_EQ(GetJson(kProxy)["files"][0]["path"], "0");
  EXPECT_EQ(GetJson(kProxy + "?path=")["files"].size(), 1u);
  EXPECT_EQ(Get(kProxy + "?path=nothing").body, "{}");
  EXPECT_EQ(Get(kProxy + "?path=0/r/artifacts/a.txt").body, "{}");
  EXPECT_EQ(Message(Get(kProxy + "?path=../x")), "Invalid path");
  EXPECT_EQ(Message(Get(kProxy + "?path=/etc")), "Invalid path");
}

TEST_F(ArtifactRoutesTest, AnEmptyFileHasNoSize) {
  Put("empty.csv", "");
  EXPECT_EQ(Get(kProxy).body, R"({"files":[{"path":"empty.csv","is_dir":false}]})");
  EXPECT_EQ(Get(kProxy + "/empty.csv").body, "");
}

TEST_F(ArtifactRoutesTest, DeletesFilesAndFolders) {
  tree_.Fill({"a/b", "a/c/d", "e"});
  EXPECT_EQ(Send(http::Method::kDelete, kProxy + "/a").body, "{}");
  EXPECT_EQ(Send(http::Method::kDelete, kProxy + "/a").status, 200) << "again";
  EXPECT_EQ(GetJson(kProxy)["files"].size(), 1u);
}

TEST_F(ArtifactRoutesTest, NamesThatAreNotAsciiAreEncoded) {
  const auto url = kProxy + "/%E6%97%A5%E6%9C%AC.png";
  EXPECT_EQ(Send(http::Method::kPut, url, "x").status, 200);
  EXPECT_EQ(Get(url).headers.at("content-disposition"),
            "attachment; filename=.png; filename*=UTF-8''%E6%97%A5%E6%9C%AC.png");
  const auto umlaut = kProxy + "/%C3%BC%C5%93%C5%82.txt";
  EXPECT_EQ(Send(http::Method::kPut, umlaut, "x").status, 200);
  EXPECT_EQ(Get(umlaut).headers.at("content-disposition"),
            "attachment; filename=u.txt; filename*=UTF-8''%C3%BC%C5%93%C5%82.txt");
  EXPECT_EQ(Get(url).headers.at("content-type"), "image/png");
}

TEST_F(ArtifactRoutesTest, UploadsInParts) {
  const std::string mpu = "/api/2.0/mlflow-artifacts/mpu/";
  const auto created = base::Json::parse(
      Post(mpu + "create/0/r/artifacts/model", {{"path", "/home/me/weights.bin"}, {"num_parts", 2}}).body);
  ASSERT_EQ(created["credentials"].size(), 2u);
  base::Json parts = base::Json::array();
  const std::vector<std::string> bytes = {std::string(400'000, 'a'), "b"};
  for (size_t i = 0; i < 2; ++i) {
    const auto& credential = created["credentials"][i];
    EXPECT_EQ(credential["part_number"], i + 1);
    const auto sent = Send(http::Method::kPut, Local(credential["url"]), bytes[i]);
    EXPECT_EQ(sent.status, 200) << sent.body;
    parts.push_back({{"part_number", i + 1}, {"etag", sent.headers.at("etag")}, {"url", credential["url"]}});
  }
  const base::Json complete = {{"path", "weights.bin"}, {"upload_id", created["upload_id"]}, {"parts", parts}};
  EXPECT_EQ(Post(mpu + "complete/0/r/artifacts/other", complete).status, 400);
  EXPECT_EQ(Post(mpu + "complete/0/r/artifacts/model", complete).body, "{}");
  EXPECT_EQ(tree_.Content("0/r/artifacts/model/weights.bin"), bytes[0] + bytes[1]);
  EXPECT_EQ(Post(mpu + "complete/0/r/artifacts/model", complete).status, 404);
}

TEST_F(ArtifactRoutesTest, PartsNeedTheSignature) {
  const std::string mpu = "/api/2.0/mlflow-artifacts/mpu/";
  const auto created = base::Json::parse(Post(mpu + "create/0/r", {{"path", "f"}, {"num_parts", 2}}).body);
  const auto url = Local(created["credentials"][0]["url"]);
  EXPECT_EQ(Send(http::Method::kPut, url.substr(0, url.size() - 1) + "x", "1").status, 403);
  EXPECT_EQ(Send(http::Method::kPut, url.substr(0, url.find('?')), "1").status, 403);
  EXPECT_EQ(Send(http::Method::kPut, url.substr(0, url.find('?')), std::string(300'000, '1')).status, 403);
  tree_.clock().Advance(std::chrono::hours(13));
  EXPECT_EQ(Send(http::Method::kPut, url, "1").status, 403);
  EXPECT_EQ(Post(mpu + "abort/0/r", {{"path", "f"}, {"upload_id", created["upload_id"]}}).body, "{}");
  EXPECT_EQ(Post(mpu + "create/0/r", {{"path", ".."}, {"num_parts", 1}}).status, 400);
  EXPECT_EQ(Post(mpu + "create/0/r", {{"num_parts", 1}}).status, 400);
  EXPECT_EQ(Post(mpu + "create/0/r", {{"path", "f"}, {"num_parts", 0}}).status, 400);
}

TEST_F(ArtifactRoutesTest, SignsDownloads) {
  tree_.Fill({"0/r/a b.txt"});
  const auto signed_url = GetJson("/api/2.0/mlflow-artifacts/presigned/0/r/a%20b.txt");
  EXPECT_EQ(signed_url["file_size"], 11);
  EXPECT_EQ(signed_url["headers"], base::Json::object());
  const auto url = Local(signed_url["url"]);
  EXPECT_EQ(Get(url).body, "0/r/a b.txt");
  EXPECT_EQ(Get(url, {{"Range", "bytes=0-1"}}).body, "0/");
  EXPECT_EQ(Get(url.substr(0, url.find('?'))).status, 403);
  tree_.clock().Advance(std::chrono::minutes(16));
  EXPECT_EQ(Get(url).status, 403);
  EXPECT_EQ(Get("/api/2.0/mlflow-artifacts/presigned/0/r/none").status, 404);
}

class OwnerRoutesTest : public ArtifactRoutesTest {
 protected:
  tracking::Run run_ = tracker_->CreateRun({.experiment = tracking::ExperimentId("0")}, "tester").value();
  std::string root_ = run_.artifact_uri.substr(std::string("mlflow-artifacts:/").size());
};

TEST_F(OwnerRoutesTest, ListsAndGetsByRun) {
  ASSERT_TRUE(tree_->Put(root_ + "/model/MLmodel", "x"));
  const auto list = "/api/2.0/mlflow/artifacts/list?run_id=" + run_.id.value();
  EXPECT_EQ(GetJson(list),
            base::Json::parse(
                fmt::format(R"({{"root_uri":"{}","files":[{{"path":"model","is_dir":true}}]}})", run_.artifact_uri)));
  EXPECT_EQ(GetJson(list + "&path=model")["files"][0]["path"], "model/MLmodel");
  EXPECT_FALSE(GetJson(list + "&path=x").contains("files"));
  EXPECT_EQ(Get("/api/2.0/mlflow/artifacts/list?run_id=" + std::string(32, '0')).status, 404);
  for (const auto* name : {"run_id", "run_uuid"}) {
    EXPECT_EQ(Get(fmt::format("/get-artifact?{}={}&path=model/MLmodel", name, run_.id.value())).body, "x");
  }
  EXPECT_EQ(Get(fmt::format("/get-artifact?run_id={}&path=..", run_.id.value())).status, 400);
  EXPECT_EQ(Get("/get-artifact?path=x").status, 400);
  EXPECT_EQ(Get("/get-artifact?run_id=" + run_.id.value()).status, 400);
}

TEST_F(OwnerRoutesTest, PagesUploadToARun) {
  const auto url = fmt::format("/ajax-api/2.0/mlflow/upload-artifact?run_uuid={}&path=plots/a.json", run_.id.value());
  EXPECT_EQ(Send(http::Method::kPost, url, "{}").status, 200);
  EXPECT_EQ(tree_.Content(root_ + "/plots/a.json"), "{}");
  EXPECT_EQ(Message(Send(http::Method::kPost, url)), "Request must specify data.");
  EXPECT_EQ(Message(Send(http::Method::kPost, url, std::string((10 << 20) + 1, 'x'))),
            "Artifact size is too large. Max size is 10MB.");
  EXPECT_EQ(Message(Send(http::Method::kPost, "/ajax-api/2.0/mlflow/upload-artifact?path=x", "x")),
            "Request must specify run_id or run_uuid.");
  EXPECT_EQ(Message(Send(http::Method::kPost, "/ajax-api/2.0/mlflow/upload-artifact?run_id=x", "x")),
            "Request must specify path.");
}

TEST_F(OwnerRoutesTest, LoggedModelsHaveArtifacts) {
  const auto model =
      tracker_->CreateLoggedModel({.experiment = tracking::ExperimentId("0"), .name = "m"}, "tester").value();
  const auto folder = model.artifact_uri.substr(std::string("mlflow-artifacts:/").size());
  ASSERT_TRUE(tree_->Put(folder + "/code/a.py", "pass"));
  const auto base = "2.0/mlflow/logged-models/" + model.id.value() + "/artifacts/";
  EXPECT_EQ(GetJson("/api/" + base + "directories")["files"][0]["path"], "code");
  EXPECT_EQ(GetJson("/api/" + base + "directories?artifact_directory_path=code")["files"][0]["path"], "code/a.py");
  EXPECT_EQ(Get("/ajax-api/" + base + "files?artifact_file_path=code/a.py").body, "pass");
  EXPECT_TRUE(GetJson("/ajax-api/" + base + "files?presigned=true&artifact_file_path=code/a.py").contains("url"));
  const auto missing = Get("/ajax-api/" + base + "files");
  EXPECT_EQ(base::Json::parse(missing.body)["error_code"], "BAD_REQUEST");
  EXPECT_EQ(Get("/ajax-api/2.0/mlflow/logged-models/m-none/artifacts/files?artifact_file_path=x").status, 404);
}

TEST_F(OwnerRoutesTest, CloudUrlsAreForArtifactsInACloud) {
  const std::string url = "/api/2.0/mlflow/artifacts/presigned-upload-url";
  const auto refused = Post(url, {{"run_id", run_.id.value()}, {"path", "a"}});
  EXPECT_EQ(refused.status, 400);
  EXPECT_TRUE(Message(refused).starts_with("Presigned upload is not supported for proxied artifact storage"));
  EXPECT_EQ(Post(url, {{"run_id", std::string(32, '0')}, {"path", "a"}}).status, 404);
  EXPECT_EQ(Post(url, {{"path", "a"}}).status, 400);
}

TEST_F(OwnerRoutesTest, VersionsHaveTheFilesOfTheirSource) {
  ASSERT_TRUE(tree_->Put(root_ + "/model/MLmodel", "flavors"));
  ASSERT_TRUE(registry_->CreateModel(registry::ModelName("m"), {}, "", "tester"));
  ASSERT_TRUE(tree_.database().Write([&](store::Transaction& transaction) -> base::Result<void> {
    TRY(transaction.Execute(
        "INSERT INTO model_versions(number, model, version, bundle_digest, run_id, pipeline_run, description, metrics, "
        "created_at, updated_at, source, storage_location) SELECT 1, number, 1, '', '', '', '', '{}', 0, 0, ?1, ?1 "
        "FROM "
        "registered_models",
        run_.artifact_uri + "/model"));
    return base::Ok();
  }));
  EXPECT_EQ(Get("/model-versions/get-artifact?name=m&version=1&path=MLmodel").body, "flavors");
  EXPECT_EQ(Get("/model-versions/get-artifact?name=m&version=2&path=MLmodel").status, 404);
  EXPECT_EQ(Get("/model-versions/get-artifact?name=m&version=x&path=MLmodel").status, 400);
  EXPECT_EQ(Get("/model-versions/get-artifact?name=m&version=1&path=..").status, 400);
  EXPECT_EQ(Get("/model-versions/get-artifact?name=m&version=1").status, 400);
}

TEST_F(OwnerRoutesTest, ArtifactsElsewhereAreTheClientsToRead) {
  const auto away = tracker_->CreateExperiment("away", "s3://bucket/x", {}, "tester").value();
  const auto run = tracker_->CreateRun({.experiment = away.id}, "tester").value();
  const auto refused = Get("/api/2.0/mlflow/artifacts/list?run_id=" + run.id.value());
  EXPECT_EQ(refused.status, 501);
  EXPECT_TRUE(Message(refused).contains("s3://bucket/x"));
}

}  // namespace
}  // namespace gyre::api::mlflow
