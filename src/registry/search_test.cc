#include <gmock/gmock.h>

#include "registry/testing/fake_links.h"
#include "registry/testing/temp_registry.h"

namespace gyre::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Texts = std::vector<std::string>;

class RegistrySearchTest : public ::testing::Test {
 protected:
  RegistrySearchTest() {
    Model("rain", {{"team", "a"}, {"kind", "x"}});
    Model("Snow", {{"team", "b"}});
    Model("hail", {});
    Model("ask", {{"mlflow.prompt.is_prompt", "true"}, {"team", "a"}});
    Version("rain", "s3://b/one", {{"q", "1"}});
    Version("rain", "s3://b/two", {{"q", "2"}});
    Version("Snow", "s3://c/one", {{"q", "1"}});
    Version("ask", "dummy-source", {{"mlflow.prompt.is_prompt", "true"}, {"q", "1"}});
  }

  void Model(const char* name, const std::map<std::string, std::string>& tags) {
    registry_.clock().Advance(std::chrono::seconds(1));
    EXPECT_TRUE(registry_->CreateModel(ModelName(name), tags, "", "ann"));
  }
  void Version(const char* name, const char* source, const std::map<std::string, std::string>& tags) {
    registry_.clock().Advance(std::chrono::seconds(1));
    const auto made = registry_->CreateVersion(ModelName(name), {.source = source, .tags = tags});
    EXPECT_TRUE(made) << made.error().message();
  }
  Texts Models(const std::string& filter, const Texts& order_by = {}) {
    const auto page = registry_->SearchModels({.filter = filter, .order_by = order_by});
    if (!page) return {page.error().message()};
    Texts names;
    for (const auto& model : page->items) names.push_back(model.name.value());
    return names;
  }
  Texts Versions(const std::string& filter, const Texts& order_by = {}) {
    const auto page = registry_->SearchVersions({.filter = filter, .order_by = order_by});
    if (!page) return {page.error().message()};
    Texts refs;
    for (const auto& version : page->items) refs.push_back(version.ref.ToString());
    return refs;
  }
  testing::TempRegistry registry_;
};

TEST_F(RegistrySearchTest, FindsModelsByNameAndTag) {
  EXPECT_THAT(Models(""), ElementsAre("Snow", "hail", "rain"));
  EXPECT_THAT(Models("name = 'rain'"), ElementsAre("rain"));
  EXPECT_THAT(Models("name LIKE '%ai%'"), ElementsAre("hail", "rain"));
  EXPECT_THAT(Models("name ILIKE 's%'"), ElementsAre("Snow"));
  EXPECT_THAT(Models("name LIKE 's%'"), IsEmpty());
  EXPECT_THAT(Models("tags.team = 'a'"), ElementsAre("rain"));
  EXPECT_THAT(Models("tag.team != 'a'"), ElementsAre("Snow"));
  EXPECT_THAT(Models("tags.team = 'a' AND tags.kind = 'x' AND name != 'hail'"), ElementsAre("rain"));
  EXPECT_THAT(Models("tags.team = 'b' OR name = 'hail'"), ElementsAre("Snow", "hail"));
}

TEST_F(RegistrySearchTest, OrdersModels) {
  EXPECT_THAT(Models("", {"name DESC"}), ElementsAre("rain", "hail", "Snow"));
  EXPECT_THAT(Models("", {"last_updated_timestamp DESC"}), ElementsAre("Snow", "rain", "hail"));
  EXPECT_THAT(Models("", {"timestamp ASC"}), ElementsAre("hail", "rain", "Snow"));
}

TEST_F(RegistrySearchTest, PromptsAreFoundOnlyWhenAskedFor) {
  EXPECT_THAT(Models("tags.`mlflow.prompt.is_prompt` = 'true'"), ElementsAre("ask"));
  EXPECT_THAT(Models("tags.`mlflow.prompt.is_prompt` = 'true' AND name = 'rain'"), IsEmpty());
  EXPECT_THAT(Models("tags.`mlflow.prompt.is_prompt` != 'false'"), ElementsAre("ask"));
  EXPECT_THAT(Models("tags.`mlflow.prompt.is_prompt` != 'true'"), ElementsAre("Snow", "hail", "rain"));
  EXPECT_THAT(Models("tags.`mlflow.prompt.is_prompt` = 'false' AND tags.team = 'a'"), ElementsAre("rain"));
  EXPECT_THAT(Versions("tags.`mlflow.prompt.is_prompt` = 'true'"), ElementsAre("ask/1"));
  EXPECT_THAT(Versions("name = 'ask'"), IsEmpty());
}

