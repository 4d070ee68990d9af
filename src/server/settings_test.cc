#include "server/settings.h"

#include <gtest/gtest.h>

#include "base/file.h"

namespace gyre::server {
namespace {

class SettingsTest : public ::testing::Test {
 protected:
  void Write(std::string_view yaml) { ASSERT_TRUE(base::WriteFileAtomic(file_, yaml)); }

  base::TempFolder folder_ =
      base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-settings-test").value();
  std::filesystem::path file_ = folder_.path() / "server.yaml";
};

TEST_F(SettingsTest, FlagsOverrideTheEnvironmentWhichOverridesTheFile) {
  Write("port: 1\nlog-level: error\nstep-workers: 3\n");
  const auto settings =
      LoadSettings(file_, {{"GYRE_PORT", "2"}, {"GYRE_LOG_LEVEL", "debug"}, {"PATH", "/bin"}}, {{"port", "3"}}).value();
  EXPECT_EQ(settings.port, 3);
  EXPECT_EQ(settings.log_level, base::LogLevel::kDebug);
  EXPECT_EQ(settings.step_workers, 3u);
}

TEST_F(SettingsTest, MistakesSayWhereTheyStand) {
  EXPECT_EQ(LoadSettings(file_, {{"GYRE_PORT", "99999"}}, {}).error().message(),
            "GYRE_PORT: port must be an integer from 0 to 65535, not '99999'");
  Write("prot: 1\n");
  EXPECT_NE(LoadSettings(file_, {}, {}).error().message().find("did you mean 'port'?"), std::string::npos);
  Write("[1]");
  EXPECT_FALSE(LoadSettings(file_, {}, {}));
}

TEST_F(SettingsTest, StrangersAreLetInOnlyOnPurpose) {
  EXPECT_TRUE(CheckExposure(LoadSettings(file_, {}, {}).value()));
  EXPECT_FALSE(CheckExposure(LoadSettings(file_, {}, {{"host", "0.0.0.0"}}).value()));
  EXPECT_TRUE(CheckExposure(LoadSettings(file_, {}, {{"host", "0.0.0.0"}, {"allow-unauthenticated", "true"}}).value()));
}

}  // namespace
}  // namespace gyre::server
