#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "steps/testing/task_test_base.h"

namespace gyre::steps::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class DataStepsTest : public testing::TaskTest {
 protected:
  base::Result<TaskResult> Ingest(const std::string& name, std::string_view bytes, base::Json with = {}) {
    with["file"] = name;
    auto task = Make("ingest", with);
    // Under another name than the project's, as the runner lays it out.
    task.project_files[name] = Write("laid-out", bytes);
    return Run(task);
  }
  base::Result<TaskResult> Validate(std::string_view select, const base::Json& expectations) {
    auto task = Make("validate", {{"expectations", expectations}});
    task.inputs["data"] = Table(select);
    return Run(task);
  }
  base::Result<TaskResult> Transform(const std::string& sql) {
    auto task = Make("transform", {{"sql", sql}});
    task.inputs["weather"] = Table("SELECT * FROM (VALUES (1, 10.0), (2, 20.0), (3, 30.0)) t(hour, temp)");
    if (sql.ends_with(".sql")) task.project_files[sql] = In(sql);
    return Run(task);
  }
};

TEST_F(DataStepsTest, IngestMakesATableOfAFile) {
  const auto result = Ingest("weather.csv", "temp,origin\n1.5,EWR\nNA,JFK\n", {{"nulls", {"NA"}}}).value();
  EXPECT_THAT(RowsOf(result), ElementsAre("1.5|EWR", "NULL|JFK"));
  EXPECT_EQ(result.figures, (base::Json{{"rows", 2}, {"columns", 2}}));
  EXPECT_EQ(result.outputs.at("data").facts["rows"], 2);
}

TEST_F(DataStepsTest, IngestReadsTheFormatOffTheNameInTheProject) {
  const auto parquet = base::ReadFile(MakeParquet("x", "SELECT 7 AS a"), 1 << 20).value();
  EXPECT_THAT(RowsOf(Ingest("A.PARQUET", parquet).value()), ElementsAre("7"));
  EXPECT_FALSE(Ingest("a.csv", parquet));
  EXPECT_THAT(RowsOf(Ingest("a.csv", parquet, {{"format", "parquet"}}).value()), ElementsAre("7"));
}

TEST_F(DataStepsTest, IngestNamesItsMistakes) {
  EXPECT_THAT(Check("ingest", base::Json::object()).error().message(), HasSubstr("with.file is missing"));
  EXPECT_THAT(Check("ingest", {{"file", "a.csv"}, {"nul", "NA"}}).error().message(), HasSubstr("nulls"));
  EXPECT_FALSE(Check("ingest", {{"file", "a.csv"}, {"dataset", 5}}));
  EXPECT_TRUE(Check("ingest", {{"file", "a.csv"}, {"dataset", nullptr}}));
  EXPECT_FALSE(Ingest("a.csv", ""));
}

TEST_F(DataStepsTest, ValidatePassesAndHandsOnHardBoundsOnly) {
  const auto result = Validate("SELECT * FROM (VALUES (10, 'EWR'), (90, 'JFK')) t(humid, origin)",
                               base::Json::array({{{"column", "humid"}, {"between", {0, 100}}},
                                                  {{"column", "humid"}, {"between", {0, 50}}, {"mostly", 0.5}},
                                                  {{"column", "origin"}, {"in_set", {"EWR", "JFK"}}}}))
                          .value();
  EXPECT_FALSE(result.failure);
  const auto& facts = result.outputs.at("report").facts;
  EXPECT_EQ(facts["bounds"],
            (base::Json{{"humid", {{"minimum", 0}, {"maximum", 100}}}, {"origin", {{"closed", true}}}}));
  EXPECT_EQ(result.figures, (base::Json{{"expectations", 3}, {"rows", 2}}));
}

TEST_F(DataStepsTest, ValidateFailsWithCountsRowsAndAReport) {
  const auto result = Validate("SELECT * FROM (VALUES (10), (140), (-3)) t(humid)",
                               base::Json::array({{{"column", "humid"}, {"between", {0, 100}}},
                                                  {{"rows", {{"min", 3}}}},
                                                  {{"column", "gate"}, {"exists", true}}}))
                          .value();
  ASSERT_TRUE(result.failure);
  EXPECT_EQ(result.failure->code(), base::ErrorCode::kUnprocessable);
  EXPECT_THAT(result.failure->message(), HasSubstr("2 of 3 expectations do not hold"));
  EXPECT_THAT(result.failure->message(), HasSubstr(R"(row 2 {"humid":140})"));
  EXPECT_THAT(result.failure->message(), HasSubstr(R"(row 3 {"humid":-3})"));
  EXPECT_THAT(result.failure->message(), HasSubstr("gate"));
  const auto& facts = result.outputs.at("report").facts;
  EXPECT_EQ(facts["passed"], false);
  EXPECT_EQ(facts["results"][0]["unexpected"], 2);
  EXPECT_EQ(facts["results"][1]["passed"], true);
}

TEST_F(DataStepsTest, ValidateRefusesExpectationsItDoesNotKnow) {
  EXPECT_FALSE(Check("validate", {{"expectations", {{{"column", "a"}, {"betwen", {0, 1}}}}}}));
  EXPECT_FALSE(Check("validate", {{"expectation", base::Json::array()}}));
}

TEST_F(DataStepsTest, TransformRunsSqlOverItsInputsByName) {
  const auto result = Transform("SELECT hour, temp * 2 AS double FROM weather WHERE temp > 10 ORDER BY hour").value();
  EXPECT_THAT(RowsOf(result), ElementsAre("2|40.0", "3|60.0"));
  Write("features.sql", "SELECT count(*) AS n FROM weather -- a comment at the end");
  EXPECT_THAT(RowsOf(Transform("features.sql").value()), ElementsAre("3"));
}

TEST_F(DataStepsTest, TransformTakesOneSelectOverItsInputsAndNothingElse) {
  const auto secret = Write("secret.csv", "a\n1\n");
  for (const std::string& sql :
       {std::string("DROP TABLE weather"), std::string("SELECT 1; SELECT 2"), std::string("SELECT * FROM elsewhere"),
        fmt::format("SELECT * FROM read_csv('{}')", secret.string()),
        fmt::format("SELECT * FROM '{}'", secret.string()),
        fmt::format("COPY weather TO '{}'", In("stolen.csv").string()), std::string("SELECT getenv('HOME')"),
        std::string("ATTACH 'x.db'"), std::string("INSTALL httpfs"), std::string("")}) {
    EXPECT_FALSE(Transform(sql)) << sql;
  }
  EXPECT_FALSE(std::filesystem::exists(In("stolen.csv")));
}

TEST_F(DataStepsTest, TheFilesOfAStepAreThoseItsParametersName) {
  const auto files = [](std::string_view uses, const base::Json& with) { return FindBuiltin(uses)->files(with); };
  EXPECT_THAT(files("ingest", {{"file", "data/weather.csv"}}), ElementsAre("data/weather.csv"));
  EXPECT_THAT(files("transform", {{"sql", "features.sql"}}), ElementsAre("features.sql"));
  EXPECT_TRUE(files("transform", {{"sql", "SELECT 1"}}).empty());
  EXPECT_TRUE(files("transform", {{"sql", "SELECT 1 --\n.sql"}}).empty());
  EXPECT_TRUE(files("ingest", {{"file", 5}}).empty());
}

}  // namespace
}  // namespace gyre::steps::internal
