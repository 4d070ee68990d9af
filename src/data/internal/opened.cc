#include "data/internal/opened.h"

#include "engine/engine.h"

namespace gyre::data::internal {

base::Result<engine::Connection> OpenConfined(const Work& work, std::vector<std::filesystem::path> files) {
  auto engine = TRY(engine::Engine::Open(
      {.memory_bytes = work.memory_bytes, .threads = 1, .temp_folder = work.temp_folder, .files = std::move(files)}));
  return engine.Connect();
}

base::Result<Schema> SchemaOf(engine::Connection& connection, const std::string& table) {
  const auto empty = TRY(connection.Query(fmt::format("SELECT * FROM {} LIMIT 0", table)));
  Schema schema;
  for (const auto& column : empty.columns) schema.columns.push_back({.name = column.name, .type = column.type});
  return schema;
}

base::Result<uint64_t> CountRows(engine::Connection& connection, const std::string& table) {
  const auto counted = TRY(connection.Query(fmt::format("SELECT count(*) FROM {}", table)));
  return static_cast<uint64_t>(counted.columns.at(0).integers.at(0));
}

}  // namespace gyre::data::internal
