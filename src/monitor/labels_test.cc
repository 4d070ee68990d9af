#include "monitor/labels.h"

#include <cmath>
#include <gmock/gmock.h>

#include "engine/engine.h"
#include "engine/sql.h"
#include "monitor/testing/temp_log.h"

namespace gyre::monitor {
namespace {

using base::ErrorCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::SampleRow;
using ::testing::SizeIs;
using testing::TempLog;

const serve::EndpointName kRain("rain");

base::Timestamp At(std::string_view text) {
  return base::ParseTimestamp(text).value();
}

class LabelsTest : public ::testing::Test {
 protected:
  LabelsTest() { Reopen(); }

  /// As a restart does.
  void Reopen() {
    labels_.reset();
    database_.reset();
    log_.Reopen();
    database_ = store::Database::Open({.path = folder_.path() / "meta.db"}, log_.clock(), log_.entropy()).value();
    labels_ = Labels::Open(*database_, *log_).value();
  }
  LabelReceipt Submit(const std::vector<Label>& labels) {
    const auto receipt = labels_->Submit(kRain, labels);
    EXPECT_TRUE(receipt) << receipt.error().ToString();
    return receipt.value_or(LabelReceipt{});
  }
  /// Three rows at hours 10, 11 and 12 of the second of September.
  std::vector<std::string> ThreeRows() {
    return log_.Add({{.event_time = At("2013-09-02T12:00:00Z"), .temp = 3, .rain = 0.75F},
                     {.event_time = At("2013-09-02T10:00:00Z"), .temp = 1, .sky = "", .shadow_rain = 0.5F},
                     {.event_time = At("2013-09-02T11:00:00Z"), .temp = 2, .version = 2}});
  }

  base::TempFolder folder_ = base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-labels").value();
  TempLog log_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<Labels> labels_;
};

TEST_F(LabelsTest, CountsWhatItTookAndWhatItDoesNotKnow) {
  const auto ids = ThreeRows();
  const std::string stranger(32, '7');
  const auto receipt = Submit({{ids[0], "rain", {}},
                               {stranger, "rain", {}},
                               {ids[1], "no", At("2013-09-02T13:00:00Z")},
                               {"not an id", "rain", {}},
                               {ids[0], "no", {}}});
  EXPECT_EQ(receipt.accepted, 2);
  EXPECT_EQ(receipt.duplicate, 1);
  EXPECT_THAT(receipt.unknown, ElementsAre(stranger, "not an id"));
  EXPECT_EQ(labels_->Count(kRain), 2);
  EXPECT_EQ(labels_->Watermark(kRain), At("2013-09-02T12:00:00Z"));
  EXPECT_EQ(labels_->CountBetween(kRain, At("2013-09-02T10:00:00Z"), At("2013-09-02T12:00:00Z")).value(), 1);
}

TEST_F(LabelsTest, SentAgainNothingChangesWhateverHappenedInBetween) {
  const auto ids = ThreeRows();
  Submit({{ids[0], "rain", {}}});
  ASSERT_TRUE(log_->Seal(kRain));
  Reopen();
  EXPECT_EQ(labels_->Count(kRain), 1);
  EXPECT_EQ(labels_->Watermark(kRain), At("2013-09-02T12:00:00Z"));
  const auto receipt = Submit({{ids[0], "no", {}}, {ids[1], "no", {}}});
  EXPECT_EQ(receipt.accepted, 1);
  EXPECT_EQ(receipt.duplicate, 1);
  const auto rows = labels_->Join(kRain, {}).value();
  EXPECT_THAT(rows.labels, ElementsAre("no", "rain")) << "the first label stays";
  EXPECT_THAT(labels_->EventTimesAfter(kRain, 1).value(), ElementsAre(At("2013-09-02T10:00:00Z")));
}

TEST_F(LabelsTest, AnIdBelongsToItsEndpoint) {
  const auto ids = log_.Add({{.event_time = At("2013-09-02")}}, "snow");
  EXPECT_THAT(Submit({{ids[0], "rain", {}}}).unknown, ElementsAre(ids[0]));
  EXPECT_EQ(labels_->Count(kRain), 0);
  EXPECT_EQ(labels_->Watermark(kRain), std::nullopt);
}

TEST_F(LabelsTest, ALabelThatIsNoClassRefusesAllAndNamesItsPlace) {
  const auto ids = ThreeRows();
  const auto refused = labels_->Submit(kRain, {{ids[0], "rain", {}}, {ids[1], "snow", {}}});
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnprocessable);
  EXPECT_EQ(refused.error().name(), "[1].label");
  EXPECT_THAT(refused.error().message(), HasSubstr("'snow' is no class of the version that answered; it has no, rain"));
  EXPECT_EQ(labels_->Count(kRain), 0);
}

TEST_F(LabelsTest, BoundsWhatItReads) {
  EXPECT_EQ(labels_->Submit(kRain, std::vector<Label>(Labels::kMaxAtOnce + 1)).error().code(), ErrorCode::kTooLarge);
  const auto long_id = labels_->Submit(kRain, {{std::string(1000, 'a'), "rain", {}}});
  EXPECT_EQ(long_id.error().name(), "[0].prediction_id");
  EXPECT_THAT(Submit({}).unknown, IsEmpty());
}

TEST_F(LabelsTest, LabelsOfRegressionsAreNotBuiltYet) {
  auto signature = testing::WeatherSignature();
  signature.task = model::Task::kRegression;
  signature.classes.clear();
  signature.positive_class.clear();
  const std::array<float, 2> numbers = {1, 2};
  const std::array<std::string_view, 1> categories = {"clear"};
  const registry::VersionRef version{registry::ModelName("rain"), 3};
  const serve::PredictionView row{.id = serve::NewPredictionId(log_.clock().Now(), log_.entropy()),
                                  .time = log_.clock().Now(),
                                  .event_time = log_.clock().Now(),
                                  .key = {},
                                  .numbers = numbers,
                                  .categories = categories,
                                  .answer = {.version = &version, .probabilities = {}, .value = 2.5F},
                                  .shadow = {}};
  ASSERT_TRUE(log_->Offer({.endpoint = "rain", .signature = &signature, .rows = {&row, 1}}));
  const auto refused = labels_->Submit(kRain, {{serve::FormatPredictionId(row.id), "2.4", {}}});
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnimplemented);
  EXPECT_EQ(labels_->Join(kRain, {}).value().size(), 0U);
}

