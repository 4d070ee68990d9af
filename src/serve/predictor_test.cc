#include "serve/predictor.h"

#include <gtest/gtest.h>

#include "base/testing/manual_clock.h"
#include "base/testing/seeded_entropy.h"
#include "serve/testing/fake_model.h"
#include "serve/testing/recording_sink.h"
#include "serve/testing/weather.h"

namespace gyre::serve {
namespace {

using base::ErrorCode;
using base::Json;
using testing::FakeModel;
using testing::FakeRunner;

/// Rain's probability is humid/100; over 100 is refused, as a runner does.
base::Result<void> ByHumidity(const FakeRunner::Row& row, std::span<float> probabilities) {
  if (row.numbers[1] > 100) return base::Unprocessable("humid is above its maximum 100", "humid");
  probabilities[1] = row.numbers[1] / 100;
  probabilities[0] = 1 - probabilities[1];
  return base::Ok();
}

base::Result<void> AlwaysRain(const FakeRunner::Row&, std::span<float> probabilities) {
  probabilities[0] = 0.125F;
  probabilities[1] = 0.875F;
  return base::Ok();
}

std::string Row(float humid, const std::string& more = "") {
  return fmt::format(R"({{"temp":20,"humid":{},"origin":"JFK"{}}})", humid, more);
}

std::string Rows(const std::vector<std::string>& rows) {
  return fmt::format("[{}]", fmt::join(rows, ","));
}

class PredictorTest : public ::testing::Test {
 protected:
  PredictorTest() { Install({.champion = champion_}); }

  void Install(Routing routing) { ASSERT_TRUE(endpoints_.Install(rain_, std::move(routing))); }
  Json Predict(const std::string& body) {
    std::string answer;
    const auto done = predictor_.PredictJson("rain", body, {}, answer);
    EXPECT_TRUE(done) << done.error().ToString();
    return done ? Json::parse(answer) : Json();
  }
  base::Error Refusal(const std::string& body) {
    std::string answer = "untouched";
    const auto done = predictor_.PredictJson("rain", body, {}, answer);
    EXPECT_EQ(answer, "untouched");
    return done ? base::Internal("was accepted") : done.error();
  }
  EndpointFigures Figures() { return endpoints_.Figures(rain_).value(); }
  std::shared_ptr<const LoadedModel> Model(const std::string& version, FakeRunner::Function function,
                                           std::chrono::microseconds cost = std::chrono::microseconds(5)) {
    return FakeModel(version, testing::WeatherSignature(), std::move(function), cost);
  }

