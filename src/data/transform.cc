#include "data/transform.h"

#include "base/id.h"
#include "data/internal/canonical.h"
#include "data/internal/opened.h"
#include "engine/select.h"
#include "engine/sql.h"

namespace gyre::data {

base::Result<TableFacts> Transform(const Work& work, const std::map<std::string, std::filesystem::path>& inputs,
                                   std::string_view sql, const std::filesystem::path& output) {
  std::vector<std::filesystem::path> files = {output};
  std::vector<std::string> names;
  for (const auto& [name, path] : inputs) {
    if (!base::IsValidName(name)) {
      return base::InvalidArgument(fmt::format("'{}' cannot be the name of an input", name), name);
    }
    names.push_back(name);
    files.push_back(path);
  }
  auto connection = TRY(internal::OpenConfined(work, std::move(files)));
  for (const auto& [name, path] : inputs) {
    const auto table = TRY(engine::ParquetTable(path));
    TRY(connection.Execute(fmt::format("CREATE VIEW {} AS SELECT * FROM {}", engine::QuoteName(name), table)));
  }
  const auto select = TRY(engine::CheckSelect(connection, sql, names));
  return internal::WriteCanonical(connection, select, output, work.cancel);
}

}  // namespace gyre::data
