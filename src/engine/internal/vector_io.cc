#include "engine/internal/vector_io.h"

#include <cmath>
#include <cstring>

namespace gyre::engine::internal {
namespace {

constexpr int64_t kMicrosPerDay = 86'400'000'000;

bool IsValid(const uint64_t* validity, size_t row) {
  return validity == nullptr || (validity[row / 64] >> (row % 64) & 1) != 0;
}

std::optional<DataType> DataTypeOf(duckdb_type type) {
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
      return DataType::kBoolean;
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_HUGEINT:
      return DataType::kInteger;
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
    case DUCKDB_TYPE_DECIMAL:
      return DataType::kNumber;
    case DUCKDB_TYPE_VARCHAR:
    case DUCKDB_TYPE_ENUM:
    case DUCKDB_TYPE_SQLNULL:
      return DataType::kText;
    case DUCKDB_TYPE_DATE:
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_S:
    case DUCKDB_TYPE_TIMESTAMP_MS:
    case DUCKDB_TYPE_TIMESTAMP_NS:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return DataType::kTimestamp;
    default:
      return std::nullopt;
  }
}

ColumnReader MakeReader(const DuckDbApi& api, duckdb_logical_type logical) {
  ColumnReader reader;
  reader.type = api.get_type_id(logical);
  if (reader.type == DUCKDB_TYPE_DECIMAL) {
    reader.storage = api.decimal_internal_type(logical);
    reader.scale = api.decimal_scale(logical);
  }
  if (reader.type == DUCKDB_TYPE_ENUM) {
    reader.storage = api.enum_internal_type(logical);
    const uint32_t size = api.enum_dictionary_size(logical);
    for (uint32_t i = 0; i < size; ++i) {
      char* value = api.enum_dictionary_value(logical, i);
      reader.dictionary.emplace_back(value);
      api.free(value);
    }
  }
  return reader;
}

/// Appends convert(value) for every row, and a zero where the row is null.
template <class Stored, class To, class Convert>
void AppendAll(const void* data, const uint64_t* validity, size_t rows, std::vector<To>& to, const Convert& convert) {
  const auto* stored = static_cast<const Stored*>(data);
  to.reserve(to.size() + rows);
  for (size_t i = 0; i < rows; ++i) to.push_back(IsValid(validity, i) ? To(convert(stored[i])) : To());
}

template <class Stored>
void AppendWidened(const void* data, const uint64_t* validity, size_t rows, std::vector<int64_t>& to,
                   int64_t factor = 1) {
  // Only infinite timestamps are large enough to wrap, and those carry no meaning to keep.
  AppendAll<Stored>(data, validity, rows, to, [factor](Stored value) {
    return static_cast<int64_t>(static_cast<uint64_t>(value) * static_cast<uint64_t>(factor));
  });
}

double ToDouble(const duckdb_hugeint& value) {
  return std::ldexp(static_cast<double>(value.upper), 64) + static_cast<double>(value.lower);
}

base::Result<void> AppendHuge(const void* data, const uint64_t* validity, size_t rows, Column& column) {
  const auto* stored = static_cast<const duckdb_hugeint*>(data);
  for (size_t i = 0; i < rows; ++i) {
    const bool valid = IsValid(validity, i);
    const auto low = static_cast<int64_t>(stored[i].lower);
    if (valid && stored[i].upper != (low < 0 ? -1 : 0)) {
      return base::Unprocessable(
          fmt::format("column '{}' holds an integer over 64 bits; cast it to DOUBLE or VARCHAR", column.name),
          column.name);
    }
    column.integers.push_back(valid ? low : 0);
  }
  return base::Ok();
}

base::Result<void> AppendUnsigned(const void* data, const uint64_t* validity, size_t rows, Column& column) {
  const auto* stored = static_cast<const uint64_t*>(data);
  for (size_t i = 0; i < rows; ++i) {
    const bool valid = IsValid(validity, i);
    if (valid && stored[i] > static_cast<uint64_t>(INT64_MAX)) {
      return base::Unprocessable(
          fmt::format("column '{}' holds {}, over the largest 64-bit integer; cast it to DOUBLE or VARCHAR",
                      column.name, stored[i]),
          column.name);
    }
    column.integers.push_back(valid ? static_cast<int64_t>(stored[i]) : 0);
  }
  return base::Ok();
}

void AppendDecimals(const ColumnReader& reader, const void* data, const uint64_t* validity, size_t rows,
                    std::vector<double>& to) {
  const double unit = std::pow(10.0, reader.scale);
  const auto scaled = [unit](auto value) { return static_cast<double>(value) / unit; };
  if (reader.storage == DUCKDB_TYPE_SMALLINT) return AppendAll<int16_t>(data, validity, rows, to, scaled);
  if (reader.storage == DUCKDB_TYPE_INTEGER) return AppendAll<int32_t>(data, validity, rows, to, scaled);
  if (reader.storage == DUCKDB_TYPE_BIGINT) return AppendAll<int64_t>(data, validity, rows, to, scaled);
  AppendAll<duckdb_hugeint>(data, validity, rows, to, [unit](const auto& value) { return ToDouble(value) / unit; });
}

void AppendEnum(const ColumnReader& reader, const void* data, const uint64_t* validity, size_t rows,
                std::vector<std::string>& to) {
  const auto word = [&reader](auto code) { return reader.dictionary.at(code); };
  if (reader.storage == DUCKDB_TYPE_UTINYINT) return AppendAll<uint8_t>(data, validity, rows, to, word);
  if (reader.storage == DUCKDB_TYPE_USMALLINT) return AppendAll<uint16_t>(data, validity, rows, to, word);
  AppendAll<uint32_t>(data, validity, rows, to, word);
}

std::string_view TextOf(const duckdb_string_t& text) {
  const uint32_t length = text.value.inlined.length;
  // Up to twelve bytes lie in the value itself (duckdb.h, duckdb_string_t).
  return length <= 12 ? std::string_view(text.value.inlined.inlined, length)
                      : std::string_view(text.value.pointer.ptr, length);
}

void AppendValidity(const uint64_t* validity, size_t rows, Column& column, size_t before) {
  if (validity == nullptr && column.valid.empty()) return;
  if (column.valid.empty()) column.valid.assign(before, 1);
  for (size_t i = 0; i < rows; ++i) column.valid.push_back(IsValid(validity, i) ? 1 : 0);
}

base::Result<void> AppendValues(const ColumnReader& reader, const void* data, const uint64_t* validity, size_t rows,
                                Column& column) {
  auto& integers = column.integers;
  const auto as_is = [](auto value) { return value; };
  switch (reader.type) {
    case DUCKDB_TYPE_BOOLEAN:
    case DUCKDB_TYPE_UTINYINT:
      return AppendWidened<uint8_t>(data, validity, rows, integers), base::Ok();
    case DUCKDB_TYPE_TINYINT:
      return AppendWidened<int8_t>(data, validity, rows, integers), base::Ok();
    case DUCKDB_TYPE_SMALLINT:
      return AppendWidened<int16_t>(data, validity, rows, integers), base::Ok();
    case DUCKDB_TYPE_USMALLINT:
      return AppendWidened<uint16_t>(data, validity, rows, integers), base::Ok();
    case DUCKDB_TYPE_INTEGER:
      return AppendWidened<int32_t>(data, validity, rows, integers), base::Ok();
    case DUCKDB_TYPE_UINTEGER:
      return AppendWidened<uint32_t>(data, validity, rows, integers), base::Ok();
    case DUCKDB_TYPE_DATE:
      return AppendWidened<int32_t>(data, validity, rows, integers, kMicrosPerDay), base::Ok();
    case DUCKDB_TYPE_TIMESTAMP_S:
      return AppendWidened<int64_t>(data, validity, rows, integers, 1'000'000), base::Ok();
    case DUCKDB_TYPE_TIMESTAMP_MS:
      return AppendWidened<int64_t>(data, validity, rows, integers, 1'000), base::Ok();
    case DUCKDB_TYPE_TIMESTAMP_NS:
      return AppendAll<int64_t>(data, validity, rows, integers,
                                [](int64_t nanos) { return nanos / 1000 - (nanos % 1000 < 0 ? 1 : 0); }),
             base::Ok();
    case DUCKDB_TYPE_UBIGINT:
      return AppendUnsigned(data, validity, rows, column);
    case DUCKDB_TYPE_HUGEINT:
      return AppendHuge(data, validity, rows, column);
    case DUCKDB_TYPE_FLOAT:
      return AppendAll<float>(data, validity, rows, column.numbers, as_is), base::Ok();
    case DUCKDB_TYPE_DOUBLE:
      return AppendAll<double>(data, validity, rows, column.numbers, as_is), base::Ok();
    case DUCKDB_TYPE_DECIMAL:
      return AppendDecimals(reader, data, validity, rows, column.numbers), base::Ok();
    case DUCKDB_TYPE_ENUM:
      return AppendEnum(reader, data, validity, rows, column.texts), base::Ok();
    case DUCKDB_TYPE_VARCHAR:
      return AppendAll<duckdb_string_t>(data, validity, rows, column.texts, TextOf), base::Ok();
    case DUCKDB_TYPE_SQLNULL:
      return column.texts.resize(column.texts.size() + rows), base::Ok();
    default:  // BIGINT, TIMESTAMP and TIMESTAMP_TZ
      return AppendAll<int64_t>(data, validity, rows, integers, as_is), base::Ok();
  }
}

}  // namespace

base::Result<std::vector<ColumnReader>> MakeReaders(const DuckDbApi& api, duckdb_result* result,
                                                    std::vector<Column>& columns) {
  std::vector<ColumnReader> readers;
  const idx_t count = api.column_count(result);
  for (idx_t i = 0; i < count; ++i) {
    const std::string name = api.column_name(result, i);
    duckdb_logical_type logical = api.column_logical_type(result, i);
    readers.push_back(MakeReader(api, logical));
    api.destroy_logical_type(&logical);
    const auto type = DataTypeOf(readers.back().type);
    if (!type) {
      return base::InvalidArgument(
          fmt::format("column '{}' is of a type that a table cannot hold; select its parts or cast it to VARCHAR",
                      name),
          name);
    }
    columns.push_back({.name = name, .type = *type});
  }
  return readers;
}

base::Result<void> ReadVector(const DuckDbApi& api, const ColumnReader& reader, duckdb_vector vector, size_t rows,
                              Column& column) {
  const size_t before = column.size();
  const uint64_t* validity = api.vector_get_validity(vector);
  TRY(AppendValues(reader, api.vector_get_data(vector), validity, rows, column));
  AppendValidity(validity, rows, column, before);
  return base::Ok();
}

void WriteVector(const DuckDbApi& api, const Column& column, size_t first, size_t count, duckdb_vector vector) {
  void* data = api.vector_get_data(vector);
  if (column.type == DataType::kNumber) {
    std::memcpy(data, column.numbers.data() + first, count * sizeof(double));
  } else if (column.type == DataType::kText) {
    for (size_t i = 0; i < count; ++i) {
      const auto& text = column.texts[first + i];
      api.vector_assign_string_element_len(vector, i, text.data(), text.size());
    }
  } else if (column.type == DataType::kBoolean) {
    for (size_t i = 0; i < count; ++i) static_cast<bool*>(data)[i] = column.integers[first + i] != 0;
  } else {
    std::memcpy(data, column.integers.data() + first, count * sizeof(int64_t));
  }
  if (column.valid.empty()) return;
  api.vector_ensure_validity_writable(vector);
  uint64_t* validity = api.vector_get_validity(vector);
  for (size_t i = 0; i < count; ++i) {
    if (column.valid[first + i] == 0) validity[i / 64] &= ~(uint64_t{1} << (i % 64));
  }
}

}  // namespace gyre::engine::internal
