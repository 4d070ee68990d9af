#include "stats/special.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include "stats/kolmogorov.h"
#include "stats/testing/golden.h"

namespace gyre::stats {
namespace {

using testing::ReadGolden;

/// Within `tolerance` of the reference value, relative to it.
void ExpectClose(double actual, double expected, double tolerance, const std::string& what) {
  EXPECT_NEAR(actual, expected, tolerance * std::abs(expected) + 1e-300) << what;
}

TEST(Special, EqualsScipy) {
  const auto golden = ReadGolden("special.json");
  for (const auto& row : golden["normal"]) {
    const auto x = row[0].get<double>();
    ExpectClose(NormalCdf(x), row[1], 1e-12, fmt::format("cdf({})", x));
    ExpectClose(NormalSurvival(x), row[2], 1e-12, fmt::format("sf({})", x));
  }
  for (const auto& row : golden["normal_quantile"]) {
    ExpectClose(NormalQuantile(row[0]), row[1], 1e-13, fmt::format("quantile({})", row[0].get<double>()));
  }
  for (const auto& row : golden["gamma"]) {
    const auto name = fmt::format("({}, {})", row[0].get<double>(), row[1].get<double>());
    ExpectClose(GammaP(row[0], row[1]), row[2], 1e-11, "P" + name);
    ExpectClose(GammaQ(row[0], row[1]), row[3], 1e-11, "Q" + name);
  }
  for (const auto& row : golden["chi_squared"]) {
    ExpectClose(ChiSquaredSurvival(row[0], row[1]), row[2], 1e-12,
                fmt::format("chi2({}, {})", row[0].get<double>(), row[1].get<double>()));
  }
}

TEST(Special, SaysNaNOutsideTheDomain) {
  EXPECT_TRUE(std::isnan(NormalQuantile(-0.1)));
  EXPECT_TRUE(std::isnan(GammaQ(0, 1)));
  EXPECT_TRUE(std::isnan(GammaP(1, -1)));
  EXPECT_EQ(GammaQ(2, std::numeric_limits<double>::infinity()), 0);
  EXPECT_EQ(NormalQuantile(1), std::numeric_limits<double>::infinity());
}

TEST(Kolmogorov, EqualsScipy) {
  const auto golden = ReadGolden("special.json");
  for (const auto& row : golden["smirnov"]) {
    ExpectClose(SmirnovSurvival(row[0], row[1]), row[2], 1e-10,
                fmt::format("smirnov({}, {})", row[0].get<int64_t>(), row[1].get<double>()));
  }
  for (const auto& row : golden["kolmogorov"]) {
    EXPECT_NEAR(KolmogorovSurvival(row[0], row[1]), row[2].get<double>(), 1e-11)
        << fmt::format("kolmogorov({}, {})", row[0].get<int64_t>(), row[1].get<double>());
  }
}

TEST(Kolmogorov, TailsKeepTheirDigits) {
  const auto golden = ReadGolden("special.json");
  for (const auto& row : golden["kolmogorov"]) {
    const auto expected = row[2].get<double>();
    if (expected > 1e-3 || expected < 1e-300) continue;
    ExpectClose(KolmogorovSurvival(row[0], row[1]), expected, 1e-9,
                fmt::format("kolmogorov({}, {})", row[0].get<int64_t>(), row[1].get<double>()));
  }
}

TEST(TwoSampleKolmogorov, BothPathsAgreeWithCountingByHand) {
  // Two against two: of the six orders, two have D = 1 and all have D >= 1/2.
  EXPECT_NEAR(TwoSampleKolmogorovSurvival(2, 2, 2), 2.0 / 6, 1e-15);
  EXPECT_NEAR(TwoSampleKolmogorovSurvival(2, 2, 1), 1, 1e-15);
  // One against two: D is 1 in two of three orders.
  EXPECT_NEAR(TwoSampleKolmogorovSurvival(1, 2, 2), 2.0 / 3, 1e-15);
  EXPECT_EQ(TwoSampleKolmogorovSurvival(3, 5, 0), 1);
  EXPECT_EQ(TwoSampleKolmogorovSurvival(3, 5, 16), 0);
}

}  // namespace
}  // namespace gyre::stats
