#include "train/folds.h"

#include <numeric>

#include "base/object_reader.h"
#include "stats/random.h"

namespace gyre::train {
namespace {

constexpr std::array<std::string_view, 3> kKinds = {"stratified", "time", "given"};

base::Result<size_t> CheckCount(int64_t count, const std::string& path) {
  if (count < 2 || count > 100)
    return base::InvalidArgument(fmt::format("{} must be from 2 to 100, not {}", path, count), path);
  return static_cast<size_t>(count);
}

/// The folds in which each row is scored, turned into row lists.
std::vector<Fold> FromAssignment(const std::vector<int32_t>& fold_of, size_t count) {
  std::vector<Fold> folds(count);
  for (size_t row = 0; row < fold_of.size(); ++row) {
    for (size_t fold = 0; fold < count; ++fold) {
      (fold_of[row] == static_cast<int32_t>(fold) ? folds[fold].score : folds[fold].train).push_back(row);
    }
  }
  return folds;
}

base::Result<std::vector<Fold>> Stratified(const FoldPlan& plan, const std::vector<int32_t>& labels, uint64_t seed) {
  std::map<int32_t, size_t> counts;
  for (const int32_t label : labels) ++counts[label];
  size_t most = 0;
  for (const auto& [label, count] : counts) most = std::max(most, count);
  if (most < plan.count) {
    return base::Unprocessable(
        fmt::format("{} folds need a class with as many rows; the largest has {}", plan.count, most), "folds");
  }
  return FromAssignment(StratifiedAssignment(labels, plan.count, plan.shuffle, seed), plan.count);
}

base::Result<std::vector<Fold>> InTime(const FoldPlan& plan, size_t rows) {
  const size_t scored = rows / (plan.count + 1);
  if (scored == 0) {
    return base::Unprocessable(
        fmt::format("{} folds in time need {} rows or more, not {}", plan.count, plan.count + 1, rows), "folds");
  }
  std::vector<Fold> folds(plan.count);
  for (size_t fold = 0; fold < plan.count; ++fold) {
    const size_t first = rows - (plan.count - fold) * scored;
    folds[fold].train.resize(first);
    folds[fold].score.resize(scored);
    std::iota(folds[fold].train.begin(), folds[fold].train.end(), size_t{0});
    std::iota(folds[fold].score.begin(), folds[fold].score.end(), first);
  }
  return folds;
}

base::Result<std::vector<Fold>> Given(const std::vector<int32_t>& given, size_t rows) {
  if (given.size() != rows) {
    return base::InvalidArgument(fmt::format("{} fold numbers were given for {} rows", given.size(), rows), "folds");
  }
  const int32_t last = given.empty() ? -1 : std::ranges::max(given);
  if (last < 1) return base::InvalidArgument("the given fold numbers name fewer than two folds", "folds");
  const auto count = TRY(CheckCount(int64_t{last} + 1, "folds"));
  auto folds = FromAssignment(given, count);
  for (size_t fold = 0; fold < count; ++fold) {
    if (folds[fold].score.empty()) return base::InvalidArgument(fmt::format("fold {} has no rows", fold), "folds");
  }
  return folds;
}

}  // namespace

base::Json FoldPlan::ToJson() const {
  base::Json json = {{"kind", kKinds[static_cast<size_t>(kind)]}};
  if (kind != Kind::kGiven) json["count"] = count;
  if (kind == Kind::kStratified) json["shuffle"] = shuffle;
  return json;
}

base::Result<FoldPlan> ParseFoldPlan(const base::Json& json, const std::string& path) {
  FoldPlan plan;
  if (json.is_number_integer()) {
    plan.count = TRY(CheckCount(json.get<int64_t>(), path));
    return plan;
  }
  if (!json.is_object()) {
    return base::InvalidArgument(fmt::format("{} must be a number or an object, not {}", path, base::DumpJson(json)),
                                 path);
  }
  const base::ObjectReader fields(json, path);
  TRY(fields.AllowOnly({"kind", "count", "shuffle"}));
  const auto kind = TRY(fields.String("kind", "stratified"));
  const auto found = std::ranges::find(kKinds, kind);
  if (found == kKinds.end()) {
    return base::InvalidArgument(
        fmt::format("{} must be stratified, time or given, not '{}'", fields.PathOf("kind"), kind),
        fields.PathOf("kind"));
  }
  plan.kind = static_cast<FoldPlan::Kind>(found - kKinds.begin());
  plan.count = TRY(CheckCount(TRY(fields.Int("count", 5)), fields.PathOf("count")));
  plan.shuffle = TRY(fields.Bool("shuffle", true));
  return plan;
}

std::vector<int32_t> StratifiedAssignment(const std::vector<int32_t>& labels, size_t count, bool shuffle,
                                          uint64_t seed) {
  // Classes by first appearance; fold f gets of each class what every count-th label of the class-sorted list holds,
  // starting at f: the remainders of different classes then go to different folds.
  std::map<int32_t, size_t> order;
  for (const int32_t label : labels) order.emplace(label, order.size());
  std::vector<size_t> sorted;
  for (const int32_t label : labels) sorted.push_back(order[label]);
  const auto encoded = sorted;
  std::ranges::sort(sorted);
  std::vector<std::vector<int32_t>> folds_of_class(order.size());
  for (size_t fold = 0; fold < count; ++fold) {
    for (size_t i = fold; i < sorted.size(); i += count)
      folds_of_class[sorted[i]].push_back(static_cast<int32_t>(fold));
  }
  for (size_t label = 0; shuffle && label < folds_of_class.size(); ++label) {
    stats::Random(stats::StreamSeed(seed, label)).Shuffle(std::span(folds_of_class[label]));
  }
  std::vector<size_t> next(order.size(), 0);
  std::vector<int32_t> fold_of;
  for (const size_t label : encoded) fold_of.push_back(folds_of_class[label][next[label]++]);
  return fold_of;
}

base::Result<std::vector<Fold>> MakeFolds(const FoldPlan& plan, const std::vector<int32_t>& labels, uint64_t seed,
                                          const std::vector<int32_t>& given) {
  switch (plan.kind) {
    case FoldPlan::Kind::kStratified:
      return Stratified(plan, labels, seed);
    case FoldPlan::Kind::kTime:
      return InTime(plan, labels.size());
    case FoldPlan::Kind::kGiven:
      return Given(given, labels.size());
  }
  return base::Internal("a fold plan without a kind");
}

}  // namespace gyre::train
