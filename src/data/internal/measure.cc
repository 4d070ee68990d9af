#include "data/internal/measure.h"

#include <bit>
#include <cmath>

#include "base/json.h"
#include "base/text.h"
#include "engine/sql.h"

namespace gyre::data::internal {
namespace {

using engine::Column;
using engine::DataType;
using engine::Value;

constexpr int64_t kFirstMicros = -62'135'596'800'000'000;  // 0001-01-01T00:00:00Z
constexpr int64_t kLastMicros = 253'402'300'799'999'999;   // 9999-12-31T23:59:59.999999Z

std::string CutText(std::string_view text) {
  size_t size = std::min(text.size(), ColumnProfile::kMaxTextBytes);
  while (size < text.size() && size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
  return std::string(text.substr(0, size));
}

Value Cut(Value value) {
  if (auto* text = std::get_if<std::string>(&value)) *text = CutText(*text);
  return value;
}

bool HasQuantiles(DataType type) {
  return type == DataType::kInteger || type == DataType::kNumber;
}

/// Takes a column's distinct values in ascending order with how often each occurs, and finds what needs that order.
class OrderedValues {
 public:
  explicit OrderedValues(ColumnProfile& profile) : profile_(profile) {
    if (HasQuantiles(profile.type)) points_.assign(2 * ColumnProfile::kQuantiles.size(), 0.0);
  }

  void See(const Column& values, size_t row, uint64_t count) {
    ++profile_.distinct;
    if (!points_.empty()) {
      SeePoint(values.type == DataType::kNumber ? values.numbers[row] : static_cast<double>(values.integers[row]),
               count);
    }
    auto& top = profile_.top;
    if (top.size() == ColumnProfile::kTop && top.back().count >= count) return;
    // Behind those that are as frequent, which are smaller.
    const auto behind = std::ranges::upper_bound(top, count, std::greater(), &ColumnProfile::ValueCount::count);
    top.insert(behind, {Cut(values.At(row)), count});
    if (top.size() > ColumnProfile::kTop) top.pop_back();
  }

  void Finish() {
    if (profile_.count == 0) return;
    for (size_t i = 0; i < points_.size() / 2; ++i) {
      const double position = Position(i);
      const double share = position - std::floor(position);
      profile_.quantiles.push_back(points_[2 * i] * (1 - share) + points_[2 * i + 1] * share);
    }
  }

 private:
  double Position(size_t quantile) const {
    return static_cast<double>(profile_.count - 1) * ColumnProfile::kQuantiles.at(quantile);
  }

  /// A value that takes up the ranks [below_, below_ + count) is noted for every quantile that lies between two of
  /// them.
  void SeePoint(double value, uint64_t count) {
    const auto first = static_cast<double>(below_);
    below_ += count;
    const auto end = static_cast<double>(below_);
    for (size_t i = 0; i < points_.size() / 2; ++i) {
      const double low = std::floor(Position(i));
      if (low >= first && low < end) points_[2 * i] = points_[2 * i + 1] = value;
      if (low + 1 >= first && low + 1 < end) points_[2 * i + 1] = value;
    }
  }

  ColumnProfile& profile_;
  std::vector<double> points_;  ///< per quantile the values at the ranks below and above it
  uint64_t below_ = 0;          ///< rows seen so far
};

base::Result<void> ProfileOrder(engine::Connection& connection, const std::string& table, ColumnProfile& profile,
                                const base::Cancellation& cancel) {
  OrderedValues values(profile);
  const auto sql = fmt::format("SELECT {0} AS v, count(*) FROM {1} WHERE {0} IS NOT NULL GROUP BY v ORDER BY v",
                               engine::QuoteName(profile.name), table);
  const auto see = [&values](const engine::Table& batch) {
    const auto& counts = batch.columns[1].integers;
    for (size_t row = 0; row < batch.rows(); ++row) {
      values.See(batch.columns[0], row, static_cast<uint64_t>(counts[row]));
    }
    return base::Ok();
  };
  TRY(connection.Stream(sql, see, {}, cancel));
  values.Finish();
  return base::Ok();
}

/// See docs/formats/dataset.md, "Content digest".
base::Digest CombineDigests(const Schema& schema, uint64_t rows, std::vector<ColumnMeter>& meters) {
  auto columns = base::Json::array();
  for (size_t i = 0; i < meters.size(); ++i) {
    const auto& column = schema.columns[i];
    columns.push_back(
        {{"name", column.name}, {"type", engine::DataTypeName(column.type)}, {"sha256", meters[i].Digest().ToHex()}});
  }
  return base::Sha256Of(base::Json{{"format", "gyre-table-1"}, {"rows", rows}, {"columns", std::move(columns)}});
}

}  // namespace

ColumnMeter::ColumnMeter(std::string name, DataType type) : hash_(std::make_unique<base::Sha256>()) {
  profile_.name = std::move(name);
  profile_.type = type;
}

void ColumnMeter::PutWord(uint64_t word) {
  static_assert(std::endian::native == std::endian::little);
  bytes_ += '\1';
  bytes_.append(reinterpret_cast<const char*>(&word), sizeof(word));
}

void ColumnMeter::Count(double value) {
  if (profile_.count++ == 0) origin_ = value;
  const double shifted = value - origin_;
  const double distance = shifted - mean_;
  mean_ += distance / static_cast<double>(profile_.count);
  squares_ += distance * (shifted - mean_);
}

base::Result<void> ColumnMeter::SeeNumbers(const Column& column) {
  auto least = std::get_if<double>(&profile_.minimum);
  auto greatest = std::get_if<double>(&profile_.maximum);
  for (size_t i = 0; i < column.size(); ++i) {
    if (column.IsNull(i)) {
      PutNull();
      continue;
    }
    const double value = column.numbers[i];
    if (!std::isfinite(value)) {
      return base::Unprocessable(fmt::format("column '{}' is {} in row {}; a table holds finite numbers: "
                                             "make it null (divide by nullif(x, 0), say)",
                                             column.name, base::FormatDouble(value), rows_ + i + 1),
                                 column.name);
    }
    PutWord(std::bit_cast<uint64_t>(value));
    if (least == nullptr) {
      profile_.minimum = profile_.maximum = value;
      least = &std::get<double>(profile_.minimum);
      greatest = &std::get<double>(profile_.maximum);
    }
    *least = std::min(*least, value);
    *greatest = std::max(*greatest, value);
    Count(value);
  }
  return base::Ok();
}

base::Result<void> ColumnMeter::SeeIntegers(const Column& column) {
  for (size_t i = 0; i < column.size(); ++i) {
    if (column.IsNull(i)) {
      PutNull();
      continue;
    }
    const int64_t value = column.integers[i];
    if (column.type == DataType::kTimestamp && (value < kFirstMicros || value > kLastMicros)) {
      return base::Unprocessable(
          fmt::format("column '{}' holds a time outside the years 1 to 9999 in row {}", column.name, rows_ + i + 1),
          column.name);
    }
    PutWord(static_cast<uint64_t>(value));
    least_ = profile_.count == 0 ? value : std::min(least_, value);
    greatest_ = profile_.count == 0 ? value : std::max(greatest_, value);
    Count(static_cast<double>(value));
  }
  return base::Ok();
}

void ColumnMeter::SeeTexts(const Column& column) {
  for (size_t i = 0; i < column.size(); ++i) {
    if (column.IsNull(i)) {
      PutNull();
      continue;
    }
    const auto& text = column.texts[i];
    PutWord(text.size());
    bytes_ += text;
    auto* least = std::get_if<std::string>(&profile_.minimum);
    auto* greatest = std::get_if<std::string>(&profile_.maximum);
    if (least == nullptr || text < *least) profile_.minimum = text;
    if (greatest == nullptr || text > *greatest) profile_.maximum = text;
    ++profile_.count;
  }
}

base::Result<void> ColumnMeter::See(const Column& column) {
  bytes_.clear();
  const uint64_t before = profile_.count;
  if (column.type == DataType::kNumber) {
    TRY(SeeNumbers(column));
  } else if (column.type == DataType::kText) {
    SeeTexts(column);
  } else {
    TRY(SeeIntegers(column));
  }
  profile_.nulls += column.size() - (profile_.count - before);
  rows_ += column.size();
  hash_->Update(bytes_);
  return base::Ok();
}

const ColumnProfile& ColumnMeter::profile() {
  const auto type = profile_.type;
  if (profile_.count == 0) return profile_;
  const Column bounds{.type = type, .integers = {least_, greatest_}};
  if (type != DataType::kNumber && type != DataType::kText) {
    profile_.minimum = bounds.At(0);
    profile_.maximum = bounds.At(1);
  }
  profile_.minimum = Cut(profile_.minimum);
  profile_.maximum = Cut(profile_.maximum);
  if (type == DataType::kText || type == DataType::kTimestamp) return profile_;
  const double mean = origin_ + mean_;
  if (std::isfinite(mean)) profile_.mean = mean;
  const double variance = squares_ / static_cast<double>(profile_.count - 1);
  if (profile_.count > 1 && std::isfinite(variance)) profile_.stddev = std::sqrt(variance);
  return profile_;
}

base::Result<Measured> Measure(engine::Connection& connection, const std::filesystem::path& parquet,
                               const base::Cancellation& cancel) {
  const auto table = TRY(engine::ParquetTable(parquet));
  std::vector<ColumnMeter> meters;
  Measured measured;
  const auto columns = TRY(connection.Stream(
      fmt::format("SELECT * FROM {}", table),
      [&](const engine::Table& batch) -> base::Result<void> {
        for (size_t i = meters.size(); i < batch.columns.size(); ++i) {
          meters.emplace_back(batch.columns[i].name, batch.columns[i].type);
        }
        for (size_t i = 0; i < meters.size(); ++i) TRY(meters[i].See(batch.columns[i]));
        measured.rows += batch.rows();
        return base::Ok();
      },
      {}, cancel));
  for (size_t i = meters.size(); i < columns.size(); ++i) meters.emplace_back(columns[i].name, columns[i].type);
  for (auto& meter : meters) {
    auto profile = meter.profile();
    TRY(ProfileOrder(connection, table, profile, cancel));
    measured.schema.columns.push_back({profile.name, profile.type, profile.nulls > 0});
    measured.profile.push_back(std::move(profile));
  }
  measured.content = CombineDigests(measured.schema, measured.rows, meters);
  return measured;
}

}  // namespace gyre::data::internal
