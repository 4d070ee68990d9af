#include "model/signature.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gyre::model {
namespace {

using base::ErrorCode;
using base::Json;
using ::testing::HasSubstr;

Signature Weather() {
  Signature signature;
  signature.inputs = {
      {.name = "temp", .type = FeatureType::kNumber, .nullable = true},
      {.name = "humid", .type = FeatureType::kNumber, .minimum = 0, .maximum = 100.1},
      {.name = "origin", .type = FeatureType::kCategory, .categories = {"EWR", "JFK", "LGA"}, .closed = true},
      {.name = "sky", .type = FeatureType::kCategory, .nullable = true, .categories = {"clear"}},
  };
  signature.classes = {"dry", "rain"};
  signature.positive_class = "rain";
  return signature;
}

Frame Rows() {
  return {
      .columns = {{.name = "temp", .type = FeatureType::kNumber, .numbers = {NAN, 2}, .categories = {}},
                  {.name = "humid", .type = FeatureType::kNumber, .numbers = {0, 100.1F}, .categories = {}},
                  {.name = "origin", .type = FeatureType::kCategory, .numbers = {}, .categories = {"JFK", "LGA"}},
                  {.name = "sky", .type = FeatureType::kCategory, .numbers = {}, .categories = {"", "never seen"}}}};
}

std::string Refusal(const Frame& frame) {
  const auto checked = CheckFrame(Weather(), frame);
  if (checked) return "accepted";
  EXPECT_EQ(checked.error().code(), ErrorCode::kUnprocessable);
  return checked.error().message();
}

TEST(CheckFrame, AcceptsMissingUnseenAndBoundaryValuesWhereDeclared) {
  EXPECT_EQ(Refusal(Rows()), "accepted");
}

TEST(CheckFrame, NamesRowAndFeatureOfABadNumber) {
  auto rows = Rows();
  rows.columns[1].numbers[1] = 140;
  EXPECT_EQ(Refusal(rows), "row 1: humid is 140, above its maximum 100.1");
  rows.columns[1].numbers[1] = -0.5F;
  EXPECT_EQ(Refusal(rows), "row 1: humid is -0.5, below its minimum 0");
  rows.columns[1].numbers[1] = NAN;
  EXPECT_THAT(Refusal(rows), HasSubstr("row 1: humid is missing"));
  rows = Rows();
  for (const float infinite : {INFINITY, -INFINITY}) {
    rows.columns[0].numbers[1] = infinite;
    EXPECT_THAT(Refusal(rows), HasSubstr("row 1: temp is")) << infinite;
    EXPECT_THAT(Refusal(rows), HasSubstr("must be a finite number")) << infinite;
  }
}

TEST(CheckFrame, NamesRowAndFeatureOfABadCategory) {
  auto rows = Rows();
  rows.columns[2].categories[0] = "SFO";
  EXPECT_EQ(Refusal(rows), "row 0: origin is 'SFO', but must be one of EWR, JFK, LGA");
  rows.columns[2].categories[0] = "";
  EXPECT_THAT(Refusal(rows), HasSubstr("row 0: origin is missing"));
  rows = Rows();
  rows.columns[3].categories[1] = "\xff";
  EXPECT_EQ(Refusal(rows), "row 1: sky is not valid UTF-8");
}

TEST(CheckFrame, NamesColumnsThatAreUnknownMissingOrOfAnotherType) {
  auto rows = Rows();
  rows.columns[1].name = "humidd";
  EXPECT_EQ(Refusal(rows), "the model has no feature 'humidd'; did you mean 'humid'?");
  rows = Rows();
  rows.columns.erase(rows.columns.begin() + 1);
  EXPECT_EQ(Refusal(rows), "feature humid is missing");
  rows = Rows();
  rows.columns.erase(rows.columns.begin());
  EXPECT_EQ(Refusal(rows), "accepted");
  rows = Rows();
  rows.columns[2] = {.name = "origin", .type = FeatureType::kNumber, .numbers = {1, 2}, .categories = {}};
  EXPECT_EQ(Refusal(rows), "feature origin must be a category, not a number");
}

TEST(Signature, SurvivesJson) {
  const auto signature = Weather();
  EXPECT_EQ(Signature::FromJson(signature.ToJson()).value(), signature);
  Signature regression;
  regression.task = Task::kRegression;
  regression.inputs = {{.name = "x"}};
  regression.label_output.clear();
  regression.probability_output.clear();
  regression.value_output = "y";
  EXPECT_EQ(Signature::FromJson(regression.ToJson()).value(), regression);
}

TEST(Signature, WhatJsonLeavesOutHasADefault) {
  const auto json = Json::parse(R"({"inputs": [{"name": "x", "type": "number"}], "classes": ["a", "b"]})");
  const auto signature = Signature::FromJson(json).value();
  EXPECT_EQ(signature.positive_class, "b");
  EXPECT_EQ(signature.positive_index(), 1);
  EXPECT_EQ(signature.label_output, "label");
  EXPECT_EQ(signature.probability_output, "probability");
  EXPECT_FALSE(signature.inputs[0].nullable);
}

TEST(Signature, RefusesWhatMakesNoSense) {
  const auto refusal = [](const std::function<void(Json&)>& spoil) {
    auto json = Weather().ToJson();
    spoil(json);
    const auto read = Signature::FromJson(json);
    return read ? "accepted" : read.error().message();
  };
  EXPECT_THAT(refusal([](Json& j) { j["inputs"] = Json::array(); }), HasSubstr("at least one input"));
  EXPECT_THAT(refusal([](Json& j) { j["inputs"][1]["name"] = "temp"; }), HasSubstr("'temp' twice"));
  EXPECT_THAT(refusal([](Json& j) { j["inputs"][1]["name"] = ""; }), HasSubstr("1 to 256 bytes"));
  EXPECT_THAT(refusal([](Json& j) { j["inputs"][1]["minimum"] = 200; }),
              HasSubstr("feature humid: minimum is above maximum"));
  EXPECT_THAT(refusal([](Json& j) { j["inputs"][1]["minimum"] = -1e300; }), HasSubstr("range of float32"));
  EXPECT_THAT(refusal([](Json& j) { j["inputs"][1]["categories"] = {"a"}; }), HasSubstr("only a category"));
  EXPECT_THAT(refusal([](Json& j) { j["inputs"][2]["maximum"] = 1; }), HasSubstr("only a number"));
  EXPECT_THAT(refusal([](Json& j) { j["inputs"][2]["categories"] = Json::array(); }),
              HasSubstr("needs its categories"));
  EXPECT_THAT(refusal([](Json& j) { j["inputs"][2]["type"] = "text"; }), HasSubstr("signature.inputs[2].type"));
  EXPECT_THAT(refusal([](Json& j) { j["inputs"][2]["nulable"] = true; }), HasSubstr("did you mean 'nullable'?"));
  EXPECT_THAT(refusal([](Json& j) { j["classes"] = {"rain"}; }), HasSubstr("two or more"));
  EXPECT_THAT(refusal([](Json& j) { j["positive_class"] = "snow"; }),
              HasSubstr("'snow' is not among the classes dry, rain"));
  EXPECT_THAT(refusal([](Json& j) { j["outputs"] = Json::object(); }), HasSubstr("label or a probability"));
  EXPECT_THAT(refusal([](Json& j) { j["task"] = "ranking"; }), HasSubstr("not 'ranking'"));
  EXPECT_THAT(refusal([](Json& j) { j = Json::array(); }), HasSubstr("must be an object"));
}

}  // namespace
}  // namespace gyre::model
