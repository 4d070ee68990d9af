#include "engine/engine.h"

#include "base/text.h"
#include "engine/internal/session.h"
#include "engine/sql.h"

namespace gyre::engine {
namespace {

using internal::Instance;

std::string QuotedList(const std::vector<std::filesystem::path>& paths, const char* suffix) {
  std::vector<std::string> quoted;
  for (const auto& path : paths) {
    const auto absolute = std::filesystem::absolute(path).lexically_normal().string();
    quoted.push_back(QuoteText(absolute));
    if (*suffix != '\0') quoted.push_back(QuoteText(absolute + suffix));
  }
  return fmt::format("[{}]", base::Join(quoted, ", "));
}

base::Result<void> OpenDatabase(Instance& instance, const Engine::Options& options) {
  const auto& api = instance.api;
  duckdb_config config = nullptr;
  if (api.create_config(&config) == DuckDBError) return base::Internal("DuckDB cannot make a configuration");
  const std::array<std::pair<const char*, std::string>, 7> settings = {{
      {"threads", std::to_string(std::max(1, options.threads))},
      {"memory_limit", fmt::format("{}B", options.memory_bytes)},
      {"temp_directory", options.temp_folder.string()},
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"allow_community_extensions", "false"},
      {"allow_persistent_secrets", "false"},
  }};
  bool accepted = true;
  for (const auto& [name, value] : settings) {
    accepted = accepted && api.set_config(config, name, value.c_str()) == DuckDBSuccess;
  }
  char* reason = nullptr;
  const bool opened = accepted && api.open_ext(nullptr, &instance.database, config, &reason) == DuckDBSuccess;
  api.destroy_config(&config);
  base::Error error = internal::EngineError(reason != nullptr ? reason : "DuckDB refused a setting");
  if (reason != nullptr) api.free(reason);
  if (!opened) return error.Within("opening the engine");
  return base::Ok();
}

/// From here on SQL sees the named files only, and nobody can undo that.
base::Result<void> Confine(Connection connection, const Engine::Options& options) {
  // A file is written beside its place and renamed when it is whole (Connection::WriteParquet).
  TRY(connection.Execute(fmt::format("SET allowed_paths = {}", QuotedList(options.files, ".partial"))));
  TRY(connection.Execute(fmt::format("SET allowed_directories = {}", QuotedList(options.folders, ""))));
  TRY(connection.Execute("SET GLOBAL TimeZone = 'UTC'"));
  TRY(connection.Execute("SET enable_external_access = false"));
  return connection.Execute("SET lock_configuration = true");
}

}  // namespace

base::Result<Engine> Engine::Open(const Options& options) {
  auto instance = std::make_shared<Instance>(TRY(internal::DuckDbApi::Load()));
  TRY(OpenDatabase(*instance, options));
  Engine engine(std::move(instance));
  TRY(Confine(TRY(engine.Connect()), options));
  return engine;
}

base::Result<Connection> Engine::Connect() {
  auto session = std::make_unique<internal::Session>(instance_);
  if (instance_->api.connect(instance_->database, &session->connection) == DuckDBError) {
    return base::Internal("DuckDB refused another connection");
  }
  return Connection(std::move(session));
}

}  // namespace gyre::engine
