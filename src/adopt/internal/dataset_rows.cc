#include "adopt/internal/dataset_rows.h"

#include "base/text.h"
#include "data/columns.h"
#include "engine/engine.h"
#include "engine/sql.h"

namespace gyre::adopt::internal {
namespace {

constexpr int64_t kMaxRows = 1'000'000;
constexpr int64_t kMaxCells = 20'000'000;

base::Result<std::string_view> ReaderOf(const std::filesystem::path& file) {
  const auto extension = base::ToLower(file.extension().string());
  if (extension == ".csv" || extension == ".tsv") return "read_csv";
  if (extension == ".parquet") return "read_parquet";
  if (extension == ".json" || extension == ".jsonl") return "read_json";
  return base::Error(base::ErrorCode::kUnsupported,
                     fmt::format("{} is no table: CSV, Parquet and JSON files are read", file.filename().string()),
                     file.string());
}

std::string ColumnSql(const model::Feature& feature) {
  const auto name = engine::QuoteName(feature.name);
  return fmt::format("TRY_CAST({0} AS {1}) AS {0}", name,
                     feature.type == model::FeatureType::kNumber ? "FLOAT" : "VARCHAR");
}

base::Result<model::FeatureColumn> MakeColumn(const model::Feature& feature, const engine::Column& column) {
  model::FeatureColumn made{.name = feature.name, .type = feature.type, .numbers = {}, .categories = {}};
  if (feature.type == model::FeatureType::kNumber) {
    made.numbers = TRY(data::FloatsOf(column));
  } else {
    made.categories = data::TextsOf(column);
  }
  return made;
}

}  // namespace

base::Result<model::Frame> ReadRows(const std::filesystem::path& file, const model::Signature& signature,
                                    const std::filesystem::path& temp_folder) {
  const auto reader = TRY(ReaderOf(file));
  if (file.string().find_first_of("*?[") != std::string::npos) {
    return base::InvalidArgument(fmt::format("{} would be read as a pattern; rename it", file.string()), file.string());
  }
  auto engine = TRY(engine::Engine::Open({.temp_folder = temp_folder, .files = {file}, .folders = {}}));
  auto connection = TRY(engine.Connect());
  std::vector<std::string> columns;
  for (const auto& feature : signature.inputs) columns.push_back(ColumnSql(feature));
  const auto most = std::clamp<int64_t>(kMaxCells / std::max<int64_t>(1, std::ssize(columns)), 1, kMaxRows);
  const auto table = TRY(connection.Query(fmt::format("SELECT {} FROM {}({}) LIMIT {}", fmt::join(columns, ", "),
                                                      reader, engine::QuoteText(file.string()), most)));
  model::Frame frame;
  for (size_t i = 0; i < signature.inputs.size(); ++i) {
    frame.columns.push_back(TRY(MakeColumn(signature.inputs[i], table.columns[i])));
  }
  TRY(frame.Check());
  return frame;
}

}  // namespace gyre::adopt::internal
