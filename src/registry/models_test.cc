#include <gmock/gmock.h>

#include "registry/testing/fake_links.h"
#include "registry/testing/temp_registry.h"
#include "store/testing/audit_actions.h"

namespace gyre::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::SmallBundle;

const ModelName kRain("rain");
const std::map<std::string, std::string> kPrompt = {{"mlflow.prompt.is_prompt", "true"}};

class ModelsTest : public ::testing::Test {
 protected:
  ModelsTest() { registry_->Connect(fakes_.links()); }

  testing::FakeLinks fakes_;
  testing::TempRegistry registry_;
};

TEST_F(ModelsTest, AModelNeedsNoVersions) {
  const auto made = registry_->CreateModel(kRain, {{"team", "a"}}, "wet", "ann").value();
  EXPECT_EQ(made.tags.at("team"), "a");
  EXPECT_EQ(made.description, "wet");
  EXPECT_EQ(made.latest_version, 0);
  registry_.Reopen();
  EXPECT_EQ(registry_->GetModel(kRain).value().ToJson(), made.ToJson());
  EXPECT_THAT(registry_->ListVersions(kRain).value(), IsEmpty());
  EXPECT_EQ(registry_->Register(kRain, SmallBundle(1), {}).value().ref.version, 1);
  EXPECT_EQ(store::testing::AuditActions(registry_.database()).front(), "ann registered_model_created rain");
}

TEST_F(ModelsTest, ANameIsTakenOnceByModelsAndPromptsTogether) {
  ASSERT_TRUE(registry_->CreateModel(kRain, {}, "", "ann"));
  ASSERT_TRUE(registry_->CreateModel(ModelName("ask"), kPrompt, "", "ann"));
  const auto again = [&](const char* name, const std::map<std::string, std::string>& tags) {
    return registry_->CreateModel(ModelName(name), tags, "", "ann").error();
  };
  EXPECT_EQ(again("rain", {}).code(), base::ErrorCode::kAlreadyExists);
  EXPECT_EQ(again("rain", {}).message(), "Registered Model (name=rain) already exists.");
  EXPECT_EQ(again("ask", kPrompt).message(), "Prompt (name=ask) already exists.");
  EXPECT_THAT(
      again("rain", kPrompt).message(),
      HasSubstr("Tried to create a prompt with name 'rain', but the name is already taken by a registered model"));
  EXPECT_THAT(again("ask", {}).message(), HasSubstr("already taken by a prompt"));
  EXPECT_EQ(again("a/b", {}).code(), base::ErrorCode::kInvalidArgument);
}

TEST_F(ModelsTest, PromptsAreNotListedAmongModels) {
  ASSERT_TRUE(registry_->CreateModel(kRain, {}, "", "ann"));
  ASSERT_TRUE(registry_->CreateModel(ModelName("ask"), kPrompt, "", "ann"));
  const auto models = registry_->ListModels().value();
  ASSERT_EQ(models.size(), 1u);
  EXPECT_EQ(models[0].name, kRain);
  EXPECT_TRUE(registry_->GetModel(ModelName("ask")));
}

TEST_F(ModelsTest, ARenamedModelKeepsEverything) {
  ASSERT_TRUE(registry_->Register(kRain, SmallBundle(1), {.actor = "ann", .aliases = {"champion"}}));
  ASSERT_TRUE(registry_->SetModelTag(kRain, "team", "a", "ann"));
  registry_.clock().Advance(std::chrono::seconds(5));
  const ModelName snow("snow");
  const auto renamed = registry_->RenameModel(kRain, snow, "ann").value();
  EXPECT_EQ(renamed.name, snow);
  EXPECT_EQ(renamed.tags.at("team"), "a");
  EXPECT_EQ(renamed.updated_at - renamed.created_at, std::chrono::seconds(5));
  const auto version = registry_->Resolve("snow@champion").value();
  EXPECT_EQ(version.ref.ToString(), "snow/1");
  EXPECT_EQ(version.updated_at - version.created_at, std::chrono::seconds(5));
  EXPECT_EQ(registry_->GetModel(kRain).error().code(), base::ErrorCode::kNotFound);
  ASSERT_TRUE(registry_->CreateModel(kRain, {}, "", "ann"));
  EXPECT_EQ(registry_->RenameModel(snow, kRain, "ann").error().code(), base::ErrorCode::kAlreadyExists);
  EXPECT_TRUE(registry_->RenameModel(snow, snow, "ann"));
  EXPECT_FALSE(registry_->RenameModel(snow, ModelName("a:b"), "ann"));
  EXPECT_FALSE(registry_->RenameModel(ModelName("hail"), ModelName("x"), "ann"));
}

