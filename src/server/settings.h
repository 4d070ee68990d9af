#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "store/database.h"

namespace gyre::server {

/// Everything about a server that can be set, in one place. docs/settings.md is written from `SettingDocs`.
struct Settings {
  std::string host = "127.0.0.1";
  uint16_t port = 5000;
  bool allow_unauthenticated = false;
  store::Durability durability = store::Durability::kFull;
  base::LogLevel log_level = base::LogLevel::kInfo;
  base::LogFormat log_format = base::LogFormat::kJson;
  size_t io_threads = 0;    ///< 0: one per core
  size_t step_workers = 2;  ///< pipeline steps at the same time
  uint64_t max_upload_bytes = 16ULL << 30;
  std::vector<std::string> webhook_schemes = {"https"};
  bool webhook_private_addresses = false;
  int64_t drain_seconds = 8;  ///< SIGTERM to exit, at most, with two to spare of the ten promised
};

struct SettingDoc {
  std::string name;  ///< as in server.yaml and as a flag; GYRE_ and upper case in the environment
  std::string help;
};
const std::vector<SettingDoc>& SettingDocs();

/// Defaults, then the file (if it exists), then the environment (GYRE_PORT), then flags. A value that does not fit, or
/// a name that is not known, is an error that says where it stands.
base::Result<Settings> LoadSettings(const std::filesystem::path& file,
                                    const std::map<std::string, std::string>& environment,
                                    const std::map<std::string, std::string>& flags);

/// Whether only this machine can reach `host`.
bool IsLoopback(std::string_view host);

/// Refuses what would open the server to strangers: an address other than loopback needs allow-unauthenticated.
base::Result<void> CheckExposure(const Settings& settings);

}  // namespace gyre::server
