#include "model/bundle.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"

namespace gyre::model {
namespace {

using base::ErrorCode;
using base::Json;
using ::testing::HasSubstr;

Bundle Weather() {
  Bundle bundle;
  bundle.onnx = std::string("graph\0bytes", 11);
  bundle.signature.inputs = {
      {.name = "temp", .nullable = true},
      {.name = "origin", .type = FeatureType::kCategory, .nullable = true, .categories = {"JFK"}}};
  bundle.signature.classes = {"dry", "rain"};
  bundle.signature.positive_class = "rain";
  bundle.golden.features = {
      .columns = {{.name = "temp", .type = FeatureType::kNumber, .numbers = {0.1F, NAN}, .categories = {}},
                  {.name = "origin", .type = FeatureType::kCategory, .numbers = {}, .categories = {"JFK", ""}}}};
  bundle.golden.labels = {"dry", "rain"};
  bundle.golden.probabilities = {.classes = 2, .values = {0.9F, 0.1F, 0.3F, 0.7F}};
  bundle.profile = ProfileFrame(bundle.golden.features);
  bundle.metrics = {{"accuracy", 0.95}};
  bundle.lineage = {{"datasets", {"abc"}}};
  bundle.card = "# rain\n";
  return bundle;
}

TEST(Bundle, SurvivesItsFilesWithTheSameDigest) {
  const auto files = Weather().ToFiles();
  EXPECT_EQ(files.size(), 7);
  const auto back = Bundle::FromFiles(files).value();
  EXPECT_EQ(back.ToFiles(), files);
  EXPECT_EQ(back.signature, Weather().signature);
  EXPECT_TRUE(std::isnan(back.golden.features.columns[0].numbers[1]));
  EXPECT_EQ(BundleDigest(files), BundleDigest(back.ToFiles()));
}

TEST(Bundle, OfAGraphFromOutsideNeedsNoMoreThanASignature) {
  Bundle bundle;
  bundle.onnx = "graph";
  bundle.signature = Weather().signature;
  const auto files = bundle.ToFiles();
  EXPECT_EQ(files.size(), 2);
  EXPECT_TRUE(Bundle::FromFiles(files));
}

TEST(Bundle, TheDigestChangesWithAnyFileOrName) {
  const auto files = Weather().ToFiles();
  const auto digest = BundleDigest(files);
  for (const auto& [name, content] : files) {
    auto changed = files;
    changed[name] += " ";
    EXPECT_NE(BundleDigest(changed), digest) << name;
    changed.erase(name);
    EXPECT_NE(BundleDigest(changed), digest) << name;
  }
}

TEST(Bundle, NamesTheFileThatIsMissingOrBroken) {
  const auto refusal = [](const std::string& name, const std::string& content) {
    auto files = Weather().ToFiles();
    files[name] = content;
    const auto read = Bundle::FromFiles(files);
    return read ? "accepted" : read.error().message();
  };
  EXPECT_EQ(refusal("model.onnx", ""), "the model has no model.onnx");
  EXPECT_THAT(refusal("signature.json", "{"), HasSubstr("signature.json is not valid JSON"));
  EXPECT_THAT(refusal("metrics.json", "[]"), HasSubstr("metrics.json must hold an object"));
  EXPECT_THAT(refusal("golden.json", "{}"), HasSubstr("golden.features lacks temp"));
  EXPECT_EQ(refusal("notes.txt", "left alone"), "accepted");
}

TEST(GoldenRows, RefuseAnswersThatDoNotFit) {
  const auto refusal = [](const std::function<void(Json&)>& spoil) {
    auto json = Weather().golden.ToJson();
    spoil(json);
    const auto read = GoldenRows::FromJson(json, Weather().signature);
    return read ? "accepted" : read.error().message();
  };
  EXPECT_THAT(refusal([](Json& j) { j["labels"].erase(0); }),
              HasSubstr("golden.labels has 1 rows, but features have 2"));
  EXPECT_THAT(refusal([](Json& j) { j["labels"][0] = "snow"; }), HasSubstr("'snow'"));
  EXPECT_THAT(refusal([](Json& j) { j["probabilities"][1] = {0.5}; }), HasSubstr("golden.probabilities[1]"));
  EXPECT_THAT(refusal([](Json& j) { j["values"] = {1, 2}; }), HasSubstr("regressions only"));
  EXPECT_THAT(refusal([](Json& j) { j["features"]["origin"][0] = 3; }), HasSubstr("golden.features.origin"));
  EXPECT_THAT(refusal([](Json& j) { j["features"]["extra"] = {1, 2}; }), HasSubstr("not in the signature"));
  EXPECT_THAT(refusal([](Json& j) { j["tolerance"] = -1; }), HasSubstr("tolerance"));
}

TEST(WriteBundle, MakesAFolderThatReadsBackAndLeavesOthersAlone) {
  const auto temp = base::TempFolder::Make(std::filesystem::temp_directory_path(), "bundle").value();
  const auto folder = temp.path() / "deep" / "model";
  ASSERT_TRUE(WriteBundle(Weather(), folder));
  EXPECT_EQ(ReadBundle(folder).value().ToFiles(), Weather().ToFiles());
  const auto again = WriteBundle(Weather(), folder);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), ErrorCode::kAlreadyExists);
  const auto left = std::distance(std::filesystem::directory_iterator(folder.parent_path()), {});
  EXPECT_EQ(left, 1) << "a staging folder was left behind";
  EXPECT_EQ(ReadBundle(temp.path() / "nothing").error().message(), "the model has no model.onnx");
}

}  // namespace
}  // namespace gyre::model
