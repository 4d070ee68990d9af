#include "transfer/internal/fields.h"

#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace gyre::transfer::internal {
namespace {

using base::Json;

TEST(Fields, WhatIsAbsentOrNullIsEmpty) {
  const Json json = {{"n", nullptr}};
  const Fields fields(json, "a thing");
  for (const char* key : {"n", "none"}) {
    EXPECT_EQ(fields.Text(key).value(), "");
    EXPECT_EQ(fields.OptionalText(key).value(), std::nullopt);
    EXPECT_EQ(fields.Int(key).value(), 0);
    EXPECT_EQ(fields.OptionalInt(key).value(), std::nullopt);
    EXPECT_EQ(fields.Real(key).value(), 0.0);
    EXPECT_TRUE(fields.Pairs(key)->empty());
    EXPECT_TRUE((*fields.Array(key))->empty());
    EXPECT_TRUE((*fields.Object(key))->empty());
    EXPECT_EQ(fields.Required(key).error().name(), key);
  }
}

TEST(Fields, NumbersMayBeTexts) {
  const Json json = {{"a", 7}, {"b", "7"}, {"c", 7.5}, {"d", "7.5"}, {"e", true}, {"f", "NaN"}, {"g", "-Infinity"}};
  const Fields fields(json, "a thing");
  EXPECT_EQ(fields.Int("a").value(), 7);
  EXPECT_EQ(fields.Int("b").value(), 7);
  EXPECT_FALSE(fields.Int("c"));
  EXPECT_FALSE(fields.Int("d"));
  EXPECT_FALSE(fields.Int("e"));
  EXPECT_EQ(fields.Real("a").value(), 7.0);
  EXPECT_EQ(fields.Real("d").value(), 7.5);
  EXPECT_TRUE(std::isnan(fields.Real("f").value()));
  EXPECT_TRUE(std::isinf(fields.Real("g").value()));
  EXPECT_EQ(fields.Text("a").value(), "7");
  EXPECT_EQ(fields.Text("e").value(), "true");
}

TEST(Fields, PairsAreListsOrMaps) {
  const Json json = Json::parse(R"({"list": [{"key": "a", "value": "1"}, {"key": "b"}], "map": {"a": 1, "b": null},
                                    "bad": [{"value": "x"}], "worse": 7, "deep": {"a": []}})");
  const Fields fields(json, "a thing");
  EXPECT_EQ(fields.Pairs("list").value(), (Texts{{"a", "1"}, {"b", ""}}));
  EXPECT_EQ(fields.Pairs("map").value(), (Texts{{"a", "1"}, {"b", ""}}));
  EXPECT_FALSE(fields.Pairs("bad"));
  EXPECT_FALSE(fields.Pairs("worse"));
  EXPECT_FALSE(fields.Pairs("deep"));
}

TEST(Fields, ErrorsNameTheThingAndTheField) {
  const Json json = {{"x", Json::array()}};
  const Fields fields(json, "a run");
  EXPECT_EQ(fields.Text("x").error().message(), "a run: 'x' must be a text");
  EXPECT_EQ(fields.Object("x").error().message(), "a run: 'x' must be an object");
  const Json no_object = 7;
  EXPECT_FALSE(Fields(no_object, "a run").Required("x"));
}

TEST(ParseReal, TakesPythonsWordsToo) {
  EXPECT_EQ(ParseReal("1e5"), 1e5);
  EXPECT_TRUE(std::isnan(ParseReal("nan").value()));
  EXPECT_EQ(ParseReal("inf"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(ParseReal("-Inf"), -std::numeric_limits<double>::infinity());
  for (const char* text : {"", "x", "1,5", "1 "}) EXPECT_EQ(ParseReal(text), std::nullopt) << text;
}

}  // namespace
}  // namespace gyre::transfer::internal
