#include "steps/version.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"

namespace gyre::steps {
namespace {

TEST(VersionTest, IsTheOneOfTheBuild) {
  EXPECT_THAT(std::string(ProgramVersion()), ::testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
  const auto cmake = base::ReadFile(std::filesystem::path(GYRE_SOURCE_DIR) / "CMakeLists.txt", 1 << 20).value();
  EXPECT_THAT(cmake, ::testing::HasSubstr("VERSION " + std::string(ProgramVersion())));
}

}  // namespace
}  // namespace gyre::steps
