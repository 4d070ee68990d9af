// Every message of tracking: its required fields, in the order in which MLflow's server looks for them, and that a
// value of a wrong type is refused in each field.
#include "api/mlflow/internal/messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/mlflow/internal/handlers.h"
#include "api/mlflow/testing/wire_client.h"

namespace gyre::api::mlflow::internal::messages {
namespace {

using base::Json;
using ::testing::HasSubstr;

struct Case {
  std::string name;
  const Descriptor& descriptor;
  std::vector<std::string> required;
};

const std::vector<Case>& Cases() {
  static const std::vector<Case> cases = {{"experiment id", kExperimentId, {"experiment_id"}},
                                          {"create experiment", kCreateExperiment, {"name"}},
                                          {"experiment by name", kExperimentByName, {"experiment_name"}},
                                          {"update experiment", kUpdateExperiment, {"experiment_id", "new_name"}},
                                          {"experiment tag", kExperimentTag, {"experiment_id", "key"}},
                                          {"search experiments", kSearchExperiments, {}},
                                          {"search datasets", kSearchDatasets, {}},
                                          {"run id", kRunId, {"run_id"}},
                                          {"create run", kCreateRun, {}},
                                          {"update run", kUpdateRun, {"run_id"}},
                                          {"log metric", kLogMetric, {"run_id", "key", "value", "timestamp"}},
                                          {"run tag", kRunTag, {"run_id", "key"}},
                                          {"search runs", kSearchRuns, {}},
                                          {"log model", kLogModel, {"run_id", "model_json"}},
                                          {"log batch", kLogBatch, {"run_id"}},
                                          {"log inputs", kLogInputs, {"run_id"}},
                                          {"log outputs", kLogOutputs, {"run_id", "models"}},
                                          {"history", kHistory, {"run_id", "metric_key"}},
                                          {"history of several", kHistoryBulk, {}},
                                          {"sampled history", kHistoryInterval, {"run_ids", "metric_key"}},
                                          {"create logged model", kCreateLoggedModel, {"experiment_id"}},
                                          {"finish logged model", kFinalizeLoggedModel, {"model_id", "status"}},
                                          {"params of a logged model", kLoggedModelParams, {"model_id"}},
                                          {"tags of a logged model", kLoggedModelTags, {}},
                                          {"search logged models", kSearchLoggedModels, {"experiment_ids"}}};
  return cases;
}

/// A value that the field takes.
Json Good(const Field& field) {
  Json one;
  switch (field.type) {
    case Type::kString:
      one = "x";
      break;
    case Type::kInt32:
    case Type::kInt64:
    case Type::kDouble:
      one = 1;
      break;
    case Type::kBool:
      one = true;
      break;
    case Type::kEnum:
      one = field.enumeration[0].name;
      break;
    case Type::kMessage:
      one = Json::object();
      for (const auto& inner : field.message->fields) {
        if (inner.required) one[std::string(inner.name)] = Good(inner);
      }
      break;
  }
  return field.repeated ? Json::array({one}) : one;
}

class MessagesTest : public ::testing::TestWithParam<size_t> {
 protected:
  MessagesTest() {
    Wire(router_).Add(http::Method::kPost, "call", message().descriptor, [](const Call&) { return Done(); });
  }
  const Case& message() const { return Cases()[GetParam()]; }
  testing::Reply Post(const Json& body) { return client_.Post("call", body); }
  Json Whole() const {
    Json body = Json::object();
    for (const auto& field : message().descriptor.fields) body[std::string(field.name)] = Good(field);
    return body;
  }

  http::Router router_;
  testing::WireClient client_{router_};
};

TEST_P(MessagesTest, IsReadWholeAndWithoutWhatMayBeLeftOut) {
  auto reply = Post(Whole());
  EXPECT_EQ(reply.status, 200) << reply.body;
  Json least = Json::object();
  for (const auto& name : message().required) least[name] = Whole()[name];
  reply = Post(least);
  EXPECT_EQ(reply.status, 200) << reply.body;
}

TEST_P(MessagesTest, MissesWhatIsRequiredInOrder) {
  Json body = Json::object();
  for (const auto& name : message().required) {
    EXPECT_THAT(Post(body).message(), HasSubstr("Missing value for required parameter '" + name + "'"));
    body[name] = Whole()[name];
  }
}

TEST_P(MessagesTest, RefusesAWrongTypeInEachField) {
  for (const auto& field : message().descriptor.fields) {
    Json body = Whole();
    body[std::string(field.name)] = field.repeated ? Json(1) : Json::array({1});
    const auto reply = Post(body);
    EXPECT_EQ(reply.status, 400) << field.name;
    EXPECT_EQ(reply.code(), "INVALID_PARAMETER_VALUE") << field.name;
    EXPECT_THAT(reply.message(), HasSubstr("for parameter '" + std::string(field.name) + "' supplied"));
  }
}

INSTANTIATE_TEST_SUITE_P(Tracking, MessagesTest, ::testing::Range<size_t>(0, Cases().size()));

TEST(BatchMetricTest, PlacesOfAMetricAreThoseOfItsFields) {
  EXPECT_EQ(kBatchMetric.Find("key"), kMetricKey);
  EXPECT_EQ(kBatchMetric.Find("value"), kMetricValue);
  EXPECT_EQ(kBatchMetric.Find("timestamp"), kMetricTimestamp);
  EXPECT_EQ(kBatchMetric.Find("step"), kMetricStep);
  EXPECT_EQ(kBatchMetric.Find("model_id"), kMetricModel);
  EXPECT_EQ(kBatchMetric.Find("dataset_name"), kMetricDataset);
  EXPECT_EQ(kBatchMetric.Find("dataset_digest"), kMetricDigest);
}

}  // namespace
}  // namespace gyre::api::mlflow::internal::messages
