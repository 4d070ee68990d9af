#include "stats/drift.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include "stats/random.h"
#include "stats/special.h"
#include "stats/testing/golden.h"

namespace gyre::stats {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<double> Normals(uint64_t seed, size_t n, double shift) {
  Random random(seed);
  std::vector<double> values(n);
  for (auto& value : values) value = random.Normal() + shift;
  return values;
}

std::vector<double> Sorted(std::vector<double> values) {
  std::ranges::sort(values);
  return values;
}

CategoryCounts Counts(const base::Json& list) {
  CategoryCounts counts;
  for (size_t i = 0; i < list.size(); ++i) counts["c" + std::to_string(i)] = list[i];
  return counts;
}

TEST(KolmogorovSmirnov, EqualsScipyExactAndAsymptotic) {
  const auto golden = testing::ReadGolden("drift.json");
  for (const auto& json : golden["samples"]) {
    const std::vector<double> reference = json["reference"];
    const std::vector<double> current = json["current"];
    const auto name = fmt::format("{} against {}", reference.size(), current.size());
    const auto automatic = KolmogorovSmirnov(reference, current).value();
    EXPECT_NEAR(automatic.statistic, json["d"].get<double>(), 1e-14) << name;
    EXPECT_NEAR(*automatic.p_value, json["exact"].get<double>(), 1e-11) << name;
    const auto rough = KolmogorovSmirnov(reference, current, {.method = KsMethod::kAsymptotic}).value();
    EXPECT_NEAR(*rough.p_value, json["asymptotic"].get<double>(), 1e-11) << name;
    EXPECT_NE(rough.convention, automatic.convention);
  }
}

TEST(KolmogorovSmirnov, LargeSamplesTakeMillisecondsByTheAsymptoticLaw) {
  const auto reference = Sorted(Normals(1, 17'000, 0));
  const auto current = Normals(2, 6'000, 0);
  const auto start = std::chrono::steady_clock::now();
  const auto result = KolmogorovSmirnov(reference, current).value();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(200));  // 3 ms; sanitizers are slow
  EXPECT_GT(*result.p_value, 0.01);
  EXPECT_LT(*KolmogorovSmirnov(reference, Normals(3, 6'000, 0.2)).value().p_value, 1e-9);
}

TEST(KolmogorovSmirnov, AQuantileSampleStandsForItsRows) {
  const auto all = Sorted(Normals(1, 20'000, 0));
  std::vector<double> quantiles;
  for (size_t i = 0; i < 4000; ++i) quantiles.push_back(all[i * 5 + 2]);
  const auto current = Normals(5, 3'000, 0.05);
  const auto full = KolmogorovSmirnov(all, current).value();
  const auto sampled = KolmogorovSmirnov(quantiles, current, {.reference_rows = 20'000}).value();
  EXPECT_EQ(sampled.reference_count, 20'000U);
  EXPECT_NEAR(sampled.statistic, full.statistic, 1.0 / 4000);
  EXPECT_NEAR(std::log(*sampled.p_value), std::log(*full.p_value), 0.2);
}

TEST(KolmogorovSmirnov, IgnoresValuesThatAreNoNumbersAndRefusesNothingLeft) {
  const std::vector<double> reference = {1, 2, 3};
  const std::vector<double> holes = {1, std::nan(""), 2, kInfinity, 3};
  EXPECT_EQ(KolmogorovSmirnov(reference, holes).value().current_count, 3U);
  EXPECT_EQ(KolmogorovSmirnov(reference, holes).value().statistic, 0);
  EXPECT_FALSE(KolmogorovSmirnov(reference, std::vector<double>{std::nan("")}));
  EXPECT_FALSE(KolmogorovSmirnov({}, reference));
  EXPECT_FALSE(KolmogorovSmirnov(std::vector<double>{2, 1}, reference));
}

TEST(Psi, EqualsEvidentlysRule) {
  const auto golden = testing::ReadGolden("drift.json");
  for (const auto& json : golden["samples"]) {
    const std::vector<double> reference = json["reference"];
    const std::vector<double> current = json["current"];
    const auto psi = PsiEqualWidth(reference, current).value();
    EXPECT_NEAR(psi.statistic, json["psi"].get<double>(), 1e-12 * std::abs(psi.statistic) + 1e-12);
    EXPECT_EQ(psi.bins, json["bins"].get<size_t>());
  }
}

TEST(Psi, QuantileBinsSeeAShiftAndOutliersCannotHideIt) {
  const auto reference = Sorted(Normals(1, 5'000, 0));
  EXPECT_LT(PsiQuantileBins(reference, Normals(2, 3'000, 0)).value().statistic, 0.02);
  auto shifted = Normals(3, 3'000, 1);
  EXPECT_GT(PsiQuantileBins(reference, shifted).value().statistic, 0.5);
  shifted.push_back(1e9);
  EXPECT_GT(PsiQuantileBins(reference, shifted).value().statistic, 0.5);
  EXPECT_LT(PsiEqualWidth(reference, shifted).value().statistic, 0.1);
}

TEST(Psi, QuantileBinsOfTiedValuesMergeAndKeepTheTotals) {
  std::vector<double> mostly_zero(900, 0.0);
  for (int i = 0; i < 100; ++i) mostly_zero.push_back(0.01 * (i + 1));
  const auto same = PsiQuantileBins(mostly_zero, mostly_zero).value();
  EXPECT_EQ(same.statistic, 0);
  EXPECT_EQ(same.bins, 2U);
  std::vector<double> wetter(500, 0.0);
  wetter.resize(1000, 0.5);
  EXPECT_NEAR(PsiQuantileBins(mostly_zero, wetter).value().statistic,
              (0.9 - 0.5) * std::log(0.9 / 0.5) + (0.1 - 0.5) * std::log(0.1 / 0.5), 1e-12);
}

TEST(ChiSquared, EqualsScipyInBothForms) {
  const auto golden = testing::ReadGolden("drift.json");
  for (const auto& json : golden["tables"]) {
    const auto reference = Counts(json["reference"]);
    const auto current = Counts(json["current"]);
    const auto fit = ChiSquared(reference, current).value();
    if (json["fit"].is_null()) {
      EXPECT_EQ(fit.statistic, kInfinity);
      EXPECT_TRUE(fit.ToJson()["statistic"].is_null());
    } else {
      EXPECT_NEAR(fit.statistic, json["fit"].get<double>(), 1e-10);
    }
    EXPECT_NEAR(*fit.p_value, json["fit_p"].get<double>(), 1e-12);
    const auto both = ChiSquared(reference, current, ChiSquaredForm::kHomogeneity).value();
    EXPECT_NEAR(both.statistic, json["homogeneity"].get<double>(), 1e-10);
    EXPECT_NEAR(*both.p_value, json["homogeneity_p"].get<double>(), 1e-12);
  }
}

TEST(PsiCategories, FillsACategoryThatOneSideLacks) {
  const auto psi = PsiCategories({{"a", 50}, {"b", 50}}, {{"a", 50}, {"b", 40}, {"c", 10}}).value();
  EXPECT_NEAR(psi.statistic, 0.1 * std::log(0.5 / 0.4) + (1e-4 - 0.1) * std::log(1e-4 / 0.1), 1e-12);
  EXPECT_FALSE(PsiCategories({}, {{"a", 1}}));
  EXPECT_FALSE(PsiCategories({{"a", 1}}, {{"a", 0}}));
}

}  // namespace
}  // namespace gyre::stats
