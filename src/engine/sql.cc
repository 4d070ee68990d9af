#include "engine/sql.h"

namespace gyre::engine {
namespace {

std::string Quote(std::string_view text, char quote) {
  std::string quoted(1, quote);
  for (const char c : text) {
    if (c == quote) quoted += quote;
    quoted += c;
  }
  quoted += quote;
  return quoted;
}

}  // namespace

std::string QuoteName(std::string_view name) {
  return Quote(name, '"');
}

std::string QuoteText(std::string_view text) {
  return Quote(text, '\'');
}

base::Result<std::string> ParquetTable(const std::filesystem::path& path, bool row_numbers) {
  const auto absolute = std::filesystem::absolute(path).lexically_normal().string();
  if (absolute.find_first_of("*?[]") != std::string::npos) {
    return base::InvalidArgument(
        fmt::format("{} has one of the characters * ? [ ] in its path, which stand for patterns; rename it", absolute),
        absolute);
  }
  return fmt::format("read_parquet({}{})", QuoteText(absolute), row_numbers ? ", file_row_number = true" : "");
}

}  // namespace gyre::engine
