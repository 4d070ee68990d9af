#include "transfer/internal/key_files.h"

#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/file.h"

namespace gyre::transfer::internal {
namespace {

namespace fs = std::filesystem;

class KeyFilesTest : public ::testing::Test {
 protected:
  void Write(const std::string& path, std::string_view bytes) {
    ASSERT_TRUE(base::MakeFolders((folder_.path() / path).parent_path()));
    ASSERT_TRUE(base::WriteFileAtomic(folder_.path() / path, bytes));
  }
  std::vector<Point> Points() {
    std::vector<Point> points;
    EXPECT_TRUE(ReadPoints(folder_.path(), report_, [&](Point point) -> base::Result<void> {
      points.push_back(std::move(point));
      return base::Ok();
    }));
    return points;
  }
  base::TempFolder folder_ = base::TempFolder::Make(fs::temp_directory_path(), "key_files").value();
  Report report_;
};

TEST(ParsePoint, TakesTheFormsOfAllVersions) {
  EXPECT_EQ(ParsePoint("k", "5 1.5")->step, 0);
  const auto point = ParsePoint("k", "5 -1e-300 7");
  EXPECT_EQ(point->value, -1e-300);
  EXPECT_EQ(point->step, 7);
  EXPECT_TRUE(std::isnan(ParsePoint("k", "5 nan 0")->value));
  EXPECT_TRUE(std::isinf(ParsePoint("k", "5 -inf 0")->value));
  const auto on_dataset = ParsePoint("k", "5 1 2 weather abc");
  EXPECT_EQ(on_dataset->dataset_name, "weather");
  EXPECT_EQ(on_dataset->dataset_digest, "abc");
  EXPECT_EQ(ParsePoint("k", "5 1 2 run")->run_id, "run");
  const auto of_model = ParsePoint("k", "5 1 2 run weather abc");
  EXPECT_EQ(of_model->run_id, "run");
  EXPECT_EQ(of_model->dataset_name, "weather");
  for (const char* line : {"", "5", "x 1 2", "5 x 2", "5 1 x", "5 1 2 3 4 5 6", "99999999999999999999 1 2"}) {
    EXPECT_FALSE(ParsePoint("k", line)) << line;
  }
}

TEST_F(KeyFilesTest, HistoriesAreReadLineByLine) {
  std::string lines;
  for (int i = 0; i < 100'000; ++i) lines += fmt::format("{} {}.5 {}\n", i, i, i);
  Write("a/loss", lines);
  Write("last", "1 2 3");  // without a line's end
  const auto points = Points();
  EXPECT_EQ(points.size(), 100'001U);
  EXPECT_EQ(report_.lost(), 0);
}

TEST_F(KeyFilesTest, DamagedLinesAreLostAndNoMore) {
  Write("k", "1 2 3\nnonsense\n\n4 5 6\r\n");
  EXPECT_EQ(Points().size(), 2U);
  EXPECT_EQ(report_.lost(), 1);
  Write("k", "1 2 3\n" + std::string(1 << 20, '7'));
  Points();
  EXPECT_EQ(report_.lost(), 2);
  EXPECT_NE(report_.losses().back().why.find("line of over"), std::string::npos);
}

TEST_F(KeyFilesTest, KeysAreReadWithTheirSlashes) {
  Write("a/b", "two\nlines");
  Write("empty", "");
  Write("bad", "\xff\xfe");
  const auto texts = ReadKeys(folder_.path(), "param", report_).value();
  EXPECT_EQ(texts, (Texts{{"a/b", "two\nlines"}, {"empty", ""}}));
  EXPECT_EQ(report_.lost(), 1);
  EXPECT_TRUE(ReadKeys(folder_.path() / "none", "param", report_)->empty());
}

TEST_F(KeyFilesTest, MetaIsReadAsTexts) {
  Write("meta.yaml", "name: 089\nend_time: null\nstatus: 3\n");
  EXPECT_EQ(ReadMeta(folder_.path()).value(), base::Json({{"name", "089"}, {"end_time", nullptr}, {"status", "3"}}));
}

TEST_F(KeyFilesTest, HostileMetaIsAnError) {
  EXPECT_FALSE(ReadMeta(folder_.path()));
  for (const std::string& text :
       {std::string("- list"), std::string("a: [1"), std::string(10'000, '['),
        std::string("a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
                    "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
                    "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n")}) {
    Write("meta.yaml", text);
    EXPECT_FALSE(ReadMeta(folder_.path())) << text.substr(0, 20);
  }
  fs::remove(folder_.path() / "meta.yaml");
  Write("elsewhere", "name: x");
  fs::create_symlink(folder_.path() / "elsewhere", folder_.path() / "meta.yaml");
  EXPECT_FALSE(ReadMeta(folder_.path()));
}

}  // namespace
}  // namespace gyre::transfer::internal
