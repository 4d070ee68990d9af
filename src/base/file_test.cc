#include "base/file.h"

#include <fstream>
#include <gtest/gtest.h>

namespace gyre::base {
namespace {

class FileTest : public ::testing::Test {
 protected:
  TempFolder folder_ = TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-file-test").value();
  std::filesystem::path path_ = folder_.path() / "x";
};

TEST_F(FileTest, AtomicWritesReplaceTheWholeFileAndLeaveNothingBeside) {
  ASSERT_TRUE(WriteFileAtomic(path_, "first, and longer"));
  ASSERT_TRUE(WriteFileAtomic(path_, "second"));
  EXPECT_EQ(ReadFile(path_, 100).value(), "second");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 1);
}

TEST_F(FileTest, AWriteThatCannotFinishLeavesTheOldFile) {
  ASSERT_TRUE(WriteFileAtomic(path_, "old"));
  std::filesystem::create_directory(folder_.path() / "folder");
  EXPECT_FALSE(WriteFileAtomic(folder_.path() / "folder", "new"));
  EXPECT_FALSE(WriteFileAtomic(folder_.path() / "missing" / "x", "new"));
  EXPECT_EQ(ReadFile(path_, 100).value(), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 2);
}

TEST_F(FileTest, AScratchFileReplacesWhatIsThere) {
  ASSERT_TRUE(WriteScratchFile(path_, "first, and longer"));
  ASSERT_TRUE(WriteScratchFile(path_, "second"));
  EXPECT_EQ(ReadFile(path_, 100).value(), "second");
  EXPECT_EQ(WriteScratchFile(folder_.path() / "missing" / "x", "new").error().code(), ErrorCode::kNotFound);
}

TEST_F(FileTest, ReadRefusesWhatIsOverTheLimitAndWhatIsMissing) {
  ASSERT_TRUE(WriteFileAtomic(path_, "0123456789"));
  EXPECT_EQ(ReadFile(path_, 9).error().code(), ErrorCode::kTooLarge);
  EXPECT_EQ(ReadFile(folder_.path() / "y", 9).error().code(), ErrorCode::kNotFound);
}

TEST_F(FileTest, HashOfAFileIsTheHashOfItsBytes) {
  const std::string bytes(1'000'000, 'z');
  ASSERT_TRUE(WriteFileAtomic(path_, bytes));
  EXPECT_EQ(HashFile(path_).value(), Sha256Of(std::string_view(bytes)));
}

TEST(TempFolderTest, IsRemovedWithAllItHolds) {
  std::filesystem::path path;
  {
    const auto folder = TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-temp-test").value();
    path = folder.path();
    std::ofstream(path / "inside") << "x";
    EXPECT_TRUE(std::filesystem::exists(path));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace gyre::base