  const EndpointName rain_{"rain"};
  base::Metrics metrics_;
  Endpoints endpoints_{metrics_};
  testing::RecordingSink sink_;
  base::testing::ManualClock clock_{base::ParseTimestamp("2013-10-01T05:00:00.123456Z").value()};
  base::testing::SeededEntropy entropy_{1};
  Predictor predictor_{{.max_rows = 50}, {endpoints_, sink_, clock_, entropy_}};
  const std::shared_ptr<const LoadedModel> champion_ = Model("rain/3", ByHumidity);
};

TEST_F(PredictorTest, AnswersAndLogsOneRow) {
  const auto json = Predict(Row(75, R"(,"event_time":"2013-09-30T05:00:00Z","key":"JFK 5")"));
  EXPECT_EQ(json["model_version"], "rain/3");
  ASSERT_EQ(json["predictions"].size(), 1u);
  EXPECT_EQ(json["predictions"][0]["label"], "rain");
  EXPECT_EQ(json["predictions"][0]["probability"], 0.75);

  ASSERT_EQ(sink_.rows().size(), 1u);
  const auto row = sink_.rows()[0];
  EXPECT_EQ(row.endpoint, "rain");
  EXPECT_EQ(FormatPredictionId(row.id), json["predictions"][0]["prediction_id"]);
  EXPECT_EQ(base::FormatTimestamp(row.time), "2013-10-01T05:00:00.123456Z");
  EXPECT_EQ(base::FormatTimestamp(ArrivalOf(row.id)), "2013-10-01T05:00:00.123Z");
  EXPECT_EQ(base::FormatTimestamp(row.event_time), "2013-09-30T05:00:00Z");
  EXPECT_EQ(row.key, "JFK 5");
  EXPECT_EQ(row.numbers[1], 75);
  EXPECT_TRUE(std::isnan(row.numbers[2]));
  EXPECT_EQ(row.categories, std::vector<std::string>{"JFK"});
  EXPECT_EQ(row.answer.version, "rain/3");
  EXPECT_EQ(row.answer.label, "rain");
  EXPECT_EQ(row.answer.probabilities, (std::vector<float>{0.25F, 0.75F}));
  EXPECT_FALSE(row.shadow);
}

TEST_F(PredictorTest, EstimatesWhatTheModelsWouldCompute) {
  using std::chrono::microseconds;
  EXPECT_EQ(predictor_.EstimateCost("rain", Row(75)), microseconds(5));
  EXPECT_EQ(predictor_.EstimateCost("rain", Rows({Row(1), Row(2), Row(3)})), microseconds(15));
  EXPECT_EQ(predictor_.EstimateCost("snow", Row(75)), microseconds(0));
  Install({.champion = champion_, .candidate = Model("rain/4", AlwaysRain, microseconds(300)), .candidate_share = 0.5});
  EXPECT_EQ(predictor_.EstimateCost("rain", Rows({Row(1), Row(2)})), microseconds(610));
}

TEST_F(PredictorTest, ARowWithoutEventTimeHappenedWhenItArrived) {
  Predict(Row(10));
  EXPECT_EQ(sink_.rows()[0].event_time, clock_.Now());
}

TEST_F(PredictorTest, AnswersRowsInTheirOrder) {
  std::vector<std::string> rows;
  for (int i = 0; i < 50; ++i) rows.push_back(Row(static_cast<float>(2 * i)));
  const auto json = Predict(Rows(rows));
  std::set<std::string> ids;
  for (size_t i = 0; i < 50; ++i) {
    EXPECT_FLOAT_EQ(json["predictions"][i]["probability"].get<float>(), static_cast<float>(2 * i) / 100);
    ids.insert(json["predictions"][i]["prediction_id"]);
  }
  EXPECT_EQ(ids.size(), 50u);
}

TEST_F(PredictorTest, NoRowsGetNoAnswersAndNoLog) {
  EXPECT_EQ(Predict("[]")["predictions"], Json::array());
  EXPECT_TRUE(sink_.rows().empty());
}

TEST_F(PredictorTest, RefusesWhatItCannotAnswerAndLogsNothing) {
  EXPECT_EQ(Refusal("{").code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(Refusal(R"({"temp":"hot"})").code(), ErrorCode::kUnprocessable);
  EXPECT_EQ(Refusal(Rows(std::vector(51, Row(1)))).code(), ErrorCode::kTooLarge);
  const auto error = Refusal(Rows({Row(1), Row(140)}));
  EXPECT_EQ(error.code(), ErrorCode::kUnprocessable);
  EXPECT_EQ(error.message(), "row 1: humid is above its maximum 100");
  EXPECT_EQ(error.name(), "humid");
  EXPECT_TRUE(sink_.rows().empty());
  EXPECT_EQ(Figures().refused, 4u);
  EXPECT_EQ(Figures().predictions, 0u);
}

TEST_F(PredictorTest, NamesTheEndpointThatWasMeant) {
  std::string answer;
  const auto error = predictor_.PredictJson("rian", Row(1), {}, answer).error();
  EXPECT_EQ(error.code(), ErrorCode::kNotFound);
  EXPECT_EQ(error.message(), "there is no endpoint 'rian'; did you mean 'rain'?");
}

TEST_F(PredictorTest, CountsWhatItDid) {
  Predict(Rows({Row(1), Row(2), Row(3)}));
  EXPECT_EQ(Refusal("{").name(), "body");
  sink_.full = true;
  Predict(Rows({Row(1), Row(2)}));
  const auto figures = Figures();
  EXPECT_EQ(figures.requests, 3u);
  EXPECT_EQ(figures.predictions, 5u);
  EXPECT_EQ(figures.refused, 1u);
  EXPECT_EQ(figures.failed, 0u);
  EXPECT_EQ(figures.dropped_log_rows, 2u);
  const auto text = metrics_.Expose();
  EXPECT_NE(text.find("gyre_predictions_total{endpoint=\"rain\",version=\"rain/3\"} 5\n"), std::string::npos);
  EXPECT_NE(text.find("gyre_predict_requests_total{endpoint=\"rain\",outcome=\"ok\"} 2\n"), std::string::npos);
  EXPECT_NE(text.find("gyre_predict_seconds_count{endpoint=\"rain\"} 3\n"), std::string::npos);
}

TEST_F(PredictorTest, StopsWhenTheCallerHasGone) {
  const auto cancel = base::Cancellation::Make();
  cancel.Cancel();
  std::string answer;
  EXPECT_EQ(predictor_.PredictJson("rain", Row(1), cancel, answer).error().code(), ErrorCode::kCancelled);
  EXPECT_EQ(Figures().failed, 1u);
}

TEST_F(PredictorTest, AModelThatFailsFailsTheRequest) {
  Install({.champion = Model("rain/4", [](const auto&, auto) { return base::Internal("kernel broke"); })});
  EXPECT_EQ(Refusal(Row(1)).code(), ErrorCode::kInternal);
  EXPECT_EQ(Figures().failed, 1u);
}

TEST_F(PredictorTest, APairedCanaryAsksBothAndAnswersWithOne) {
  Install({.champion = champion_, .candidate = Model("rain/4", AlwaysRain), .candidate_share = 0.3});
  std::vector<std::string> rows;
  for (int i = 0; i < 50; ++i) rows.push_back(Row(10, fmt::format(R"(,"key":{})", i)));
  const auto json = Predict(Rows(rows));
  size_t by_candidate = 0;
  for (const auto& row : sink_.rows()) {
    const bool candidate = row.answer.version == "rain/4";
    by_candidate += candidate ? 1 : 0;
    ASSERT_TRUE(row.shadow);
    EXPECT_EQ(row.shadow->version, candidate ? "rain/3" : "rain/4");
    EXPECT_EQ(row.answer.label, candidate ? "rain" : "dry");
    EXPECT_EQ(row.shadow->label, candidate ? "dry" : "rain");
    EXPECT_EQ(row.shadow->probabilities[1], candidate ? 0.1F : 0.875F);
  }
  EXPECT_NEAR(static_cast<double>(by_candidate), 15, 10);
  EXPECT_EQ(json["model_version"], "rain/3");
  EXPECT_EQ(Predict(Rows(rows))["predictions"].size(), 50u);
  for (size_t i = 0; i < 50; ++i) {
    EXPECT_EQ(sink_.rows()[i].answer.version, sink_.rows()[i + 50].answer.version) << "a key changed sides";
  }
  const auto text = metrics_.Expose();
  EXPECT_NE(text.find(fmt::format("version=\"rain/4\"}} {}\n", 2 * by_candidate)), std::string::npos) << text;
}

TEST_F(PredictorTest, AnUnpairedCanaryAsksOneOfThem) {
  size_t asked_champion = 0;
  size_t asked_candidate = 0;
  const auto counting = [](size_t& count) {
    return [&count](const FakeRunner::Row& row, std::span<float> probabilities) {
      ++count;
      return ByHumidity(row, probabilities);
    };
  };
  Install({.champion = Model("rain/3", counting(asked_champion)),
           .candidate = Model("rain/4", counting(asked_candidate)),
           .candidate_share = 0.5,
           .paired = false});
  std::vector<std::string> rows;
  for (int i = 0; i < 50; ++i) rows.push_back(Row(static_cast<float>(i)));
  const auto json = Predict(Rows(rows));
  EXPECT_EQ(asked_champion + asked_candidate, 50u);
  EXPECT_GT(asked_champion, 10u);
  EXPECT_GT(asked_candidate, 10u);
  for (size_t i = 0; i < 50; ++i) {
    EXPECT_FALSE(sink_.rows()[i].shadow);
    EXPECT_FLOAT_EQ(sink_.rows()[i].answer.probabilities[1], static_cast<float>(i) / 100) << "answers were swapped";
    EXPECT_EQ(json["predictions"][i].contains("model_version"), sink_.rows()[i].answer.version == "rain/4");
  }
}

TEST_F(PredictorTest, ASlowModelIsNoShadow) {
  Install({.champion = champion_,
           .candidate = Model("rain/4", AlwaysRain, std::chrono::microseconds(201)),
           .candidate_share = 0.5});
  Predict(Rows(std::vector(50, Row(10))));
  for (const auto& row : sink_.rows()) {
    EXPECT_EQ(row.shadow.has_value(), row.answer.version == "rain/4");
  }
}

TEST_F(PredictorTest, TheChampionAnswersWhatACandidateCannot) {
  const auto fails_above_50 = [](const FakeRunner::Row& row, std::span<float> probabilities) -> base::Result<void> {
    if (row.numbers[1] > 50) return base::Unprocessable("too humid for me");
    return AlwaysRain(row, probabilities);
  };
  for (const bool paired : {true, false}) {
    Install(
        {.champion = champion_, .candidate = Model("rain/4", fails_above_50), .candidate_share = 1, .paired = paired});
    const auto before = Figures().candidate_errors;
    const auto json = Predict(Rows({Row(10), Row(60), Row(20), Row(70)}));
    EXPECT_EQ(json["predictions"][0]["probability"], 0.875);
    EXPECT_FLOAT_EQ(json["predictions"][1]["probability"].get<float>(), 0.6F);
    EXPECT_EQ(json["predictions"][2]["probability"], 0.875);
    EXPECT_FLOAT_EQ(json["predictions"][3]["probability"].get<float>(), 0.7F);
    EXPECT_EQ(Figures().candidate_errors - before, 2u);
  }
}

TEST_F(PredictorTest, ACandidateThatBreaksCountsEveryRow) {
  Install({.champion = champion_,
           .candidate = Model("rain/4", [](const auto&, auto) { return base::Internal("kernel broke"); }),
           .candidate_share = 0.1});
  EXPECT_EQ(Predict(Rows(std::vector(20, Row(10))))["predictions"].size(), 20u);
  EXPECT_EQ(Figures().candidate_errors, 20u);
  EXPECT_EQ(Figures().failed, 0u);
}

TEST_F(PredictorTest, TheCallersMistakesAreNotTheCandidates) {
  for (const bool paired : {true, false}) {
    Install(
        {.champion = champion_, .candidate = Model("rain/4", ByHumidity), .candidate_share = 0.5, .paired = paired});
    std::vector<std::string> rows(20, Row(10));
    rows[17] = Row(140);
    EXPECT_EQ(Refusal(Rows(rows)).message(), "row 17: humid is above its maximum 100");
    EXPECT_EQ(Figures().candidate_errors, 0u);
  }
}

TEST_F(PredictorTest, AChampionThatBreaksAsAShadowDoesNotFailTheRequest) {
  Install({.champion = Model("rain/3", [](const auto&, auto) { return base::Internal("kernel broke"); }),
           .candidate = Model("rain/4", AlwaysRain),
           .candidate_share = 1});
  EXPECT_EQ(Predict(Row(10))["model_version"], "rain/4");
  EXPECT_FALSE(sink_.rows()[0].shadow);
}

TEST_F(PredictorTest, ACandidateMayTakeFewerFeaturesAndOrderItsClassesOtherwise) {
  model::Signature signature = testing::WeatherSignature();
  signature.inputs = {signature.inputs[1]};
  signature.classes = {"rain", "dry"};
  Install({.champion = champion_,
           .candidate = FakeModel("rain/4", signature,
                                  [](const FakeRunner::Row& row, std::span<float> probabilities) {
                                    probabilities[0] = row.numbers[0] / 100;
                                    probabilities[1] = 1 - probabilities[0];
                                    return base::Ok();
                                  }),
           .candidate_share = 1});
  const auto json = Predict(Rows({Row(25), Row(75)}));
  EXPECT_EQ(json["predictions"][0]["label"], "dry");
  EXPECT_EQ(json["predictions"][0]["probability"], 0.25);
  EXPECT_EQ(json["predictions"][1]["label"], "rain");
  EXPECT_EQ(sink_.rows()[1].answer.probabilities, sink_.rows()[1].shadow->probabilities);
}

TEST_F(PredictorTest, ManyThreadsGetTheirOwnAnswers) {
  Install({.champion = champion_, .candidate = Model("rain/4", ByHumidity), .candidate_share = 0.5});
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([this, thread] {
      for (int i = 0; i < 200; ++i) {
        const float humid = static_cast<float>(thread * 10 + i % 10);
        std::string answer;
        ASSERT_TRUE(predictor_.PredictJson("rain", Rows({Row(humid), Row(99 - humid)}), {}, answer));
        const auto json = Json::parse(answer);
        ASSERT_FLOAT_EQ(json["predictions"][0]["probability"].get<float>(), humid / 100);
        ASSERT_FLOAT_EQ(json["predictions"][1]["probability"].get<float>(), (99 - humid) / 100);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(Figures().predictions, 3200u);
}

}  // namespace
}  // namespace gyre::serve
