#include "train/spec.h"

#include <cmath>

#include "base/object_reader.h"
#include "stats/random.h"

namespace gyre::train {
namespace {

using base::Json;
using base::ObjectReader;

constexpr size_t kMostTrials = 10'000;

base::Result<std::pair<double, double>> ReadBounds(const Json& json, const std::string& path) {
  if (!json.is_array() || json.size() != 2 || !json[0].is_number() || !json[1].is_number() ||
      !(json[0].get<double>() < json[1].get<double>())) {
    return base::InvalidArgument(
        fmt::format("{} must be [low, high] with low below high, not {}", path, base::DumpJson(json)), path);
  }
  return std::pair(json[0].get<double>(), json[1].get<double>());
}

base::Result<Distribution> ReadDistribution(const Json& json, const std::string& path) {
  if (json.is_array()) {
    if (json.empty()) return base::InvalidArgument(path + " is an empty list; give it values or leave it out", path);
    return std::vector<Json>(json.begin(), json.end());
  }
  if (!json.is_object() || json.size() != 1) {
    return base::InvalidArgument(
        fmt::format("{} must be a list of values, or one of uniform, loguniform and int with [low, high]", path), path);
  }
  const ObjectReader fields(json, path);
  TRY(fields.AllowOnly({"uniform", "loguniform", "int"}));
  const auto& kind = json.begin().key();
  const auto [low, high] = TRY(ReadBounds(json.begin().value(), fields.PathOf(kind)));
  if (kind == "uniform") return Uniform{.low = low, .high = high};
  if (kind == "loguniform") {
    if (low > 0) return LogUniform{.low = low, .high = high};
    return base::InvalidArgument(fmt::format("{} must have bounds above 0", fields.PathOf(kind)), fields.PathOf(kind));
  }
  const auto& bounds = json.begin().value();
  if (!bounds[0].is_number_integer() || !bounds[1].is_number_integer()) {
    return base::InvalidArgument(fmt::format("{} must have whole bounds", fields.PathOf(kind)), fields.PathOf(kind));
  }
  return IntRange{.low = bounds[0].get<int64_t>(), .high = bounds[1].get<int64_t>()};
}

base::Result<SearchSpace> ReadSearch(const Json& json, const std::string& path) {
  const ObjectReader fields(json, path);
  TRY(fields.AllowOnly({"kind", "space", "trials"}));
  SearchSpace search;
  const auto kind = TRY(fields.String("kind"));
  if (kind != "grid" && kind != "random") {
    return base::InvalidArgument(fmt::format("{} must be grid or random, not '{}'", fields.PathOf("kind"), kind),
                                 fields.PathOf("kind"));
  }
  search.kind = kind == "grid" ? SearchSpace::Kind::kGrid : SearchSpace::Kind::kRandom;
  if (search.kind == SearchSpace::Kind::kRandom) {
    const auto trials = TRY(fields.Int("trials"));
    if (trials < 1 || trials > static_cast<int64_t>(kMostTrials)) {
      return base::InvalidArgument(
          fmt::format("{} must be from 1 to {}, not {}", fields.PathOf("trials"), kMostTrials, trials),
          fields.PathOf("trials"));
    }
    search.trials = static_cast<size_t>(trials);
  } else if (fields.Has("trials")) {
    return base::InvalidArgument(
        fmt::format("{} is for a random search; a grid tries every combination", fields.PathOf("trials")),
        fields.PathOf("trials"));
  }
  const auto space_path = fields.PathOf("space");
  for (const auto& [name, value] : TRY(fields.Object("space"))->items()) {
    const auto dimension_path = fmt::format("{}.{}", space_path, name);
    auto distribution = TRY(ReadDistribution(value, dimension_path));
    if (kind == "grid" && !std::holds_alternative<std::vector<Json>>(distribution)) {
      return base::InvalidArgument(dimension_path + " must be a list of values in a grid search", dimension_path);
    }
    search.dimensions.emplace_back(name, std::move(distribution));
  }
  if (search.dimensions.empty()) return base::InvalidArgument(space_path + " names no parameter to search", space_path);
  return search;
}

Json Draw(const Distribution& distribution, stats::Random& random) {
  if (const auto* list = std::get_if<std::vector<Json>>(&distribution)) return (*list)[random.Below(list->size())];
  if (const auto* uniform = std::get_if<Uniform>(&distribution)) {
    return uniform->low + (uniform->high - uniform->low) * random.Uniform();
  }
  if (const auto* log = std::get_if<LogUniform>(&distribution)) {
    return std::exp(std::log(log->low) + (std::log(log->high) - std::log(log->low)) * random.Uniform());
  }
  const auto& range = std::get<IntRange>(distribution);
  return random.Between(range.low, range.high);
}

/// A few values that stand for all a dimension can give.
std::vector<Json> Probes(const Distribution& distribution) {
  if (const auto* list = std::get_if<std::vector<Json>>(&distribution)) return *list;
  if (const auto* uniform = std::get_if<Uniform>(&distribution)) return {uniform->low, uniform->high};
  if (const auto* log = std::get_if<LogUniform>(&distribution)) return {log->low, log->high};
  const auto& range = std::get<IntRange>(distribution);
  return {range.low, range.high};
}

/// Parameters do not constrain each other, so each dimension is tried by itself.
base::Result<void> CheckSpace(const TrainSpec& spec, const std::string& space_path) {
  for (const auto& [name, distribution] : spec.search.dimensions) {
    if (name == "standardize") {
      return base::InvalidArgument(space_path + ".standardize cannot be searched; set it under params",
                                   space_path + ".standardize");
    }
    for (const auto& value : Probes(distribution)) {
      TRY(ParseParams(spec.algorithm, Json{{name, value}}, space_path));
    }
  }
  if (spec.TrialCount() > kMostTrials) {
    return base::InvalidArgument(
        fmt::format("{} has over {} combinations; use a random search, or fewer values", space_path, kMostTrials),
        space_path);
  }
  return base::Ok();
}

}  // namespace

size_t TrainSpec::TrialCount() const {
  if (search.kind != SearchSpace::Kind::kGrid) return search.trials;
  size_t count = 1;
  for (const auto& [name, distribution] : search.dimensions) {
    count *= std::get<std::vector<Json>>(distribution).size();
    if (count > kMostTrials) return kMostTrials + 1;
  }
  return count;
}

Json TrainSpec::TrialParams(size_t trial) const {
  Json trial_params = params;
  if (search.kind == SearchSpace::Kind::kRandom) {
    stats::Random random(TrialSeed(trial));
    for (const auto& [name, distribution] : search.dimensions) trial_params[name] = Draw(distribution, random);
    return trial_params;
  }
  for (auto dimension = search.dimensions.rbegin(); dimension != search.dimensions.rend(); ++dimension) {
    const auto& list = std::get<std::vector<Json>>(dimension->second);
    trial_params[dimension->first] = list[trial % list.size()];
    trial /= list.size();
  }
  return trial_params;
}

uint64_t TrainSpec::TrialSeed(size_t trial) const {
  return stats::StreamSeed(seed, trial);
}

base::Result<TrainSpec> ParseTrainSpec(const Json& json, const std::string& path) {
  const ObjectReader fields(json, path);
  TRY(fields.AllowOnly({"algorithm", "params", "search", "folds", "scoring", "positive_class", "seed"}));
  TrainSpec spec;
  spec.algorithm = TRY(fields.String("algorithm"));
  spec.params = *TRY(fields.Object("params"));
  TRY(ParseParams(spec.algorithm, spec.params, fields.PathOf("params")));
  if (const Json* search = fields.Find("search")) spec.search = TRY(ReadSearch(*search, fields.PathOf("search")));
  if (const Json* folds = fields.Find("folds")) spec.folds = TRY(ParseFoldPlan(*folds, fields.PathOf("folds")));
  const auto scoring = TRY(fields.String("scoring", "accuracy"));
  auto parsed = stats::ParseScoring(scoring);
  if (!parsed) return base::InvalidArgument(parsed.error().message(), fields.PathOf("scoring")).Within(path);
  spec.scoring = *parsed;
  if (const Json* positive = fields.Find("positive_class")) {
    // YAML reads a class called 1 or true as a number or a boolean.
    if (positive->is_structured()) TRY(fields.String("positive_class"));
    spec.positive_class = positive->is_string() ? positive->get<std::string>() : base::DumpJson(*positive);
  }
  const auto seed = TRY(fields.Int("seed", 0));
  if (seed < 0)
    return base::InvalidArgument(fmt::format("{} must not be negative", fields.PathOf("seed")), fields.PathOf("seed"));
  spec.seed = static_cast<uint64_t>(seed);
  TRY(CheckSpace(spec, fields.PathOf("search") + ".space"));
  return spec;
}

}  // namespace gyre::train