TEST_F(RegistrySearchTest, FindsVersions) {
  EXPECT_THAT(Versions(""), ElementsAre("Snow/1", "rain/2", "rain/1"));
  EXPECT_THAT(Versions("name = 'rain'"), ElementsAre("rain/2", "rain/1"));
  EXPECT_THAT(Versions("version_number > 1"), ElementsAre("rain/2"));
  EXPECT_THAT(Versions("source_path LIKE '%one'"), ElementsAre("Snow/1", "rain/1"));
  EXPECT_THAT(Versions("tags.q = '1'"), ElementsAre("Snow/1", "rain/1"));
  EXPECT_THAT(Versions("name IN ('Snow', 'x')"), ElementsAre("Snow/1"));
  EXPECT_THAT(Versions("run_id IN ('a')"), IsEmpty());
  EXPECT_THAT(Versions("", {"name ASC"}), ElementsAre("Snow/1", "rain/2", "rain/1"));
  EXPECT_THAT(Versions("", {"version_number ASC"}), ElementsAre("Snow/1", "rain/1", "rain/2"));
  EXPECT_THAT(Versions("", {"creation_timestamp ASC"}), ElementsAre("rain/1", "rain/2", "Snow/1"));
  ASSERT_TRUE(registry_->Delete({.model = ModelName("rain"), .version = 2}, "ann"));
  EXPECT_THAT(Versions("name = 'rain'"), ElementsAre("rain/1"));
}

TEST_F(RegistrySearchTest, PagesAreStableWhateverComesBetween) {
  SearchQuery query{.max_results = 2};
  const auto first = registry_->SearchModels(query).value();
  EXPECT_THAT(first.items, SizeIs(2));
  ASSERT_FALSE(first.next_page_token.empty());
  Model("Aardvark", {});
  query.page_token = first.next_page_token;
  const auto second = registry_->SearchModels(query).value();
  ASSERT_THAT(second.items, SizeIs(1));
  EXPECT_EQ(second.items[0].name.value(), "rain");
  EXPECT_EQ(second.next_page_token, "");

  SearchQuery versions{.max_results = 1};
  Texts seen;
  do {
    const auto page = registry_->SearchVersions(versions).value();
    for (const auto& version : page.items) seen.push_back(version.ref.ToString());
    versions.page_token = page.next_page_token;
  } while (!versions.page_token.empty() && seen.size() < 10);
  EXPECT_THAT(seen, ElementsAre("Snow/1", "rain/2", "rain/1"));
}

TEST_F(RegistrySearchTest, SaysWhatIsWrong) {
  EXPECT_THAT(Models("color = 'x'"), ElementsAre(HasSubstr("Invalid attribute key 'color'")));
  EXPECT_THAT(Models("metrics.x > 1"), ElementsAre(HasSubstr("Invalid entity type")));
  EXPECT_THAT(Models("name = rain"), ElementsAre(HasSubstr("not quoted")));
  EXPECT_THAT(Models("", {"color"}), ElementsAre(HasSubstr("'color'")));
  EXPECT_THAT(Models("", {"name", "name DESC"}), ElementsAre(HasSubstr("duplicate")));
  EXPECT_THAT(Versions("version_number = 'x'"), SizeIs(1));
  for (const int64_t wrong : {int64_t{0}, int64_t{-1}, Registry::kMaxModels + 1}) {
    EXPECT_FALSE(registry_->SearchModels({.max_results = wrong})) << wrong;
  }
  EXPECT_FALSE(registry_->SearchVersions({.max_results = Registry::kMaxVersions + 1}));
  EXPECT_THAT(registry_->SearchModels({.page_token = "nonsense"}).error().message(), HasSubstr("Invalid page token"));
}

TEST_F(RegistrySearchTest, ATokenIsOfItsQueryOnly) {
  const auto page = registry_->SearchModels({.max_results = 1}).value();
  EXPECT_FALSE(
      registry_->SearchModels({.filter = "name != 'x'", .max_results = 1, .page_token = page.next_page_token}));
  EXPECT_FALSE(registry_->SearchVersions({.max_results = 1, .page_token = page.next_page_token}));
}

}  // namespace
}  // namespace gyre::registry
