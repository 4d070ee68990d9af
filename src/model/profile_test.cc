#include "model/profile.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gyre::model {
namespace {

using base::Json;
using ::testing::HasSubstr;

TEST(ProfileNumbers, CountsMissingAndDescribesTheRest) {
  const auto profile = ProfileNumbers({3, NAN, 1, 2, INFINITY});
  EXPECT_EQ(profile.count, 3);
  EXPECT_EQ(profile.missing, 2);
  EXPECT_DOUBLE_EQ(profile.mean, 2);
  EXPECT_DOUBLE_EQ(profile.variance, 2.0 / 3);
  EXPECT_EQ(profile.minimum, 1);
  EXPECT_EQ(profile.maximum, 3);
  EXPECT_EQ(profile.sorted_sample, (std::vector<float>{1, 2, 3}));
}

TEST(ProfileNumbers, OfNothingIsZeroes) {
  EXPECT_EQ(ProfileNumbers({NAN}).missing, 1);
  EXPECT_TRUE(ProfileNumbers({}).sorted_sample.empty());
}

TEST(ProfileNumbers, TheVarianceOfLargeValuesIsNotCancelledAway) {
  EXPECT_NEAR(ProfileNumbers({1e7F, 1e7F + 1, 1e7F + 2}).variance, 2.0 / 3, 1e-6);
}

TEST(ProfileNumbers, TheSampleStaysWithinItsStatedErrorOfTheDistribution) {
  std::vector<float> values;
  for (int i = 0; i < 100'003; ++i) values.push_back(std::pow(static_cast<float>(i % 1009), 2.0F));
  const auto profile = ProfileNumbers(values);
  ASSERT_EQ(profile.sorted_sample.size(), NumberProfile::kSampleLimit);
  std::ranges::sort(values);
  for (const float at : {-1.0F, 0.0F, 5.0F, 12'345.0F, 500'000.0F, 1e9F}) {
    const auto share = [at](const std::vector<float>& sorted) {
      return static_cast<double>(std::ranges::upper_bound(sorted, at) - sorted.begin()) /
             static_cast<double>(sorted.size());
    };
    EXPECT_NEAR(share(profile.sorted_sample), share(values), 0.5 / NumberProfile::kSampleLimit + 1e-5) << at;
  }
}

TEST(ProfileCategories, KeepsTheMostFrequentAndAddsUpTheRest) {
  std::vector<std::string> values = {"", "b", "b", "a"};
  for (int i = 0; i < 300; ++i) values.push_back(fmt::format("rare{:03}", i));
  const auto profile = ProfileCategories(values);
  EXPECT_EQ(profile.count, 303);
  EXPECT_EQ(profile.missing, 1);
  EXPECT_EQ(profile.counts.size(), CategoryProfile::kCategoryLimit);
  EXPECT_EQ(profile.counts.at("b"), 2);
  EXPECT_EQ(profile.other, 303 - 257);
}

ReferenceProfile Weather() {
  const Frame frame = {
      .columns = {{.name = "temp", .type = FeatureType::kNumber, .numbers = {0.1F, NAN, -7}, .categories = {}},
                  {.name = "origin", .type = FeatureType::kCategory, .numbers = {}, .categories = {"JFK", "", "LGA"}}}};
  auto profile = ProfileFrame(frame);
  profile.predicted_label = ProfileCategories({"rain", "dry", "dry"});
  profile.predicted_probability["probability.rain"] = ProfileNumbers({0.75F, 0.25F, 0.125F});
  return profile;
}

TEST(ReferenceProfile, SurvivesJsonBitForBit) {
  const auto profile = Weather();
  EXPECT_EQ(profile.rows, 3);
  const auto json = profile.ToJson();
  EXPECT_EQ(json["numbers"]["temp"]["sorted_sample"][1].dump(), "0.1");
  const auto back = ReferenceProfile::FromJson(json).value();
  EXPECT_EQ(back.numbers.at("temp").sorted_sample, profile.numbers.at("temp").sorted_sample);
  EXPECT_EQ(back.ToJson(), json);
}

TEST(ReferenceProfile, RefusesWhatDoesNotAddUp) {
  const auto refusal = [](const std::function<void(Json&)>& spoil) {
    auto json = Weather().ToJson();
    spoil(json);
    const auto read = ReferenceProfile::FromJson(json);
    return read ? "accepted" : read.error().message();
  };
  EXPECT_THAT(refusal([](Json& j) { j["numbers"]["temp"]["sorted_sample"] = {2, 1}; }), HasSubstr("ascending"));
  EXPECT_THAT(refusal([](Json& j) { j["numbers"]["temp"]["sorted_sample"] = {1}; }), HasSubstr("2 values"));
  EXPECT_THAT(refusal([](Json& j) { j["numbers"]["temp"]["sorted_sample"][0] = "x"; }),
              HasSubstr("profile.numbers.temp.sorted_sample[0] must be a number"));
  EXPECT_THAT(refusal([](Json& j) { j["numbers"]["temp"]["count"] = -1; }), HasSubstr("must not be negative"));
  EXPECT_THAT(refusal([](Json& j) { j["categories"]["origin"]["other"] = 9; }), HasSubstr("add up"));
  EXPECT_THAT(refusal([](Json& j) { j.erase("rows"); }), HasSubstr("profile.rows is missing"));
}

}  // namespace
}  // namespace gyre::model
