#include "monitor/prediction_log.h"

#include <cmath>
#include <gmock/gmock.h>

#include "engine/engine.h"
#include "engine/sql.h"
#include "monitor/testing/temp_log.h"

namespace gyre::monitor {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::SampleRow;
using ::testing::SizeIs;
using testing::TempLog;

const serve::EndpointName kRain("rain");

base::Timestamp At(std::string_view text) {
  return base::ParseTimestamp(text).value();
}

engine::Table Ask(PredictionLog& log, const std::string& sql, const RowFilter& filter = {}) {
  auto view = log.View(kRain, filter);
  if (!view) {
    ADD_FAILURE() << view.error().ToString();
    return {};
  }
  auto table = view->connection.Query(sql);
  EXPECT_TRUE(table) << table.error().ToString();
  return table ? *table : engine::Table{};
}

int64_t Rows(PredictionLog& log) {
  return Ask(log, "SELECT count(*) FROM log").columns.at(0).integers.at(0);
}

engine::Table ReadParquet(const std::filesystem::path& path, const std::string& select = "*") {
  auto engine = engine::Engine::Open({.files = {path}}).value();
  auto connection = engine.Connect().value();
  return connection.Query(fmt::format("SELECT {} FROM {}", select, engine::ParquetTable(path).value())).value();
}

TEST(PredictionLog, SealsRowsAsOpenParquetByDayOfArrival) {
  TempLog log;
  const auto ids = log.Add({{.event_time = At("2013-09-02T10:00:00Z"), .temp = 21.5F, .sky = "cloud", .rain = 0.75F},
                            {.event_time = At("2013-09-02T09:00:00Z"),
                             .temp = std::nanf(""),
                             .sky = "",
                             .key = "LGA",
                             .shadow_rain = 0.5F}});
  ASSERT_TRUE(log->Seal(kRain));
  const auto files = log->Files(kRain);
  ASSERT_THAT(files, SizeIs(1));
  EXPECT_EQ(files[0].parent_path(), log.folder() / "rain" / "dt=2013-10-01");

  const auto table = ReadParquet(files[0]);
  std::vector<std::string> names;
  for (const auto& column : table.columns) names.push_back(column.name);
  EXPECT_THAT(names, ElementsAre("prediction_id", "answered_at", "event_time", "key", "model_version",
                                 "predicted_label", "probability.no", "probability.rain", "shadow_version",
                                 "shadow_label", "shadow_probability.no", "shadow_probability.rain", "feature.temp",
                                 "feature.sky", "feature.humid", "dt"))
      << "dt is the folder's";
  ASSERT_EQ(table.rows(), 2U);
  const auto text = [&](const char* name, size_t row) { return engine::ToJson(table.Find(name)->At(row)); };
  EXPECT_EQ(text("prediction_id", 0), ids[1]) << "rows are in the order of event time";
  EXPECT_EQ(text("prediction_id", 1), ids[0]);
  EXPECT_EQ(text("answered_at", 0), "2013-10-01T12:00:00Z");
  EXPECT_EQ(text("event_time", 1), "2013-09-02T10:00:00Z");
  EXPECT_EQ(text("key", 0), "LGA");
  EXPECT_EQ(text("key", 1), nullptr);
  EXPECT_EQ(text("model_version", 1), "rain/1");
  EXPECT_EQ(text("predicted_label", 1), "rain");
  EXPECT_EQ(text("probability.rain", 1), 0.75);
  EXPECT_EQ(text("shadow_version", 0), "rain/2");
  EXPECT_EQ(text("shadow_label", 0), "rain");
  EXPECT_EQ(text("shadow_probability.no", 0), 0.5);
  EXPECT_EQ(text("shadow_version", 1), nullptr);
  EXPECT_EQ(text("feature.temp", 0), nullptr) << "NaN is a missing value";
  EXPECT_EQ(text("feature.sky", 0), nullptr);
  EXPECT_EQ(text("feature.temp", 1), 21.5);
  EXPECT_EQ(text("feature.sky", 1), "cloud");
  EXPECT_EQ(text("feature.humid", 1), 50.0);
  EXPECT_EQ(ReadParquet(files[0], "typeof(\"feature.temp\")").columns[0].texts[0], "FLOAT");
}

TEST(PredictionLog, RowsAreSeenBeforeAndAfterTheyAreSealed) {
  TempLog log;
  log.Add({{.event_time = At("2013-09-02")}, {.event_time = At("2013-09-03")}});
  ASSERT_TRUE(log->Seal(kRain));
  log.Add({{.event_time = At("2013-09-04")}});
  log->Flush();
  EXPECT_THAT(log->Files(kRain), SizeIs(1));
  EXPECT_EQ(Rows(*log), 3);
  const RowFilter filter{.event_from = At("2013-09-03"), .event_until = At("2013-09-04"), .answered_from = {}};
  EXPECT_EQ(Ask(*log, "SELECT * FROM log", filter).rows(), 1U);
  const RowFilter later{.event_from = {}, .event_until = {}, .answered_from = At("2013-10-02")};
  EXPECT_EQ(Ask(*log, "SELECT * FROM log", later).rows(), 0U);
  ASSERT_TRUE(log->Seal(kRain));
  EXPECT_EQ(Rows(*log), 3);
  EXPECT_THAT(log->Files(kRain), SizeIs(2));
  EXPECT_TRUE(std::filesystem::is_empty(log.folder() / "rain" / "_segments"));
}

TEST(PredictionLog, ForgetsWhereverRowsLieAndOnlyOfOneEndpoint) {
  TempLog log;
  log.Add({{.event_time = At("2013-09-02")}});
  ASSERT_TRUE(log->Seal(kRain));
  const auto ids = log.Add({{.event_time = At("2013-09-04")}});
  log.Add({{.event_time = At("2013-09-05")}}, "snow");
  ASSERT_TRUE(log->Forget(kRain));
  EXPECT_EQ(Rows(*log), 0);
  EXPECT_THAT(log->Files(kRain), IsEmpty());
  EXPECT_EQ(log->Watermark(kRain), std::nullopt);
  EXPECT_EQ(log->EarliestEvent(kRain), std::nullopt);
  const serve::PredictionId id = serve::ParsePredictionId(ids[0]).value();
  EXPECT_FALSE(log->Find(kRain, std::span(&id, 1)).value()[0]);
  EXPECT_EQ(log->Watermark(serve::EndpointName("snow")), At("2013-09-05"));

  log.Add({{.event_time = At("2013-08-01")}});
  log.Reopen();
  EXPECT_EQ(Rows(*log), 1) << "an endpoint may begin anew, and what was forgotten does not come back";
  EXPECT_EQ(log->Watermark(kRain), At("2013-08-01"));
}

TEST(PredictionLog, SealingWithNothingNewMakesNoFile) {
  TempLog log;
  EXPECT_TRUE(log->Seal(kRain));
  log.Add({{.event_time = At("2013-09-02")}});
  EXPECT_TRUE(log->Seal(kRain));
  EXPECT_TRUE(log->Seal(kRain));
  EXPECT_THAT(log->Files(kRain), SizeIs(1));
}

TEST(PredictionLog, AnEndpointWithoutRowsHasAnEmptyView) {
  TempLog log;
  EXPECT_EQ(Rows(*log), 0);
  EXPECT_EQ(Ask(*log, "SELECT prediction_id, event_time, model_version FROM log").rows(), 0U);
  EXPECT_EQ(log->Watermark(kRain), std::nullopt);
  EXPECT_EQ(log->EarliestEvent(kRain), std::nullopt);
  EXPECT_THAT(log->Files(kRain), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(log.folder() / "rain")) << "asking leaves nothing behind";
}

TEST(PredictionLog, StopSealsAndRefusesFurtherRows) {
  TempLog log;
  log.Add({{.event_time = At("2013-09-02")}});
  log->Stop();
  log->Stop();
  EXPECT_THAT(log->Files(kRain), SizeIs(1));
  EXPECT_THAT(log.Add({{.event_time = At("2013-09-02")}}), IsEmpty());
  EXPECT_EQ(log->dropped(kRain), 1U);
  log.Reopen();
  EXPECT_EQ(Rows(*log), 1);
  EXPECT_EQ(log->Watermark(kRain), At("2013-09-02"));
}

TEST(PredictionLog, VersionsWithOtherFeaturesShareTheLog) {
  TempLog log;
  log.Add({{.event_time = At("2013-09-02"), .humid = 40}});
  auto renamed = testing::WeatherSignature();
  renamed.inputs[2].name = "dewp";
  renamed.classes = {"no", "snow"};
  renamed.positive_class = "snow";
  log.Add({{.event_time = At("2013-09-03"), .humid = 7, .version = 2}}, "rain", renamed);
  log->Flush();
  for (const bool sealed : {false, true}) {
    if (sealed) {
      ASSERT_TRUE(log->Seal(kRain));
    }
    const auto table = Ask(*log,
                           "SELECT model_version, \"feature.humid\", \"feature.dewp\", \"probability.snow\" FROM log "
                           "ORDER BY event_time");
    ASSERT_EQ(table.rows(), 2U);
    EXPECT_EQ(table.columns[0].texts, (std::vector<std::string>{"rain/1", "rain/2"}));
    EXPECT_EQ(table.columns[1].At(0), engine::Value(40.0));
    EXPECT_TRUE(table.columns[1].IsNull(1));
    EXPECT_TRUE(table.columns[2].IsNull(0));
    EXPECT_EQ(table.columns[2].At(1), engine::Value(7.0));
    EXPECT_TRUE(table.columns[3].IsNull(0));
  }
  EXPECT_THAT(log->Files(kRain), SizeIs(2)) << "a segment has one schema";
  const auto view = log->View(kRain, {}).value();
  EXPECT_THAT(view.features, SizeIs(4));
  EXPECT_THAT(view.classes, SizeIs(3));
  EXPECT_EQ(view.positive_class, "snow");
}

TEST(PredictionLog, NamesThatDifferByCaseOnlyAreKeptApart) {
  TempLog log;
  auto signature = testing::WeatherSignature();
  signature.inputs[0].name = "T";
  signature.inputs[2].name = "t";
  signature.classes = {"Yes", "yes"};
  signature.positive_class = "yes";
  log.Add({{.event_time = At("2013-09-02"), .temp = 1, .humid = 2}}, "rain", signature);
  ASSERT_TRUE(log->Seal(kRain));
  const auto view = log->View(kRain, {}).value();
  EXPECT_EQ(view.Find("T")->column, "feature.T");
  EXPECT_EQ(view.Find("t")->column, "feature.t#74");
  const auto table = Ask(*log, "SELECT \"feature.T\", \"feature.t#74\" FROM log");
  EXPECT_EQ(table.columns[0].numbers, (std::vector<double>{1}));
  EXPECT_EQ(table.columns[1].numbers, (std::vector<double>{2}));
}

TEST(PredictionLog, KeepsTextThatIsNoUtf8OutOfParquet) {
  TempLog log;
  log.Add({{.event_time = At("2013-09-02"), .sky = "a\xffz", .key = std::string("nul\0byte", 8)}});
  ASSERT_TRUE(log->Seal(kRain));
  const auto table = Ask(*log, "SELECT \"feature.sky\", \"key\" FROM log");
  EXPECT_EQ(table.columns[0].texts[0], "a?z");
  EXPECT_EQ(table.columns[1].texts[0], std::string("nul\0byte", 8));
}

TEST(PredictionLog, LogsRegressions) {
  TempLog log;
  auto signature = testing::WeatherSignature();
  signature.task = model::Task::kRegression;
  signature.classes.clear();
  signature.positive_class.clear();
  const std::array<float, 2> numbers = {1, 2};
  const std::array<std::string_view, 1> categories = {"clear"};
  const registry::VersionRef version{registry::ModelName("rain"), 3};
  const serve::PredictionView row{.id = serve::NewPredictionId(log.clock().Now(), log.entropy()),
                                  .time = log.clock().Now(),
                                  .event_time = log.clock().Now(),
                                  .key = {},
                                  .numbers = numbers,
                                  .categories = categories,
                                  .answer = {.version = &version, .probabilities = {}, .value = 2.5F},
                                  .shadow = {}};
  ASSERT_TRUE(log->Offer({.endpoint = "rain", .signature = &signature, .rows = {&row, 1}}));
  ASSERT_TRUE(log->Seal(kRain));
  const auto table = Ask(*log, "SELECT predicted_value, shadow_value FROM log");
  EXPECT_EQ(table.columns[0].numbers[0], 2.5);
  EXPECT_TRUE(table.columns[1].IsNull(0));
}

TEST(PredictionLog, AWrongClockIsNoProgress) {
  TempLog log;
  log.Add({{.event_time = At("2013-10-02T11:00:00Z")}, {.event_time = At("2113-01-01")}});
  log->Flush();
  EXPECT_EQ(log->Watermark(kRain), At("2013-10-02T11:00:00Z")) << "up to a day ahead of the arrival is believed";
  ASSERT_TRUE(log->Seal(kRain));
  log.Reopen();
  EXPECT_EQ(log->Watermark(kRain), At("2013-10-02T11:00:00Z"));
  EXPECT_EQ(log->EarliestEvent(kRain), At("2013-10-02T11:00:00Z"));
}

TEST(PredictionLog, ADayOfArrivalHasItsOwnFolder) {
  TempLog log;
  log.clock().Set(At("2013-10-01T23:59:59.999Z"));
  log.Add({{.event_time = At("2013-09-02")}});
  log.clock().Set(At("2013-10-02T00:00:00Z"));
  log.Add({{.event_time = At("2013-09-02")}});
  ASSERT_TRUE(log->Seal(kRain));
  const auto files = log->Files(kRain);
  ASSERT_THAT(files, SizeIs(2));
  EXPECT_EQ(files[0].parent_path().filename(), "dt=2013-10-01");
  EXPECT_EQ(files[1].parent_path().filename(), "dt=2013-10-02");
}

TEST(PredictionLog, SealsBySizeAndByAge) {
  TempLog log;
  log.options().seal_bytes = 10'000;
  log.options().seal_age = std::chrono::seconds(60);
  log.Reopen();
  const auto wait_for_files = [&](size_t count) {
    for (int i = 0; i < 500 && log->Files(kRain).size() < count; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return log->Files(kRain).size();
  };
  for (int i = 0; i < 100; ++i) log.Add({{.event_time = At("2013-09-02")}, {.event_time = At("2013-09-02")}});
  EXPECT_GE(wait_for_files(1), 1U);
  log->Flush();
  const auto before = log->Files(kRain).size();
  log.Add({{.event_time = At("2013-09-02")}});
  log->Flush();
  EXPECT_EQ(log->Files(kRain).size(), before);
  log.clock().Advance(std::chrono::seconds(61));
  EXPECT_GE(wait_for_files(before + 1), before + 1);
  EXPECT_EQ(Rows(*log), 201);
}

TEST(PredictionLog, FindsRowsByIdWhereverTheyLie) {
  TempLog log;
  const auto sealed = log.Add({{.event_time = At("2013-09-02")}, {.event_time = At("2013-09-03")}});
  ASSERT_TRUE(log->Seal(kRain));
  log.clock().Advance(std::chrono::hours(30));
  const auto other_endpoint = log.Add({{.event_time = At("2013-09-02")}}, "snow");
  const auto fresh = log.Add({{.event_time = At("2013-09-04")}});
  std::vector<serve::PredictionId> ids;
  for (const auto& hex : {sealed[1], fresh[0], other_endpoint[0], sealed[0]}) {
    ids.push_back(serve::ParsePredictionId(hex).value());
  }
  ids.push_back(serve::NewPredictionId(log.clock().Now(), log.entropy()));
  const auto found = log->Find(kRain, ids).value();
  ASSERT_THAT(found, SizeIs(5));
  EXPECT_EQ(found[0]->event_time, At("2013-09-03"));
  EXPECT_EQ(found[1]->event_time, At("2013-09-04")) << "offered a moment ago";
  EXPECT_FALSE(found[2]);
  EXPECT_EQ(found[3]->event_time, At("2013-09-02"));
  EXPECT_THAT(found[3]->schema->classes, ElementsAre("no", "rain"));
  EXPECT_FALSE(found[4]);
}

TEST(PredictionLog, AFullRingDropsAndCountsAndGoesOn) {
  TempLog log;
  log.options().ring_bytes = 4096;
  log.options().write_interval = std::chrono::milliseconds(600'000);
  log.Reopen();
  int64_t taken = 0;
  int64_t refused = 0;
  for (int i = 0; i < 100; ++i) ++(log.Add({{.event_time = At("2013-09-02")}}).empty() ? refused : taken);
  EXPECT_GT(taken, 10);
  EXPECT_GT(refused, 10);
  EXPECT_EQ(log->dropped(kRain), static_cast<uint64_t>(refused));
  EXPECT_NE(
      log.metrics().Expose().find(fmt::format("gyre_prediction_log_dropped_total{{endpoint=\"rain\"}} {}", refused)),
      std::string::npos);
  log->Flush();
  EXPECT_EQ(log.Add({{.event_time = At("2013-09-02")}}).size(), 1U);
  log->Flush();
  EXPECT_EQ(Rows(*log), taken + 1);
}

TEST(PredictionLog, AViewSpillsWhatMemoryDoesNotHold) {
  TempLog log;
  log.options().engine_bytes = 48ULL << 20;
  log.Reopen();
  log.Add({{.event_time = At("2013-09-02")}});
  log->Flush();
  {
    auto view = log->View(kRain, {}).value();
    EXPECT_TRUE(view.connection.Query("SELECT count(*) FROM (SELECT range FROM range(5000000) ORDER BY hash(range))"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(log.folder() / "rain" / "_spill"));
}

TEST(PredictionLog, RefusesAFolderThatSqlWouldTakeForAPattern) {
  TempLog log;
  const auto opened =
      PredictionLog::Open({.folder = log.folder() / "a*b"}, {log.clock(), log.entropy(), log.metrics(), log.logger()});
  EXPECT_FALSE(opened);
}

}  // namespace
}  // namespace gyre::monitor
