#include "api/mlflow/internal/artifacts_path.h"

#include <gtest/gtest.h>

namespace gyre::api::mlflow::internal {
namespace {

std::string Safe(std::string_view path) {
  const auto safe = SafePath(path);
  return safe ? *safe : safe.error().message();
}

TEST(SafePath, KeepsWhatIsPlain) {
  EXPECT_EQ(Safe("0/abc/artifacts/model/MLmodel"), "0/abc/artifacts/model/MLmodel");
  EXPECT_EQ(Safe("a/./b//c/"), "a/b/c");
  EXPECT_EQ(Safe("日本 語/a b.txt"), "日本 語/a b.txt");
  EXPECT_EQ(Safe("..a/b..c/..."), "..a/b..c/...");
  EXPECT_EQ(Safe("a:b/c?d=e&f;g"), "a:b/c?d=e&f;g");
  EXPECT_EQ(Safe(""), "");
}

TEST(SafePath, DecodesUntilNothingChanges) {
  EXPECT_EQ(Safe("a%20b"), "a b");
  EXPECT_EQ(Safe("a%252520b"), "a b");
  EXPECT_EQ(Safe("100%/50%2"), "100%/50%2");
  std::string deep = "a%20b";
  for (int i = 0; i < 12; ++i) deep.replace(deep.find('%'), 1, "%25");
  EXPECT_EQ(Safe(deep), "Invalid path");
}

TEST(SafePath, EscapesControlBytes) {
  EXPECT_EQ(Safe("a%0Ab"), "a%0ab");
  EXPECT_EQ(Safe("a\x7f"), "a%7f");
  EXPECT_EQ(Safe("%00"), "%00");
}

TEST(SafePath, RefusesWhatLeadsElsewhere) {
  for (const auto* path : {"..",
                           "../a",
                           "a/../b",
                           "a/..",
                           "/a",
                           "//host/a",
                           "%2e%2e/a",
                           "a/%2E%2E/b",
                           "%252e%252e%252fa",
                           "%2fetc/passwd",
                           "a#b",
                           "a%23b",
                           "a\\b",
                           "..\\a",
                           "a%5c..%5cb",
                           "C:/x",
                           "c:\\x",
                           "C:",
                           "C%3A/x",
                           "file:///etc/passwd",
                           "File:x",
                           "\xff\xfe",
                           "%ff",
                           "%c0%ae%c0%ae/x"}) {
    EXPECT_EQ(Safe(path), "Invalid path") << path;
  }
  EXPECT_EQ(Safe(std::string(300, 'a')), "Invalid path");
}

TEST(SafeFileName, IsWhatIsBehindTheLastSeparator) {
  EXPECT_EQ(SafeFileName("model.bin").value(), "model.bin");
  EXPECT_EQ(SafeFileName("/home/me/model.bin").value(), "model.bin");
  EXPECT_EQ(SafeFileName("C:\\Users\\me\\model.bin").value(), "model.bin");
  EXPECT_EQ(SafeFileName("a%2Fb").value(), "b");
  for (const auto* path : {"", "a/", "..", "a/..", ".", "%2e%2e", "src%5C..", "a/%2F..", "x%23y"}) {
    EXPECT_FALSE(SafeFileName(path)) << path;
  }
}

}  // namespace
}  // namespace gyre::api::mlflow::internal
