#include "registry/holdings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "registry/testing/temp_registry.h"

namespace gyre::registry {
namespace {

TEST(RegistryHoldings, NamesTheFilesOfVersions) {
  testing::TempRegistry registry;
  const auto version = registry->Register(ModelName("rain"), testing::SmallBundle(1), {}).value();
  std::vector<base::Digest> named;
  ASSERT_TRUE(registry.database().Read([&](store::Reader& reader) {
    return NameBlobs(reader, [&](const base::Digest& digest) { named.push_back(digest); });
  }));
  ASSERT_FALSE(version.files.empty());
  for (const auto& [name, ref] : version.files) EXPECT_THAT(named, ::testing::Contains(ref.digest)) << name;
}

TEST(RegistryHoldings, NamesThePlacesOfVersionsThatAreNotDeleted) {
  testing::TempRegistry registry;
  ASSERT_TRUE(registry->CreateModel(ModelName("m"), {}, "", "tester"));
  for (const auto* source : {"s3://bucket/one", "s3://bucket/two"}) {
    ASSERT_TRUE(registry->CreateVersion(ModelName("m"), {.source = source}));
  }
  const auto sources = [&] {
    std::vector<std::string> found;
    EXPECT_TRUE(registry.database().Read([&](store::Reader& reader) {
      return NameSources(reader, [&](const VersionRef& ref, std::string_view uri) {
        found.push_back(fmt::format("{} {}", ref.ToString(), uri));
      });
    }));
    return found;
  };
  EXPECT_THAT(sources(), ::testing::UnorderedElementsAre("m/1 s3://bucket/one", "m/2 s3://bucket/two"));
  ASSERT_TRUE(registry->Delete({.model = ModelName("m"), .version = 1}, "tester"));
  EXPECT_THAT(sources(), ::testing::ElementsAre("m/2 s3://bucket/two"));
}

}  // namespace
}  // namespace gyre::registry
