#include "package/internal/golden_choice.h"

#include <cmath>

namespace gyre::package::internal {
namespace {

constexpr size_t kWithMissing = 8;

bool HasMissing(const model::Frame& frame, size_t row) {
  return std::ranges::any_of(frame.columns, [row](const model::FeatureColumn& column) {
    return column.type == model::FeatureType::kNumber ? std::isnan(column.numbers[row])
                                                      : column.categories[row].empty();
  });
}

/// At most `count` of `rows`, evenly spaced, the first among them.
std::vector<size_t> Spread(const std::vector<size_t>& rows, size_t count) {
  if (rows.size() <= count) return rows;
  std::vector<size_t> spread;
  for (size_t i = 0; i < count; ++i) spread.push_back(rows[i * rows.size() / count]);
  return spread;
}

class Chooser {
 public:
  Chooser(const model::Signature& signature, const model::Frame& test) : signature_(signature), test_(test) {}

  /// Adds those of `rows` that are acceptable while there is room.
  void Add(const std::vector<size_t>& rows) {
    for (const size_t row : rows) {
      if (chosen_.size() < kGoldenRows && model::CheckFrame(signature_, test_.Take({row}))) chosen_.insert(row);
    }
  }

  std::vector<size_t> chosen() const { return {chosen_.begin(), chosen_.end()}; }

 private:
  const model::Signature& signature_;
  const model::Frame& test_;
  std::set<size_t> chosen_;
};

}  // namespace

std::vector<size_t> ChooseGolden(const model::Signature& signature, const model::Frame& test,
                                 const std::vector<int32_t>& predicted) {
  std::vector<size_t> all;
  std::vector<size_t> with_missing;
  std::map<int32_t, size_t> first_of_class;
  for (size_t row = 0; row < test.rows(); ++row) {
    all.push_back(row);
    if (HasMissing(test, row)) with_missing.push_back(row);
    first_of_class.emplace(predicted[row], row);
  }
  std::vector<size_t> firsts;
  for (const auto& [label, row] : first_of_class) firsts.push_back(row);
  Chooser chooser(signature, test);
  chooser.Add(Spread(firsts, kGoldenRows / 2));
  chooser.Add(Spread(with_missing, kWithMissing));
  chooser.Add(Spread(all, kGoldenRows));
  return chooser.chosen();
}

}  // namespace gyre::package::internal
