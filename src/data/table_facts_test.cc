#include "data/table_facts.h"

#include <gmock/gmock.h>

#include "data/ingest.h"
#include "data/testing/table_fixture.h"

namespace gyre::data {
namespace {

using base::Json;
using ::testing::HasSubstr;

class TableFactsTest : public testing::TableTest {
 protected:
  Json Facts() { return IngestFile(work_, Write("in.csv", "a,b\n1,x\n2,\n"), {}, In("out.parquet")).value().ToJson(); }
};

TEST_F(TableFactsTest, SurviveTheWayFromChildToParent) {
  const auto json = Facts();
  const auto facts = TableFacts::FromJson(base::ParseJson(base::DumpJson(json), "facts").value()).value();
  EXPECT_EQ(facts.ToJson(), json);
  EXPECT_EQ(facts.rows, 2U);
  EXPECT_EQ(facts.file.name, "out.parquet");
  EXPECT_EQ(facts.source->bytes, 11U);
}

TEST_F(TableFactsTest, AreRefusedWhereTheyAreNotFacts) {
  const auto good = Facts();
  const auto error = [&](const Json::json_pointer& where, const Json& value) {
    auto bad = good;
    bad[where] = value;
    const auto facts = TableFacts::FromJson(bad);
    return facts ? "accepted" : facts.error().message();
  };
  using Pointer = Json::json_pointer;
  EXPECT_THAT(error(Pointer("/rows"), "many"), HasSubstr("facts.rows"));
  EXPECT_THAT(error(Pointer("/rows"), -1), HasSubstr("facts.rows"));
  EXPECT_NE(error(Pointer("/content"), "xyz"), "accepted");
  EXPECT_NE(error(Pointer("/file/sha256"), ""), "accepted");
  EXPECT_THAT(error(Pointer("/file/bytes"), 1.5), HasSubstr("facts.file.bytes"));
  EXPECT_THAT(error(Pointer("/schema/0/type"), "float"), HasSubstr("'float' is not a type"));
  EXPECT_THAT(error(Pointer("/schema/1/name"), "A"), HasSubstr("differ only in case"));
  EXPECT_THAT(error(Pointer("/schema/0"), Json{{"nam", "a"}}), HasSubstr("did you mean 'name'?"));
  EXPECT_THAT(error(Pointer("/schema"), Json::array()), HasSubstr("no columns"));
  EXPECT_THAT(error(Pointer("/notes"), 7), HasSubstr("facts.notes"));
  EXPECT_THAT(error(Pointer("/profile"), Json::object()), HasSubstr("facts.profile must be a list"));
  EXPECT_FALSE(TableFacts::FromJson(Json(nullptr)));
}

TEST_F(TableFactsTest, SchemaFindsTheColumnThatWasMeant) {
  const auto schema = Schema::FromJson(Facts()["schema"], "schema").value();
  EXPECT_EQ(schema.Get("a").value()->type, engine::DataType::kInteger);
  EXPECT_EQ(schema.Find("A"), nullptr);
  EXPECT_THAT(schema.Get("A").error().message(), HasSubstr("did you mean 'a'?"));
  EXPECT_THAT(schema.Get("quite other").error().message(), HasSubstr("the columns are a, b"));
}

}  // namespace
}  // namespace gyre::data
