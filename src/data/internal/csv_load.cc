#include "data/internal/csv_load.h"

#include "base/file.h"
#include "base/text.h"
#include "data/internal/csv_reader.h"
#include "data/internal/csv_value.h"
#include "engine/appender.h"

namespace gyre::data::internal {
namespace {

using engine::Column;
using engine::DataType;

constexpr size_t kBatchRows = 16 * 1024;
constexpr uint64_t kRowsPerCheck = 10'000;

/// What both passes over the file know.
struct CsvFile {
  std::filesystem::path path;
  std::vector<std::string> names;
  std::vector<DataType> types;
  FileFacts facts;
  std::vector<std::string> notes;
};

/// The texts that stand for a missing value: few, so they are looked through.
class NullTexts {
 public:
  explicit NullTexts(const std::vector<std::string>& texts) : texts_(texts) {}
  bool Holds(std::string_view text) const { return text.empty() || std::ranges::find(texts_, text) != texts_.end(); }

 private:
  const std::vector<std::string>& texts_;
};

base::Result<void> ReadHeader(CsvReader& reader, CsvFile& file) {
  std::vector<std::string_view> fields;
  if (!TRY(reader.Next(fields))) return base::Unprocessable(fmt::format("{} is empty", file.facts.name));
  for (const auto field : fields) file.names.emplace_back(base::Trim(field));
  if (auto checked = CheckColumnNames(file.names); !checked) return checked.error().Within(file.facts.name);
  return base::Ok();
}

base::Result<void> CheckWidth(const CsvReader& reader, size_t fields, const CsvFile& file) {
  if (fields == file.names.size()) return base::Ok();
  return reader.Problem(fmt::format("{} fields where the header has {}", fields, file.names.size()));
}

base::Result<void> CheckOverrides(const IngestOptions& options, const CsvFile& file) {
  for (const auto& [name, type] : options.types) {
    if (std::ranges::find(file.names, name) != file.names.end()) continue;
    const auto meant = base::ClosestMatch(name, file.names);
    return base::InvalidArgument(fmt::format("types names column '{}', which {} does not have{}", name, file.facts.name,
                                             meant ? fmt::format("; did you mean '{}'?", *meant) : ""),
                                 name);
  }
  return base::Ok();
}

/// The first pass: shape, types, size and hash.
base::Result<CsvFile> Survey(const std::filesystem::path& path, const IngestOptions& options, const NullTexts& nulls,
                             const base::Cancellation& cancel) {
  CsvFile file{.path = path};
  file.facts.name = path.filename().string();
  auto reader = TRY(CsvReader::Open(path, options.delimiter));
  TRY(ReadHeader(reader, file));
  TRY(CheckOverrides(options, file));
  std::vector<TypeGuess> guesses(file.names.size());
  std::vector<std::string_view> fields;
  uint64_t rows = 0;
  while (TRY(reader.Next(fields))) {
    TRY(CheckWidth(reader, fields.size(), file));
    for (size_t i = 0; i < fields.size(); ++i) {
      if (!nulls.Holds(fields[i])) guesses[i].See(fields[i], reader.line());
    }
    if (++rows % kRowsPerCheck == 0) TRY(cancel.Check());
  }
  if (rows == 0) return base::Unprocessable(fmt::format("{} has a header and no rows", file.facts.name));
  for (size_t i = 0; i < guesses.size(); ++i) {
    const auto wanted = options.types.find(file.names[i]);
    file.types.push_back(wanted == options.types.end() ? guesses[i].Type() : wanted->second);
    if (wanted != options.types.end()) continue;
    if (auto note = guesses[i].Note(file.names[i]); !note.empty()) file.notes.push_back(std::move(note));
  }
  file.facts.bytes = reader.bytes_read();
  file.facts.sha256 = reader.Digest();
  return file;
}

/// Appends the value `text` reads as; false if it is not one of the column's type.
bool AppendValue(Column& column, std::string_view text) {
  const auto append = [](auto& values, const auto& value) {
    if (value) values.push_back(*value);
    return value.has_value();
  };
  switch (column.type) {
    case DataType::kBoolean:
      return append(column.integers, ReadBoolean(text));
    case DataType::kInteger:
      return append(column.integers, ReadInteger(text));
    case DataType::kNumber:
      return append(column.numbers, ReadNumber(text));
    case DataType::kText:
      column.texts.emplace_back(text);
      return true;
    case DataType::kTimestamp: {
      const auto time = ReadTimestamp(text);
      if (time) column.integers.push_back(base::ToMicros(*time));
      return time.has_value();
    }
  }
  return false;
}

base::Result<void> AppendField(Column& column, std::string_view text, const NullTexts& nulls, const CsvReader& reader) {
  if (nulls.Holds(text)) {
    column.AppendNull();
    return base::Ok();
  }
  if (!AppendValue(column, text)) {
    return reader.Problem(
        fmt::format("'{}' in column '{}' is not of type {}; list it under nulls if it stands for a missing "
                    "value, or give the column another type",
                    text.substr(0, 40), column.name, engine::DataTypeName(column.type)));
  }
  if (!column.valid.empty()) column.valid.push_back(1);
  return base::Ok();
}

/// The second pass: values into the table.
base::Result<void> LoadValues(engine::Connection& connection, std::string_view table, const CsvFile& file,
                              const IngestOptions& options, const NullTexts& nulls, const base::Cancellation& cancel) {
  engine::Table batch;
  for (size_t i = 0; i < file.names.size(); ++i)
    batch.columns.push_back({.name = file.names[i], .type = file.types[i]});
  TRY(connection.CreateTable(table, batch.columns));
  auto appender = TRY(engine::Appender::Open(connection, table));
  auto reader = TRY(CsvReader::Open(file.path, options.delimiter));
  std::vector<std::string_view> fields;
  TRY(reader.Next(fields));
  bool more = true;
  while (more) {
    TRY(cancel.Check());
    for (auto& column : batch.columns) column.Clear();
    while (batch.rows() < kBatchRows && (more = TRY(reader.Next(fields)))) {
      TRY(CheckWidth(reader, fields.size(), file));
      for (size_t i = 0; i < fields.size(); ++i) TRY(AppendField(batch.columns[i], fields[i], nulls, reader));
    }
    TRY(appender.Append(batch));
  }
  TRY(appender.Close());
  if (reader.Digest() != file.facts.sha256) {
    return base::Unprocessable(fmt::format("{} changed while it was read; try again", file.facts.name));
  }
  return base::Ok();
}

}  // namespace

base::Result<Loaded> LoadCsv(engine::Connection& connection, std::string_view table, const std::filesystem::path& file,
                             const IngestOptions& options, const base::Cancellation& cancel) {
  const NullTexts nulls(options.nulls);
  auto survey = TRY(Survey(file, options, nulls, cancel));
  TRY(LoadValues(connection, table, survey, options, nulls, cancel));
  return Loaded{std::move(survey.facts), std::move(survey.notes)};
}

}  // namespace gyre::data::internal
