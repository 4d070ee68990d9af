#include "release/internal/loss.h"

#include <cmath>

namespace gyre::release::internal {
namespace {

constexpr std::array<std::pair<std::string_view, Loss>, 3> kLosses = {
    {{"brier", Loss::kBrier}, {"log_loss", Loss::kLogLoss}, {"error", Loss::kError}}};

double Brier(std::span<const float> probabilities, size_t truth, size_t known) {
  double sum = 0;
  for (size_t i = 0; i < probabilities.size(); ++i) {
    const double p = std::isnan(probabilities[i]) ? 0 : std::clamp<double>(probabilities[i], 0, 1);
    const double error = p - (i == truth ? 1 : 0);
    sum += error * error;
  }
  return known <= 2 ? sum / 2 : sum;
}

bool IsWrong(std::span<const float> probabilities, size_t truth) {
  size_t highest = probabilities.size();
  for (size_t i = 0; i < probabilities.size(); ++i) {
    if (std::isnan(probabilities[i])) continue;
    if (highest == probabilities.size() || probabilities[i] > probabilities[highest]) highest = i;
  }
  return highest != truth;
}

}  // namespace

base::Result<Loss> ParseLoss(std::string_view name) {
  const auto found = std::ranges::find(kLosses, name, &std::pair<std::string_view, Loss>::first);
  if (found == kLosses.end())
    return base::InvalidArgument(fmt::format("metric must be brier, log_loss or error, not '{}'", name), "metric");
  return found->second;
}

double LargestLoss(Loss loss, size_t classes) {
  switch (loss) {
    case Loss::kBrier:
      return classes <= 2 ? 1 : 2;
    case Loss::kLogLoss:
      return -std::log(kSmallestProbability);
    case Loss::kError:
      break;
  }
  return 1;
}

std::optional<double> LossOf(Loss loss, std::span<const float> probabilities, size_t truth) {
  const auto known = std::ranges::count_if(probabilities, [](float p) { return !std::isnan(p); });
  if (known == 0 || truth >= probabilities.size()) return std::nullopt;
  switch (loss) {
    case Loss::kBrier:
      return Brier(probabilities, truth, static_cast<size_t>(known));
    case Loss::kLogLoss: {
      const double p = std::isnan(probabilities[truth]) ? 0 : probabilities[truth];
      return -std::log(std::clamp(p, kSmallestProbability, 1.0));
    }
    case Loss::kError:
      break;
  }
  return IsWrong(probabilities, truth) ? 1 : 0;
}

}  // namespace gyre::release::internal
