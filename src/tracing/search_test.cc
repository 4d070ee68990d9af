#include <gtest/gtest.h>

#include "tracing/testing/spans.h"
#include "tracing/testing/temp_traces.h"

namespace gyre::tracing {
namespace {

using base::ErrorCode;
using testing::FinishedTrace;
using testing::Group;
using testing::Home;
using testing::MakeSpan;
using testing::TextAttribute;

/// Traces 0 to 3, a second apart; 1 and 3 have spans.
class Search : public ::testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < 4; ++i) {
      auto info = FinishedTrace(fmt::format("tr-{}", i));
      info.started_ms = 1000 * i;
      info.duration_ms = 100 - i;
      if (i == 2) info.duration_ms.reset();
      info.state = i == 3 ? TraceState::kError : TraceState::kOk;
      info.tags["mlflow.traceName"] = i % 2 == 0 ? "even" : "odd";
      info.tags["digit"] = std::to_string(i);
      if (i == 0) info.tags["only"] = "zero";
      info.metadata["mlflow.trace.session"] = i < 2 ? "first" : "second";
      if (i == 0) info.metadata["mlflow.sourceRun"] = "run0";
      if (i == 1) info.client_request_id = "client";
      info.assessments.push_back({.id = fmt::format("a-{}", i), .name = "score", .value = fmt::format("0.{}", i)});
      info.assessments.push_back({.id = fmt::format("b-{}", i), .name = "good", .value = i == 3 ? "false" : "\"yes\""});
      ASSERT_TRUE(traces_->Finish(Home(), info));
    }
    LogSpan("tr-1", "1", "", "root", "CHAIN", "tell me a story");
    LogSpan("tr-1", "2", "1", "call", "LLM", "once upon");
    LogSpan("tr-3", "1", "", "call", "CHAIN", "quiet 100%");
  }
  void LogSpan(std::string trace, std::string id, std::string parent, std::string name, std::string type,
               std::string text) {
    auto span = MakeSpan(std::move(id), std::move(parent));
    span.trace_id = std::move(trace);
    span.name = std::move(name);
    span.attributes = {TextAttribute(kTypeAttribute, type), TextAttribute("model.name", text)};
    ASSERT_TRUE(traces_->LogSpans(Home(), Group({span})));
  }
  base::Result<TracePage> Run(std::string filter, std::vector<std::string> order = {}) {
    return traces_->Search({.experiments = {"1"}, .filter = std::move(filter), .order_by = std::move(order)});
  }
  /// The digits of the traces found.
  std::string Find(std::string filter, std::vector<std::string> order = {}) {
    const auto page = Run(std::move(filter), std::move(order));
    if (!page) return page.error().message();
    std::string found;
    for (const auto& trace : page->traces) found += trace.id.substr(3);
    return found;
  }

  testing::TempTraces traces_;
};

TEST_F(Search, NewestFirst) {
  EXPECT_EQ(Find(""), "3210");
}

TEST_F(Search, Attributes) {
  EXPECT_EQ(Find("trace.status = 'ERROR'"), "3");
  EXPECT_EQ(Find("attributes.status IN ('OK', 'IN_PROGRESS') AND timestamp_ms > 0"), "21");
  EXPECT_EQ(Find("timestamp <= 1000"), "10");
  EXPECT_EQ(Find("execution_time_ms < 100"), "31");
  EXPECT_EQ(Find("end_time_ms = 1099"), "1");
  EXPECT_EQ(Find("name = 'odd'"), "31");
  EXPECT_EQ(Find("trace.name LIKE 'ev%'"), "20");
  EXPECT_EQ(Find("request_id IN ('tr-2', 'tr-9')"), "2");
  EXPECT_EQ(Find("client_request_id = 'client'"), "1");
  EXPECT_EQ(Find("NOT client_request_id = 'client'"), "320");
}

TEST_F(Search, TagsAndMetadata) {
  EXPECT_EQ(Find("tag.digit = '2'"), "2");
  EXPECT_EQ(Find("tags.digit != '2'"), "310");
  EXPECT_EQ(Find("tags.only IS NULL"), "321");
  EXPECT_EQ(Find("tags.only IS NOT NULL"), "0");
  EXPECT_EQ(Find("tags.`mlflow.traceName` = 'odd'"), "31");
  EXPECT_EQ(Find("tags.`mlflow.trace.spansLocation` = 'TRACKING_STORE'"), "31");
  EXPECT_EQ(Find("metadata.`mlflow.trace.session` = 'first'"), "10");
  EXPECT_EQ(Find("request_metadata.`mlflow.trace.session` ILIKE 'SEC%'"), "32");
  EXPECT_EQ(Find("metadata.`mlflow.trace.infoFinalized` = 'true'"), "3210");
}

