#include "base/json.h"

#include <gtest/gtest.h>

#include "base/object_reader.h"
#include "base/yaml.h"

namespace gyre::base {
namespace {

TEST(ParseJson, RefusesWhatIsNotOneDocument) {
  for (const char* text : {"", "{", "{} {}", "{\"a\":01}", "nul", "\"\xff\"", "[1,]"}) {
    EXPECT_FALSE(ParseJson(text, "the body")) << text;
  }
}

TEST(ParseJson, RefusesDeepNestingBeforeBuildingIt) {
  const std::string deep(1'000'000, '[');
  const auto parsed = ParseJson(deep, "the body");
  ASSERT_FALSE(parsed);
  EXPECT_NE(parsed.error().message().find("64 levels"), std::string::npos);
}

TEST(ParseJson, BracketsInsideStringsDoNotCountAsNesting) {
  EXPECT_TRUE(ParseJson("\"" + std::string(1000, '[') + "\\\"[\"", "the body"));
}

TEST(DumpJson, NeverThrowsOnBytesThatAreNotText) {
  EXPECT_EQ(DumpJson(Json("a\xff")), "\"a\xEF\xBF\xBD\"");
}

TEST(ParseYaml, ReadsScalarsByTheCoreSchemaAndKeepsQuotedOnesAsText) {
  const auto yaml = ParseYaml("{a: 1, b: 1.5, c: true, d: null, e: '1', f: 2013-10-01, g: [x, y]}", "gyre.yaml");
  ASSERT_TRUE(yaml);
  EXPECT_EQ(DumpJson(*yaml), R"({"a":1,"b":1.5,"c":true,"d":null,"e":"1","f":"2013-10-01","g":["x","y"]})");
}

TEST(ParseYaml, NamesTheLineOfAMistake) {
  const auto yaml = ParseYaml("a: 1\nb: [1, 2\n", "gyre.yaml");
  ASSERT_FALSE(yaml);
  EXPECT_NE(yaml.error().message().find("line 3"), std::string::npos) << yaml.error().message();
}

TEST(ParseYaml, MergesAnchorsAndRefusesTheirExplosion) {
  EXPECT_EQ(DumpJson(ParseYaml("base: &b {x: 1, y: 2}\nuse: {<<: *b, y: 3}", "f").value()["use"]), R"({"x":1,"y":3})");
  std::string bomb = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n";
  for (int i = 1; i < 9; ++i) {
    bomb += fmt::format("a{0}: &a{0} [*a{1},*a{1},*a{1},*a{1},*a{1},*a{1},*a{1},*a{1},*a{1},*a{1}]\n", i, i - 1);
  }
  EXPECT_FALSE(ParseYaml(bomb, "f"));
}

TEST(ObjectReader, NamesTheFieldByItsPathAndSaysWhatWasFound) {
  const Json body = Json::parse(R"({"rows": "many", "name": null})");
  const ObjectReader fields(body, "steps[2].params");
  EXPECT_EQ(fields.Int("rows").error().message(), R"(steps[2].params.rows must be an integer, not "many")");
  EXPECT_EQ(fields.String("name").error().message(), "steps[2].params.name is missing");
  EXPECT_EQ(fields.String("name", "x").value(), "x");
}

TEST(ObjectReader, SuggestsTheFieldThatWasMeant) {
  const Json body = Json::parse(R"({"colums": []})");
  const auto allowed = ObjectReader(body, "").AllowOnly({"columns", "rows"});
  ASSERT_FALSE(allowed);
  EXPECT_EQ(allowed.error().message(), "colums is not a known field; did you mean 'columns'?");
}

TEST(ObjectReader, IntegersAboveInt64AreRefusedNotWrapped) {
  const Json body = Json::parse(R"({"n": 18446744073709551615})");
  EXPECT_FALSE(ObjectReader(body, "").Int("n"));
  EXPECT_EQ(ObjectReader(body, "").Count("n").value(), 18446744073709551615U);
  const Json negative = {{"n", -1}, {"zero", 0}};
  EXPECT_EQ(ObjectReader(negative, "").Count("n").error().message(), "n must be an integer of 0 or more, not -1");
  EXPECT_EQ(ObjectReader(negative, "").Count("zero").value(), 0U);
}

TEST(ObjectReader, ReadsOnTheTopLevelSaySoWhenItIsNoObject) {
  const Json body = Json::parse("[1]");
  EXPECT_EQ(ObjectReader(body, "body").String("name").error().message(), "body must be an object, not [1]");
}

TEST(Yaml, TextsStayAsTheyAre) {
  const auto read = ParseYamlTexts("a: 089\nb: 1e5\nc: null\nd: ''\ne: true\nf: [1, 'x']\n", "meta.yaml");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(*read, Json({{"a", "089"}, {"b", "1e5"}, {"c", nullptr}, {"d", ""}, {"e", "true"}, {"f", {"1", "x"}}}));
}

}  // namespace
}  // namespace gyre::base
