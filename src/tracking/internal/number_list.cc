#include "tracking/internal/number_list.h"

namespace gyre::tracking::internal {
namespace {

constexpr std::array<size_t, 4> kLengths = {1, 8, 64, 512};

std::string Statement(std::string_view select, std::string_view rest, size_t length) {
  std::string sql = fmt::format("{} IN (?1", select);
  for (size_t i = 2; i <= length; ++i) fmt::format_to(std::back_inserter(sql), ", ?{}", i);
  return sql + fmt::format(") {}", rest);
}

}  // namespace

base::Result<void> QueryIn(store::Reader& reader, std::string_view select, std::string_view rest,
                           std::span<const int64_t> numbers, const store::OnRow& on_row) {
  while (!numbers.empty()) {
    const auto part = numbers.first(std::min(numbers.size(), kLengths.back()));
    const size_t length = *std::ranges::lower_bound(kLengths, part.size());
    std::vector<store::Value> values(part.begin(), part.end());
    values.resize(length, values.back());  // the same number twice in a list changes nothing
    TRY(reader.RunQuery(Statement(select, rest, length), values, on_row));
    numbers = numbers.subspan(part.size());
  }
  return base::Ok();
}

}  // namespace gyre::tracking::internal
