#include "webhooks/webhook.h"

#include <gmock/gmock.h>

namespace gyre::webhooks {
namespace {

TEST(Signature, IsTheOneOfStandardWebhooks) {
  // python: "v1," + b64encode(hmac.new(b"top secret", b"d-1.1700000000.{\"a\": 1}", sha256).digest())
  EXPECT_EQ(Sign("top secret", "d-1", "1700000000", R"({"a": 1})"), "v1,cbIbLFkVMZak6SIiCRNcRSKIRG21hU6u00dAXu+nqi4=");
  EXPECT_NE(Sign("top secret", "d-1", "1700000000", "{}"), Sign("top secret", "d-1", "1700000001", "{}"));
}

TEST(Events, AreThoseOfTheRegistry) {
  EXPECT_TRUE(CheckEvent({"model_version", "created"}));
  EXPECT_TRUE(CheckEvent({"prompt_alias", "deleted"}));
  const auto refused = CheckEvent({"model_version_tag", "created"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(),
            "Invalid action 'created' for entity 'model_version_tag'. Valid actions are: ['deleted', 'set']");
  EXPECT_FALSE(CheckEvent({"", ""}));
}

TEST(Events, HaveExamplesInTheShapeOfTheRealOnes) {
  const auto keys = [](const Event& event) {
    std::string joined;
    const auto data = ExampleData(event);
    for (const auto& [key, value] : data.items()) joined += key + " ";
    return joined;
  };
  EXPECT_EQ(keys({"registered_model", "created"}), "description name tags ");
  EXPECT_EQ(keys({"model_version", "created"}), "description name run_id source tags version ");
  EXPECT_EQ(keys({"model_version_tag", "set"}), "key name value version ");
  EXPECT_EQ(keys({"model_version_tag", "deleted"}), "key name version ");
  EXPECT_EQ(keys({"model_version_alias", "created"}), "alias name version ");
  EXPECT_EQ(keys({"model_version_alias", "deleted"}), "alias name ");
  EXPECT_EQ(keys({"prompt", "created"}), "description name tags ");
  EXPECT_EQ(keys({"prompt_version", "created"}), "description name tags template version ");
  EXPECT_EQ(keys({"prompt_tag", "set"}), "key name value ");
  EXPECT_EQ(keys({"prompt_tag", "deleted"}), "key name ");
  EXPECT_EQ(keys({"prompt_version_tag", "deleted"}), "key name version ");
  EXPECT_EQ(keys({"prompt_alias", "deleted"}), "alias name ");
  for (const auto& [entity, action] : KnownEvents()) {
    EXPECT_FALSE(ExampleData({std::string(entity), std::string(action)}).empty()) << entity;
  }
}

}  // namespace
}  // namespace gyre::webhooks
