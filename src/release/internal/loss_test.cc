#include "release/internal/loss.h"

#include <cmath>
#include <gtest/gtest.h>

#include "stats/metrics.h"

namespace gyre::release::internal {
namespace {

double Of(Loss loss, std::vector<float> probabilities, size_t truth) {
  return LossOf(loss, probabilities, truth).value();
}

TEST(Loss, BrierIsTheOneOfTheMetrics) {
  const std::vector<double> two = {0.75, 0.25, 0.5, 0.5};
  const std::vector<int32_t> truth = {1, 0};
  const double reported = stats::BrierScore({.classes = 2, .truth = truth, .predicted = truth, .probability = two});
  EXPECT_DOUBLE_EQ((Of(Loss::kBrier, {0.75F, 0.25F}, 1) + Of(Loss::kBrier, {0.5F, 0.5F}, 0)) / 2, reported);
  const std::vector<double> three = {0.5, 0.25, 0.25};
  const std::vector<int32_t> last = {2};
  EXPECT_DOUBLE_EQ(Of(Loss::kBrier, {0.5F, 0.25F, 0.25F}, 2),
                   stats::BrierScore({.classes = 3, .truth = last, .predicted = last, .probability = three}));
}

TEST(Loss, NoRowCostsMoreThanTheLargestLoss) {
  EXPECT_DOUBLE_EQ(Of(Loss::kBrier, {1, 0}, 1), LargestLoss(Loss::kBrier, 2));
  EXPECT_DOUBLE_EQ(Of(Loss::kBrier, {1, 0, 0}, 1), LargestLoss(Loss::kBrier, 3));
  EXPECT_DOUBLE_EQ(Of(Loss::kBrier, {1.0001F, -0.0001F}, 1), 1);
  EXPECT_DOUBLE_EQ(Of(Loss::kLogLoss, {1, 0}, 1), LargestLoss(Loss::kLogLoss, 2));
  EXPECT_DOUBLE_EQ(Of(Loss::kLogLoss, {0.5F, 0.5F}, 1), std::log(2));
  EXPECT_EQ(Of(Loss::kLogLoss, {0, 1}, 1), 0);
  EXPECT_EQ(Of(Loss::kError, {0.4F, 0.6F}, 0), 1);
  EXPECT_EQ(Of(Loss::kError, {0.4F, 0.6F}, 1), 0);
}

TEST(Loss, AClassAVersionDoesNotKnowHasNoProbability) {
  const float none = std::nanf("");
  EXPECT_DOUBLE_EQ(Of(Loss::kBrier, {0.5F, 0.5F, none}, 2), 0.75);
  EXPECT_DOUBLE_EQ(Of(Loss::kLogLoss, {0.5F, 0.5F, none}, 2), LargestLoss(Loss::kLogLoss, 3));
  EXPECT_EQ(Of(Loss::kError, {none, 0.1F, 0.9F}, 2), 0);
  EXPECT_FALSE(LossOf(Loss::kBrier, std::vector<float>{none, none}, 0));
  EXPECT_FALSE(LossOf(Loss::kBrier, std::vector<float>{0.5F, 0.5F}, 2));
}

TEST(Loss, NamesAreThoseOfThePlan) {
  EXPECT_EQ(ParseLoss("log_loss").value(), Loss::kLogLoss);
  EXPECT_EQ(ParseLoss("accuracy").error().message(), "metric must be brier, log_loss or error, not 'accuracy'");
}

}  // namespace
}  // namespace gyre::release::internal