TEST_F(LabelsTest, JoinsSealedAndUnsealedRowsInOrderOfEventTime) {
  auto ids = ThreeRows();
  ASSERT_TRUE(log_->Seal(kRain));
  ids.push_back(log_.Add({{.event_time = At("2013-09-02T10:30:00Z"), .rain = 1}})[0]);
  Submit({{ids[0], "rain", {}}, {ids[1], "no", {}}, {ids[3], "rain", {}}});
  const auto rows = labels_->Join(kRain, {}).value();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_THAT(rows.prediction_ids, ElementsAre(ids[1], ids[3], ids[0]));
  EXPECT_THAT(rows.event_times,
              ElementsAre(At("2013-09-02T10:00:00Z"), At("2013-09-02T10:30:00Z"), At("2013-09-02T12:00:00Z")));
  EXPECT_THAT(rows.versions, ElementsAre("rain/1", "rain/1", "rain/1"));
  EXPECT_THAT(rows.labels, ElementsAre("no", "rain", "rain"));
  EXPECT_THAT(rows.predicted_labels, ElementsAre("no", "rain", "rain"));
  EXPECT_THAT(rows.classes, ElementsAre("no", "rain"));
  EXPECT_EQ(rows.positive_class, "rain");
  EXPECT_THAT(rows.probabilities.values, ElementsAre(0.75F, 0.25F, 0, 1, 0.25F, 0.75F));
  EXPECT_THAT(rows.shadow_versions, ElementsAre("rain/2", "", ""));
  EXPECT_EQ(rows.shadow_probabilities.At(0, 1), 0.5F);
  EXPECT_TRUE(std::isnan(rows.shadow_probabilities.At(1, 1)));
}

