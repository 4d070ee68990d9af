#include "monitor/internal/row_codec.h"

#include <cmath>
#include <gtest/gtest.h>

#include "base/testing/seeded_entropy.h"
#include "monitor/testing/sample_rows.h"

namespace gyre::monitor::internal {
namespace {

using testing::SampleBatch;
using testing::SampleRow;

const auto kSchema = LogSchema::Of(testing::WeatherSignature());
const auto kShape = RowShape::Of(kSchema);

base::Timestamp At(std::string_view text) {
  return base::ParseTimestamp(text).value();
}

class RowCodecTest : public ::testing::Test {
 protected:
  std::string Encode(const SampleRow& row) {
    batch_ = std::make_unique<SampleBatch>("rain", std::vector<SampleRow>{row}, At("2013-10-01"), entropy_);
    const auto& view = batch_->Get().rows[0];
    const RowVersions versions{.answer = "rain/1", .shadow = row.shadow_rain ? "rain/2" : ""};
    std::string bytes(EncodedBytes(kShape, view, versions), '\0');
    EncodeRow(kShape, view, versions, bytes.data());
    return bytes;
  }

  base::testing::SeededEntropy entropy_{3};
  std::unique_ptr<SampleBatch> batch_;
};

TEST_F(RowCodecTest, ReadsWhatItWrites) {
  const auto bytes = Encode({.event_time = At("2013-09-02T10:00:00.000001Z"),
                             .temp = -1.5F,
                             .humid = std::nanf(""),
                             .sky = "mostly cloudy",
                             .rain = 0.75F,
                             .key = "LGA",
                             .shadow_rain = 0.25F});
  RowView row;
  ASSERT_TRUE(DecodeRow(kShape, bytes, row));
  EXPECT_EQ(row.id, batch_->id());
  EXPECT_EQ(row.answered_at, base::ToMicros(At("2013-10-01")));
  EXPECT_EQ(row.event_time, base::ToMicros(At("2013-09-02T10:00:00.000001Z")));
  EXPECT_EQ(row.answer.label, 1);
  EXPECT_EQ(row.answer.version, "rain/1");
  EXPECT_EQ(RowView::FloatAt(row.answer.probabilities, 1), 0.75F);
  ASSERT_TRUE(row.has_shadow);
  EXPECT_EQ(row.shadow.label, 0);
  EXPECT_EQ(row.shadow.version, "rain/2");
  EXPECT_EQ(RowView::FloatAt(row.shadow.probabilities, 0), 0.75F);
  EXPECT_EQ(RowView::FloatAt(row.numbers, 0), -1.5F);
  EXPECT_TRUE(std::isnan(RowView::FloatAt(row.numbers, 1)));
  EXPECT_EQ(row.key, "LGA");
  EXPECT_EQ(row.categories, (std::vector<std::string_view>{"mostly cloudy"}));
  EXPECT_EQ(ReadRowKey(bytes).event_time, row.event_time);
}

TEST_F(RowCodecTest, RowsAreTakenApartOneByOne) {
  const auto a = Encode({.event_time = At("2013-09-02")});
  const auto b = Encode({.event_time = At("2013-09-03"), .key = "longer", .shadow_rain = 0.5F});
  const auto both = a + b;
  std::string_view rest = both;
  EXPECT_EQ(TakeRow(rest).value(), a);
  EXPECT_EQ(TakeRow(rest).value(), b);
  EXPECT_TRUE(rest.empty());
}

TEST_F(RowCodecTest, RefusesRowsThatAreCutOrChanged) {
  const auto bytes = Encode({.event_time = At("2013-09-02"), .shadow_rain = 0.5F});
  for (size_t length = 0; length < bytes.size(); ++length) {
    std::string_view cut = std::string_view(bytes).substr(0, length);
    EXPECT_FALSE(TakeRow(cut)) << length;
    RowView row;
    if (length >= kRowKeyBytes) {
      EXPECT_FALSE(DecodeRow(kShape, bytes.substr(0, length), row)) << length;
    }
  }
  RowView row;
  EXPECT_FALSE(DecodeRow(kShape, bytes + "x", row));
  auto other = kShape;
  other.numbers += 1;
  EXPECT_FALSE(DecodeRow(other, bytes, row));
}

TEST_F(RowCodecTest, AnEventTimeThatIsNoTimeBecomesTheArrival) {
  const auto bytes = Encode({.event_time = base::FromMicros(INT64_MAX)});
  EXPECT_EQ(ReadRowKey(bytes).event_time, base::ToMicros(At("2013-10-01")));
}

TEST_F(RowCodecTest, RefusesWhatDoesNotFitTheSchema) {
  Encode({.event_time = At("2013-09-02"), .shadow_rain = 0.5F});
  const auto good = batch_->Get().rows[0];
  EXPECT_TRUE(Fits(kShape, good));
  const auto fits_with = [&](const auto& change) {
    auto row = good;
    change(row);
    return Fits(kShape, row);
  };
  EXPECT_TRUE(fits_with([](auto& row) { row.answer.probabilities = {}; })) << "a graph may give none";
  EXPECT_FALSE(fits_with([](auto& row) { row.numbers = row.numbers.first(1); }));
  EXPECT_FALSE(fits_with([](auto& row) { row.categories = {}; }));
  EXPECT_FALSE(fits_with([](auto& row) { row.answer.label = 2; }));
  EXPECT_FALSE(fits_with([](auto& row) { row.answer.label = -1; }));
  EXPECT_FALSE(fits_with([](auto& row) { row.answer.version = nullptr; }));
  EXPECT_FALSE(fits_with([](auto& row) { row.shadow->probabilities = row.shadow->probabilities.first(1); }));
}

TEST(LogSchema, ReadsWhatItWritesAndKnowsItsSignature) {
  EXPECT_EQ(LogSchema::FromJson(kSchema.ToJson()).value(), kSchema);
  EXPECT_TRUE(kSchema.Matches(testing::WeatherSignature()));
  const auto matches_with = [](const auto& change) {
    auto signature = testing::WeatherSignature();
    change(signature);
    return kSchema.Matches(signature);
  };
  EXPECT_TRUE(matches_with([](auto& signature) { signature.inputs[0].nullable = true; })) << "rows look the same";
  EXPECT_FALSE(matches_with([](auto& signature) { signature.inputs[0].name = "dewp"; }));
  EXPECT_FALSE(matches_with([](auto& signature) { std::swap(signature.inputs[0], signature.inputs[2]); }));
  EXPECT_FALSE(matches_with([](auto& signature) { signature.inputs[0].type = model::FeatureType::kCategory; }));
  EXPECT_FALSE(matches_with([](auto& signature) { signature.inputs.pop_back(); }));
  EXPECT_FALSE(matches_with([](auto& signature) { signature.classes = {"rain", "no"}; }));
  EXPECT_FALSE(matches_with([](auto& signature) { signature.positive_class = "no"; }));
}

TEST(LogSchema, RefusesWhatIsNone) {
  for (const char* text : {"{}", "[]", R"({"task": "classification", "features": [{"name": "a"}]})",
                           R"({"task": "classification", "features": [{"name": "a", "type": "date"}]})"}) {
    EXPECT_FALSE(LogSchema::FromJson(base::ParseJson(text, "test").value())) << text;
  }
}

}  // namespace
}  // namespace gyre::monitor::internal