TEST_F(Search, RunsAndPrompts) {
  const std::vector<std::string> ids = {"tr-3"};
  ASSERT_TRUE(traces_->LinkToRun(ids, "run0"));
  EXPECT_EQ(Find("run_id = 'run0'"), "30");
  EXPECT_EQ(Find("run_id LIKE 'run%'"), "0");
  const std::vector<std::string> prompts = {"greet/2"};
  ASSERT_TRUE(traces_->LinkPrompts("tr-2", prompts));
  EXPECT_EQ(Find("prompt = 'greet/2'"), "2");
  EXPECT_EQ(Run("prompt = 'greet'").error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(Search, ClausesOnSpansAreAboutOneSpan) {
  EXPECT_EQ(Find("span.name = 'call'"), "31");
  EXPECT_EQ(Find("span.name = 'call' AND span.type = 'LLM'"), "1");
  EXPECT_EQ(Find("span.name = 'root' AND span.type = 'LLM'"), "");
  EXPECT_EQ(Find("span.status IN ('OK')"), "31");
  EXPECT_EQ(Find("trace.text LIKE '%a story%'"), "1");
  EXPECT_EQ(Find("span.content ILIKE '%ONCE%' AND span.name = 'call'"), "1");
  EXPECT_EQ(Find("span.name = 'root' OR tag.digit = '0'"), "10");
}

TEST_F(Search, AttributesOfSpans) {
  EXPECT_EQ(Find("span.attributes.model.name LIKE '%story%'"), "1");
  EXPECT_EQ(Find("span.attributes.`model.name` = 'once upon'"), "1");
  EXPECT_EQ(Find("span.attributes.model.name = 'quiet 100%'"), "3");
  EXPECT_EQ(Find("span.attributes.model.name = 'quiet%'"), "");
  EXPECT_EQ(Find("span.attributes.model.name IN ('once upon', 'quiet 100%')"), "31");
  EXPECT_EQ(Find("span.attributes.model.name != 'quiet 100%'"), "1");
  EXPECT_EQ(Find("span.attributes.other != 'x'"), "");
  const auto refused = Run("span.attributes.a = '" + std::string(60'000, 'x') + "'");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidArgument) << refused.error().message();
}

TEST_F(Search, Judgements) {
  EXPECT_EQ(Find("feedback.score > 0.1"), "32");
  EXPECT_EQ(Find("feedback.good = 'yes'"), "210");
  EXPECT_EQ(Find("feedback.good = 'false'"), "3");
  EXPECT_EQ(Find("feedback.good != 'yes'"), "3");
  EXPECT_EQ(Find("feedback.bad IS NULL"), "3210");
  EXPECT_EQ(Find("expectation.good IS NOT NULL"), "");
}

TEST_F(Search, Orders) {
  EXPECT_EQ(Find("", {"timestamp_ms ASC"}), "0123");
  EXPECT_EQ(Find("", {"execution_time DESC"}), "0132");  // the one without comes last
  EXPECT_EQ(Find("", {"execution_time_ms"}), "3102");
  EXPECT_EQ(Find("", {"name", "request_id"}), "0213");
  EXPECT_EQ(Find("", {"tags.only", "timestamp_ms ASC"}), "0123");
  EXPECT_EQ(Find("", {"run_id DESC"}), "0321");
  EXPECT_EQ(Find("", {"metadata.`mlflow.trace.session` DESC"}), "3210");
}

TEST_F(Search, PagesWhateverTheOrder) {
  for (const std::vector<std::string>& order :
       {std::vector<std::string>{}, {"execution_time_ms DESC"}, {"tags.only DESC", "name"}, {"status"}}) {
    TraceSearch search{.experiments = {"1"}, .order_by = order, .max_results = 1};
    std::string found;
    for (int pages = 0; pages < 10; ++pages) {
      const auto page = traces_->Search(search).value();
      for (const auto& trace : page.traces) found += trace.id.substr(3);
      search.page_token = page.next_page_token;
      if (search.page_token.empty()) break;
    }
    EXPECT_EQ(found, Find("", order));
  }
}

TEST_F(Search, SeveralExperimentsOrNone) {
  auto info = FinishedTrace("tr-9");
  info.started_ms = 1500;
  ASSERT_TRUE(traces_->Finish(Home("2"), info));
  const auto page = traces_->Search({.experiments = {"2", "1"}}).value();
  ASSERT_EQ(page.traces.size(), 5);
  EXPECT_EQ(page.traces[2].id, "tr-9");
  EXPECT_TRUE(traces_->Search({})->traces.empty());
}

TEST_F(Search, RefusesWhatItDoesNotKnow) {
  for (const std::string filter :
       {"bogus.x = 'y'", "trace.bogus = 'y'", "span.bogus = 'y'", "span.attributes.`` = 'x'", "trace.text = 'x'",
        "span.content = 'x'", "timestamp_ms = 'x'", "tags.x > 'y'", "feedback.score > 'x'", "feedback.score = 1",
        "span.name IS NULL", "name RLIKE 'x'", "status ="}) {
    EXPECT_EQ(Run(filter).error().code(), ErrorCode::kInvalidArgument) << filter;
  }
  EXPECT_EQ(Run("", {"span.name"}).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(traces_->Search({.experiments = {"1"}, .max_results = 501}).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(traces_->Search({.experiments = {"1"}, .page_token = "x"}).error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace gyre::tracing