TEST_F(LabelsTest, JoinKeepsToItsFilter) {
  const auto ids = ThreeRows();
  log_.clock().Advance(std::chrono::hours(1));
  const auto later = log_.Add({{.event_time = At("2013-09-02T11:30:00Z")}});
  Submit({{ids[0], "rain", {}}, {ids[1], "no", {}}, {ids[2], "no", {}}, {later[0], "rain", {}}});
  const auto join = [&](const RowFilter& filter) { return labels_->Join(kRain, filter).value().prediction_ids; };
  EXPECT_THAT(
      join({.event_from = At("2013-09-02T11:00:00Z"), .event_until = At("2013-09-02T12:00:00Z"), .answered_from = {}}),
      ElementsAre(ids[2], later[0]));
  EXPECT_THAT(join({.event_from = {}, .event_until = {}, .answered_from = log_.clock().Now()}), ElementsAre(later[0]));
}

TEST_F(LabelsTest, ExportsLabelledRowsForTraining) {
  const auto ids = ThreeRows();
  Submit({{ids[0], "rain", {}}, {ids[1], "no", {}}, {ids[2], "rain", {}}});
  const auto until = At("2013-09-02T12:00:00Z");
  const auto path = folder_.path() / "export.parquet";
  const auto exported = labels_->Export(kRain, until, "rain_next_hour", path).value();
  EXPECT_EQ(exported.rows, 2);
  EXPECT_EQ(exported.newest, At("2013-09-02T11:00:00Z"));
  auto engine = engine::Engine::Open({.files = {path}}).value();
  auto connection = engine.Connect().value();
  const auto table = connection.Query(fmt::format("SELECT * FROM {}", engine::ParquetTable(path).value())).value();
  std::vector<std::string> names;
  for (const auto& column : table.columns) names.push_back(column.name);
  EXPECT_THAT(names, ElementsAre("temp", "sky", "humid", "rain_next_hour", "event_time"));
  EXPECT_THAT(table.columns[0].numbers, ElementsAre(1, 2));
  EXPECT_TRUE(table.columns[1].IsNull(0));
  EXPECT_THAT(table.columns[3].texts, ElementsAre("no", "rain"));

  ASSERT_TRUE(log_->Seal(kRain));
  const auto again = folder_.path() / "again.parquet";
  ASSERT_TRUE(labels_->Export(kRain, until, "rain_next_hour", again));
  EXPECT_EQ(base::HashFile(path).value(), base::HashFile(again).value()) << "sealing changes nothing";
}

TEST_F(LabelsTest, AnExportRefusesColumnsOfOneName) {
  ThreeRows();
  const auto path = folder_.path() / "export.parquet";
  log_->Flush();
  EXPECT_EQ(labels_->Export(kRain, At("2013-10-01"), "Temp", path).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(labels_->Export(kRain, At("2013-10-01"), "event_time", path).error().name(), "event_time");
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(LabelsTest, TheFingerprintFollowsWhatWouldBeExported) {
  const auto ids = ThreeRows();
  const auto until = At("2013-09-02T12:00:00Z");
  const auto before = labels_->ExportFingerprint(kRain, until).value();
  Submit({{ids[0], "rain", {}}});
  EXPECT_EQ(labels_->ExportFingerprint(kRain, until).value(), before) << "that label's event time is not before";
  Submit({{ids[1], "rain", {}}});
  const auto with_one = labels_->ExportFingerprint(kRain, until).value();
  EXPECT_NE(with_one, before);
  EXPECT_EQ(with_one.at("rows"), 1);
  Reopen();
  EXPECT_EQ(labels_->ExportFingerprint(kRain, until).value(), with_one);
}

TEST_F(LabelsTest, ManyThreadsMayLabelTheSameRows) {
  std::vector<SampleRow> rows(200, {.event_time = At("2013-09-02")});
  const auto ids = log_.Add(rows);
  std::atomic<int64_t> accepted{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (size_t first = 0; first < ids.size(); first += 20) {
        std::vector<Label> batch;
        for (size_t i = first; i < first + 20; ++i) batch.push_back({ids[i], "rain", {}});
        accepted += labels_->Submit(kRain, batch).value().accepted;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(accepted, 200);
  EXPECT_EQ(labels_->Count(kRain), 200);
  EXPECT_THAT(labels_->EventTimesAfter(kRain, 0).value(), SizeIs(200));
}

}  // namespace
}  // namespace gyre::monitor
