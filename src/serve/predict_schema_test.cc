#include "serve/predict_schema.h"

#include <gtest/gtest.h>

#include "serve/internal/row_parser.h"
#include "serve/testing/weather.h"

namespace gyre::serve {
namespace {

using base::Json;

TEST(PredictSchema, DescribesOneRowOrMany) {
  const auto schema = PredictRequestSchema(testing::WeatherSignature());
  const Json row = schema["oneOf"][0];
  EXPECT_EQ(schema["oneOf"][1], (Json{{"type", "array"}, {"items", row}}));
  EXPECT_EQ(row["required"], Json({"temp", "humid", "origin"}));
  EXPECT_EQ(row["additionalProperties"], false);
  EXPECT_EQ(row["properties"]["temp"], Json({{"type", "number"}}));
  EXPECT_EQ(row["properties"]["humid"], Json({{"type", "number"}, {"minimum", 0.0}, {"maximum", 100.0}}));
  EXPECT_EQ(row["properties"]["pressure"]["type"], Json({"number", "null"}));
  EXPECT_EQ(row["properties"]["origin"]["enum"], Json({"EWR", "JFK", "LGA"}));
  EXPECT_TRUE(row["properties"].contains("event_time"));
  EXPECT_TRUE(row["properties"].contains("key"));
}

TEST(PredictSchema, AFeatureGoesBeforeAReservedField) {
  auto signature = testing::WeatherSignature();
  signature.inputs.push_back({.name = "key"});
  EXPECT_EQ(PredictRequestSchema(signature)["oneOf"][0]["properties"]["key"], Json({{"type", "number"}}));
}

TEST(PredictSchema, DescribesWhatEachTaskAnswers) {
  auto signature = testing::WeatherSignature();
  const auto prediction = [&] { return PredictAnswerSchema(signature)["properties"]["predictions"]["items"]; };
  EXPECT_EQ(prediction()["required"], Json({"prediction_id", "label", "probability"}));
  EXPECT_EQ(prediction()["properties"]["label"]["enum"], Json({"dry", "rain"}));
  signature.probability_output.clear();
  EXPECT_EQ(prediction()["required"], Json({"prediction_id", "label"}));
  signature.task = model::Task::kRegression;
  signature.classes = {};
  EXPECT_EQ(prediction()["required"], Json({"prediction_id", "value"}));
}

TEST(ExampleRow, IsTheFirstGoldenRow) {
  model::GoldenRows golden;
  golden.features.columns = {{.name = "temp", .numbers = {21.6F, 3}},
                             {.name = "origin", .type = model::FeatureType::kCategory, .categories = {"LGA", "EWR"}},
                             {.name = "pressure", .numbers = {NAN, 1}}};
  EXPECT_EQ(ExampleRow(testing::WeatherSignature(), golden),
            Json({{"temp", 21.6}, {"humid", 50.0}, {"origin", "LGA"}, {"pressure", nullptr}}));
}

TEST(ExampleRow, IsOneThatTheEndpointTakes) {
  auto signature = testing::WeatherSignature();
  signature.inputs.push_back({.name = "low", .maximum = -5});
  signature.inputs.push_back({.name = "high", .minimum = 7});
  const auto example = ExampleRow(signature, {});
  EXPECT_LE(example["low"], -5);
  EXPECT_GE(example["high"], 7);
  const internal::FeaturePlan plan(signature);
  internal::RowBatch batch;
  EXPECT_TRUE(internal::RowParser().Parse(plan, example.dump(), {}, batch));
}

}  // namespace
}  // namespace gyre::serve
