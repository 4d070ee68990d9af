#include "registry/model_version.h"

#include <gmock/gmock.h>

namespace gyre::registry {
namespace {

TEST(VersionRef, ReadsBackWhatItWrites) {
  const VersionRef ref{.model = ModelName("rain in the next hour"), .version = 12};
  EXPECT_EQ(ref.ToString(), "rain in the next hour/12");
  EXPECT_EQ(VersionRef::Parse(ref.ToString()).value(), ref);
}

TEST(VersionRef, WhatIsNoVersionSaysHowToWriteOne) {
  for (const char* text : {"", "rain", "rain/", "/1", "rain/0", "rain/-1", "rain/01", "rain/+1", "rain/1.0", "rain/1 ",
                           "rain/99999999999999999999", "a/b/1", "a:b/1", "../1", "rain@champion"}) {
    const auto parsed = VersionRef::Parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code(), base::ErrorCode::kInvalidArgument) << text;
  }
  EXPECT_THAT(VersionRef::Parse("rain").error().message(), ::testing::HasSubstr("write NAME/VERSION"));
}

TEST(ModelVersionJson, HasEveryFieldAndAnObjectForNoMetrics) {
  ModelVersion version;
  version.ref = {.model = ModelName("rain"), .version = 3};
  version.files["model.onnx"] = {.digest = base::Sha256Of(std::string_view("x")), .size = 1};
  version.aliases = {"champion"};
  const auto json = version.ToJson();
  EXPECT_EQ(json["ref"], "rain/3");
  EXPECT_EQ(json["version"], 3);
  EXPECT_EQ(json["metrics"], base::Json::object());
  EXPECT_EQ(json["files"]["model.onnx"]["digest"], base::Sha256Of(std::string_view("x")).ToHex());
  EXPECT_EQ(json["aliases"], base::Json({"champion"}));
  EXPECT_EQ(json["tags"], base::Json::object());
  EXPECT_EQ(json["datasets"], base::Json::array());
}

}  // namespace
}  // namespace gyre::registry