TEST_F(ModelsTest, ADeletedModelIsGoneAndItsNameCountsFromOne) {
  ASSERT_TRUE(registry_->Register(kRain, SmallBundle(1), {.actor = "ann", .tags = {{"a", "b"}}, .aliases = {"c"}}));
  ASSERT_TRUE(registry_->Register(kRain, SmallBundle(2), {.actor = "ann", .datasets = {"d@1"}}));
  ASSERT_TRUE(registry_->SetModelTag(kRain, "team", "a", "ann"));
  ASSERT_TRUE(registry_->DeleteModel(kRain, "bob"));
  EXPECT_FALSE(registry_->DeleteModel(kRain, "bob"));
  EXPECT_THAT(registry_->ListModels().value(), IsEmpty());
  EXPECT_EQ(store::testing::AuditActions(registry_.database()).back(), "bob registered_model_deleted rain");
  const auto again = registry_->Register(kRain, SmallBundle(3), {}).value();
  EXPECT_EQ(again.ref.version, 1);
  EXPECT_THAT(again.tags, IsEmpty());
  EXPECT_THAT(registry_->GetModel(kRain).value().tags, IsEmpty());
}

TEST_F(ModelsTest, WhatServesStays) {
  const auto version = registry_->Register(kRain, SmallBundle(1), {}).value();
  ASSERT_TRUE(registry_->Register(kRain, SmallBundle(2), {}));
  fakes_.serving = version.ref;
  EXPECT_EQ(registry_->Delete(version.ref, "ann").error().message(),
            "rain/1 serves endpoint 'rain'; deploy another version there first");
  EXPECT_EQ(registry_->DeleteModel(kRain, "ann").error().code(), base::ErrorCode::kFailedPrecondition);
  EXPECT_EQ(registry_->RenameModel(kRain, ModelName("x"), "ann").error().code(), base::ErrorCode::kFailedPrecondition);
  EXPECT_TRUE(registry_->Delete({.model = kRain, .version = 2}, "ann"));
}

TEST_F(ModelsTest, TagsAndDescriptionsChange) {
  ASSERT_TRUE(registry_->CreateModel(kRain, {}, "", "ann"));
  registry_.clock().Advance(std::chrono::seconds(1));
  ASSERT_TRUE(registry_->SetModelTag(kRain, "a", "1", "ann"));
  ASSERT_TRUE(registry_->SetModelTag(kRain, "a", "2", "ann"));
  ASSERT_TRUE(registry_->SetModelTag(kRain, "b", "", "ann"));
  ASSERT_TRUE(registry_->DeleteModelTag(kRain, "b", "ann"));
  ASSERT_TRUE(registry_->DeleteModelTag(kRain, "b", "ann"));
  auto model = registry_->GetModel(kRain).value();
  EXPECT_EQ(model.tags, (std::map<std::string, std::string>{{"a", "2"}}));
  EXPECT_EQ(model.updated_at, model.created_at);
  model = registry_->DescribeModel(kRain, "wet", "ann").value();
  EXPECT_EQ(model.description, "wet");
  EXPECT_GT(model.updated_at, model.created_at);
  EXPECT_FALSE(registry_->SetModelTag(kRain, "a//b", "", "ann"));
  EXPECT_FALSE(registry_->SetModelTag(ModelName("snow"), "a", "", "ann"));
  EXPECT_FALSE(registry_->DeleteModelTag(ModelName("snow"), "a", "ann"));
  EXPECT_FALSE(registry_->DescribeModel(ModelName("snow"), "", "ann"));
  EXPECT_FALSE(registry_->DescribeModel(kRain, std::string(100'001, 'd'), "ann"));
}

TEST_F(ModelsTest, TellsOfModelsAndOfPrompts) {
  ASSERT_TRUE(registry_->CreateModel(kRain, {{"team", "a"}}, "wet", "ann"));
  ASSERT_TRUE(registry_->SetModelTag(kRain, "a", "1", "ann"));
  auto tags = kPrompt;
  tags["lang"] = "en";
  const ModelName ask("ask");
  ASSERT_TRUE(registry_->CreateModel(ask, tags, "", "ann"));
  ASSERT_TRUE(registry_->SetModelTag(ask, "a", "1", "ann"));
  ASSERT_TRUE(registry_->DeleteModelTag(ask, "a", "ann"));
  EXPECT_THAT(fakes_.changes,
              ElementsAre(R"(registered_model.created {"description":"wet","name":"rain","tags":{"team":"a"}})",
                          R"(prompt.created {"description":"","name":"ask","tags":{"lang":"en"}})",
                          R"(prompt_tag.set {"key":"a","name":"ask","value":"1"})",
                          R"(prompt_tag.deleted {"key":"a","name":"ask"})"));
}

}  // namespace
}  // namespace gyre::registry
