#include "search/keyset.h"

#include <bit>
#include <cstring>

#include "base/hash.h"
#include "search/internal/base64.h"

namespace gyre::search {
namespace {

using Cell = Keyset::Cell;
using Type = SortColumn::Type;

// A token is the mark, eight bytes of the digest of the query, and for each column its rank and, unless that is above
// 0, its value: eight bytes little-endian, or for a text its length in four and its bytes.
constexpr std::string_view kMark = "gk1";
constexpr size_t kQueryDigest = 8;
constexpr size_t kTokenBytes = size_t{2} << 20;

std::string QueryDigest(std::string_view query) {
  const auto digest = base::Sha256Of(query);
  return {reinterpret_cast<const char*>(digest.bytes().data()), kQueryDigest};
}

template <class T>
void PutRaw(std::string& bytes, T value) {
  static_assert(std::endian::native == std::endian::little);
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
bool TakeRaw(std::string_view& bytes, T& value) {
  if (bytes.size() < sizeof value) return false;
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes.remove_prefix(sizeof value);
  return true;
}

void PutCell(std::string& bytes, const Cell& cell) {
  if (const auto* whole = std::get_if<int64_t>(&cell)) PutRaw(bytes, *whole);
  if (const auto* real = std::get_if<double>(&cell)) PutRaw(bytes, *real);
  if (const auto* text = std::get_if<std::string>(&cell)) {
    PutRaw(bytes, static_cast<uint32_t>(text->size()));
    bytes += *text;
  }
}

bool TakeCell(std::string_view& bytes, Type type, Cell& cell) {
  if (type == Type::kInteger) return TakeRaw(bytes, cell.emplace<int64_t>());
  if (type == Type::kReal) {
    double& real = cell.emplace<double>();
    return TakeRaw(bytes, real) && real == real;
  }
  uint32_t size = 0;
  if (!TakeRaw(bytes, size) || bytes.size() < size) return false;
  cell = std::string(bytes.substr(0, size));
  bytes.remove_prefix(size);
  return true;
}

void BindCell(const Cell& cell, SqlText& sql) {
  if (const auto* whole = std::get_if<int64_t>(&cell)) sql.Bind(*whole);
  if (const auto* real = std::get_if<double>(&cell)) sql.Bind(*real);
  if (const auto* text = std::get_if<std::string>(&cell)) sql.Bind(std::string_view(*text));
}

/// The keys to compare, ranks and values alike.
struct Step {
  std::string_view expression;
  bool descending = false;
  const Cell* cell = nullptr;
};

}  // namespace

std::string NullRank(std::string_view value) {
  return fmt::format("CASE WHEN {} IS NULL THEN 1 ELSE 0 END", value);
}

void Keyset::WriteSelect(SqlText& sql) const {
  for (const auto& column : columns_) {
    if (!column.rank.empty()) sql << ", " << column.rank;
    sql << ", " << column.value;
  }
}

void Keyset::WriteOrder(SqlText& sql) const {
  std::string_view comma;
  for (const auto& column : columns_) {
    sql << comma;
    if (!column.rank.empty()) sql << column.rank << ", ";
    sql << column.value << (column.descending ? " DESC" : "");
    comma = ", ";
  }
}

Keyset::Position Keyset::Read(const store::Row& row, int first) const {
  Position position;
  for (const auto& column : columns_) {
    int64_t rank = 0;
    if (!column.rank.empty()) position.emplace_back(rank = row.Int(first++));
    Cell value;
    if (rank == 0 && !row.IsNull(first)) {
      if (column.type == Type::kInteger) value = row.Int(first);
      if (column.type == Type::kReal) value = row.Real(first);
      if (column.type == Type::kText) value = row.String(first);
    }
    position.push_back(std::move(value));
    ++first;
  }
  return position;
}

void Keyset::WriteAfter(const Position& position, SqlText& sql) const {
  std::vector<Step> steps;
  size_t next = 0;
  for (const auto& column : columns_) {
    if (!column.rank.empty()) steps.push_back({column.rank, false, &position[next++]});
    const auto& value = position[next++];
    if (!std::holds_alternative<std::monostate>(value)) steps.push_back({column.value, column.descending, &value});
  }
  // The first key's bound by itself is what an index can be asked for.
  sql << "(" << steps.front().expression << (steps.front().descending ? " <= " : " >= ");
  BindCell(*steps.front().cell, sql);
  sql << " AND ";
  for (size_t i = 0; i < steps.size(); ++i) {
    const auto& step = steps[i];
    sql << "(" << step.expression << (step.descending ? " < " : " > ");
    BindCell(*step.cell, sql);
    if (i + 1 == steps.size()) break;
    sql << " OR (" << step.expression << " = ";
    BindCell(*step.cell, sql);
    sql << " AND ";
  }
  sql << std::string(2 * steps.size(), ')');
}

std::string Keyset::Encode(const Position& position, std::string_view query) const {
  std::string bytes(kMark);
  bytes += QueryDigest(query);
  for (const auto& cell : position) PutCell(bytes, cell);
  return internal::Base64Encode(bytes);
}

base::Result<Keyset::Position> Keyset::Decode(std::string_view token, std::string_view query) const {
  const auto invalid = [](std::string_view why) {
    return base::InvalidArgument(fmt::format("Invalid page token, {}; begin again without one", why));
  };
  if (token.size() > kTokenBytes) return invalid("it is too long");
  const auto decoded = internal::Base64Decode(token);
  if (!decoded) return invalid("could not base64-decode");
  std::string_view bytes = *decoded;
  if (!bytes.starts_with(kMark)) return invalid("it is none of this server");
  bytes.remove_prefix(kMark.size());
  if (!bytes.starts_with(QueryDigest(query))) return invalid("it belongs to another search");
  bytes.remove_prefix(kQueryDigest);
  Position position;
  for (const auto& column : columns_) {
    int64_t rank = 0;
    if (!column.rank.empty()) {
      if (!TakeRaw(bytes, rank) || rank < 0 || rank > 2) return invalid("it is cut short");
      position.emplace_back(rank);
    }
    Cell value;
    if (rank == 0 && !TakeCell(bytes, column.type, value)) return invalid("it is cut short");
    position.push_back(std::move(value));
  }
  if (!bytes.empty()) return invalid("it is too long");
  return position;
}

}  // namespace gyre::search
