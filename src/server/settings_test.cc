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

TEST_F(SettingsTest, EverySettingIsDocumentedWithItsDefault) {
  const auto text = base::ReadFile(std::filesystem::path(GYRE_SOURCE_DIR) / "docs/settings.md", 1 << 20).value();
  for (const auto& doc : SettingDocs()) EXPECT_NE(text.find("| `" + doc.name + "` |"), std::string::npos) << doc.name;
  const auto row = [&](const std::string& name, const std::string& value) {
    EXPECT_NE(text.find("| `" + name + "` | " + value + " |"), std::string::npos) << name << " " << value;
  };
  const Settings settings;
  row("host", settings.host);
  row("port", std::to_string(settings.port));
  row("step-workers", std::to_string(settings.step_workers));
  row("drain-seconds", std::to_string(settings.drain_seconds));
  row("io-threads", std::to_string(settings.io_threads));
}

TEST_F(SettingsTest, EachTakesWhatItIsAndNothingElse) {
  const auto refuses = [&](const std::string& name, const std::string& value) {
    const auto settings = LoadSettings(file_, {}, {{name, value}});
    if (settings) return false;
    EXPECT_EQ(settings.error().name(), name);
    return settings.error().message().starts_with("--" + name + ": ");
  };
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"port", "-1"},
                                                        {"port", "65536"},
                                                        {"port", "5000x"},
                                                        {"port", ""},
                                                        {"port", "1e3"},
                                                        {"allow-unauthenticated", "yes"},
                                                        {"durability", "none"},
                                                        {"log-level", "loud"},
                                                        {"log-format", "xml"},
                                                        {"step-workers", "0"},
                                                        {"io-threads", "257"},
                                                        {"max-upload-bytes", "1000"},
                                                        {"webhook-schemes", "ftp"},
                                                        {"webhook-schemes", ""},
                                                        {"webhook-private-addresses", "1"},
                                                        {"drain-seconds", "3601"},
                                                        {"drain-seconds", "99999999999999999999"}})
    EXPECT_TRUE(refuses(name, value)) << name << " " << value;
  const auto settings = LoadSettings(file_, {},
                                     {{"durability", "relaxed"},
                                      {"log-level", "off"},
                                      {"log-format", "text"},
                                      {"max-upload-bytes", "1048576"},
                                      {"webhook-schemes", "https, http"},
                                      {"webhook-private-addresses", "true"},
                                      {"drain-seconds", "0"}})
                            .value();
  EXPECT_EQ(settings.webhook_schemes, (std::vector<std::string>{"https", "http"}));
  EXPECT_TRUE(settings.webhook_private_addresses);
  EXPECT_EQ(settings.durability, store::Durability::kRelaxed);
  EXPECT_EQ(settings.log_level, base::LogLevel::kOff);
  EXPECT_EQ(settings.log_format, base::LogFormat::kText);
  EXPECT_EQ(settings.max_upload_bytes, 1u << 20);
}

TEST_F(SettingsTest, TheFileMayBeEmptyAndHoldNumbersOrTexts) {
  Write("");
  EXPECT_EQ(LoadSettings(file_, {}, {}).value().port, 5000);
  Write("port: \"81\"\nallow-unauthenticated: true\n");
  EXPECT_EQ(LoadSettings(file_, {}, {}).value().port, 81);
  EXPECT_TRUE(LoadSettings(file_, {}, {}).value().allow_unauthenticated);
  Write("port: {a: 1}\n");
  EXPECT_EQ(LoadSettings(file_, {}, {}).error().name(), "port");
  Write(std::string(2 << 20, '#'));
  EXPECT_EQ(LoadSettings(file_, {}, {}).error().code(), base::ErrorCode::kTooLarge);
}

TEST_F(SettingsTest, NamesOfThisHostAreNoStrangers) {
  for (const auto* host : {"127.0.0.1", "127.8.8.8", "localhost", "::1"})
    EXPECT_TRUE(CheckExposure(LoadSettings(file_, {}, {{"host", host}}).value())) << host;
  for (const auto* host : {"0.0.0.0", "::", "10.0.0.1", "example.com", ""})
    EXPECT_FALSE(CheckExposure(LoadSettings(file_, {}, {{"host", host}}).value())) << host;
}

}  // namespace
}  // namespace gyre::server
