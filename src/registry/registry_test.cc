#include "registry/registry.h"

#include <gmock/gmock.h>

#include "registry/testing/temp_registry.h"
#include "store/testing/audit_actions.h"
#include "store/testing/schema_dump.h"

namespace gyre::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::SmallBundle;

const ModelName kRain("rain");

class RegistryTest : public ::testing::Test {
 protected:
  ModelVersion Register(int seed, RegisterOptions options = {}) {
    options.actor = "ann";
    const auto made = registry_->Register(kRain, SmallBundle(seed), options);
    EXPECT_TRUE(made) << made.error().ToString();
    return made.value();
  }
  std::vector<std::string> Refs() {
    std::vector<std::string> refs;
    const auto versions = registry_->ListVersions(kRain).value();
    for (const auto& version : versions) refs.push_back(version.ref.ToString());
    return refs;
  }
  std::map<std::string, int64_t> Aliases() { return registry_->GetModel(kRain).value().aliases; }

  testing::TempRegistry registry_;
};

TEST_F(RegistryTest, KeepsAVersionWithAllThatIsAttachedAcrossARestart) {
  const auto made = Register(1, {.actor = "ann",
                                 .run_id = "0123",
                                 .pipeline_run = "p1",
                                 .datasets = {"weather@2", "airports@1"},
                                 .tags = {{"stage", "test"}},
                                 .description = "first",
                                 .aliases = {"champion", "blue"},
                                 .aliases_if_absent = {}});
  registry_.Reopen();
  const auto read = registry_->Get({.model = kRain, .version = 1}).value();
  EXPECT_EQ(read.ToJson(), made.ToJson());
  EXPECT_EQ(read.run_id, "0123");
  EXPECT_THAT(read.datasets, ElementsAre("weather@2", "airports@1"));
  EXPECT_THAT(read.aliases, ElementsAre("blue", "champion"));
  EXPECT_EQ(read.metrics, base::Json({{"accuracy", 0.51}}));
  EXPECT_EQ(read.created_at, base::ParseTimestamp("2013-10-01").value());
  EXPECT_TRUE(read.files.contains("model.onnx"));
  const auto bundle = registry_->LoadBundle(read).value();
  EXPECT_EQ(bundle.ToFiles(), SmallBundle(1).ToFiles());
  EXPECT_EQ(model::BundleDigest(bundle.ToFiles()), read.bundle_digest);
  EXPECT_EQ(registry_->LoadFile(read, "model.onnx").value(), "graph 1");
}

TEST_F(RegistryTest, NumbersGoOnAboveDeletedOnes) {
  Register(1);
  Register(2);
  Register(3);
  ASSERT_TRUE(registry_->Delete({.model = kRain, .version = 3}, "ann"));
  EXPECT_THAT(Refs(), ElementsAre("rain/2", "rain/1"));
  EXPECT_EQ(registry_->GetModel(kRain).value().latest_version, 2);
  registry_.Reopen();
  EXPECT_EQ(Register(4).ref.version, 4);
}

TEST_F(RegistryTest, ADeletedVersionIsGoneForNewcomersButLoadsForThoseWhoHaveIt) {
  const auto version = Register(1, {.actor = {}, .aliases = {"champion"}});
  ASSERT_TRUE(registry_->Delete(version.ref, "bob"));
  EXPECT_THAT(Aliases(), IsEmpty());
  EXPECT_THAT(Refs(), IsEmpty());
  const auto gone = registry_->Get(version.ref);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code(), base::ErrorCode::kNotFound);
  EXPECT_THAT(gone.error().message(), HasSubstr("version 1 of model 'rain' was deleted"));
  for (const auto& refused : {registry_->Delete(version.ref, "bob"), registry_->SetAlias(kRain, "a", 1, "bob"),
                              registry_->SetTag(version.ref, "a", "b", "bob")}) {
    EXPECT_EQ(refused.error().code(), base::ErrorCode::kNotFound);
  }
  EXPECT_EQ(registry_->LoadBundle(version).value().onnx, "graph 1");
}

TEST_F(RegistryTest, OnePipelineRunRegistersTheSameBundleOnce) {
  RegisterOptions options;
  options.pipeline_run = "p1";
  options.aliases = {"candidate"};
  const auto first = Register(1, options);
  EXPECT_EQ(Register(2).ref.version, 2);
  ASSERT_TRUE(registry_->SetAlias(kRain, "candidate", 2, "ann"));

  const auto again = Register(1, options);
  EXPECT_EQ(again.ref, first.ref);
  EXPECT_EQ(Aliases().at("candidate"), 2) << "a repeated call must not undo what happened since";
  EXPECT_EQ(Register(3, options).ref.version, 3) << "another bundle is another version";
  options.pipeline_run = "p2";
  EXPECT_EQ(Register(1, options).ref.version, 4) << "another pipeline run is another version";
  EXPECT_EQ(Register(1).ref.version, 5) << "without a pipeline run every call is meant";
  EXPECT_EQ(Register(1).ref.version, 6);
  options.pipeline_run = "p1";
  ASSERT_TRUE(registry_->Delete(first.ref, "ann"));
  EXPECT_EQ(Register(1, options).ref.version, 7) << "a deleted version does not come back";
  EXPECT_EQ(registry_->Register(ModelName("snow"), SmallBundle(1), options).value().ref.ToString(), "snow/1");
}

TEST_F(RegistryTest, AliasesMoveOrStayAsAskedFor) {
  Register(1, {.actor = {}, .aliases = {"latest-tested"}, .aliases_if_absent = {"champion"}});
  Register(2, {.actor = {}, .aliases = {"latest-tested"}, .aliases_if_absent = {"champion"}});
  EXPECT_EQ(Aliases(), (std::map<std::string, int64_t>{{"champion", 1}, {"latest-tested", 2}}));
  ASSERT_TRUE(registry_->SetAlias(kRain, "champion", 2, "bob"));
  ASSERT_TRUE(registry_->SetAlias(kRain, "champion", 2, "bob"));
  EXPECT_THAT(registry_->Get({.model = kRain, .version = 2}).value().aliases, ElementsAre("champion", "latest-tested"));
  ASSERT_TRUE(registry_->DeleteAlias(kRain, "champion", "cyd"));
  EXPECT_EQ(registry_->DeleteAlias(kRain, "champion", "cyd").error().code(), base::ErrorCode::kNotFound);
  EXPECT_THAT(store::testing::AuditActions(registry_.database()),
              ElementsAre("ann registered_model_created rain", "ann model_version_registered rain/1",
                          "ann model_alias_set rain", "ann model_alias_set rain", "ann model_version_registered rain/2",
                          "ann model_alias_set rain", "bob model_alias_set rain", "cyd model_alias_deleted rain"));
}

TEST_F(RegistryTest, TagsOverwriteAndAreAudited) {
  const auto version = Register(1, {.actor = {}, .tags = {{"a", "1"}}});
  registry_.clock().Advance(std::chrono::seconds(1));
  ASSERT_TRUE(registry_->SetTag(version.ref, "a", "2", "bob"));
  ASSERT_TRUE(registry_->SetTag(version.ref, "b", std::string(100'000, 'x'), "bob"));
  const auto read = registry_->Get(version.ref).value();
  EXPECT_EQ(read.tags.at("a"), "2");
  EXPECT_EQ(read.updated_at, read.created_at) << "as MLflow has it";
  EXPECT_EQ(store::testing::AuditActions(registry_.database()).back(), "bob model_version_tagged rain/1");
  EXPECT_FALSE(registry_->SetTag(version.ref, "b", std::string(100'001, 'x'), "bob"));
  EXPECT_EQ(registry_->SetTag(version.ref, "a//b", "", "bob").error().name(), "a//b");
}

TEST_F(RegistryTest, ResolvesVersionAliasAndLatest) {
  Register(1, {.actor = {}, .aliases = {"champion"}});
  Register(2);
  const auto resolve = [&](std::string_view text) { return registry_->Resolve(text).value().ref.ToString(); };
  EXPECT_EQ(resolve("rain/1"), "rain/1");
  EXPECT_EQ(resolve("rain@champion"), "rain/1");
  EXPECT_EQ(resolve("rain"), "rain/2");
  EXPECT_EQ(resolve("rain@latest"), "rain/2");
  ASSERT_TRUE(registry_->Register(ModelName("a@b"), SmallBundle(1), {}));
  EXPECT_EQ(resolve("a@b@latest"), "a@b/1");
}

TEST_F(RegistryTest, ResolveSaysWhichOfThemWasLookedFor) {
  Register(1, {.actor = {}, .aliases = {"champion", "blue"}});
  ASSERT_TRUE(registry_->Register(ModelName("empty"), SmallBundle(1), {}));
  ASSERT_TRUE(registry_->Delete({.model = ModelName("empty"), .version = 1}, "ann"));
  const auto error = [&](std::string_view text) { return registry_->Resolve(text).error(); };
  for (const auto& [text, part] : std::vector<std::pair<std::string, std::string>>{
           {"snow", "model 'snow' not found"},
           {"snow/1", "model 'snow' not found"},
           {"snow@champion", "model 'snow' not found"},
           {"rain/7", "model 'rain' has no version 7; its latest is 1"},
           {"rain@green", "model 'rain' has no alias 'green'; it has: blue, champion"},
           {"empty", "model 'empty' has no versions"},
           {"empty/1", "version 1 of model 'empty' was deleted"},
           {"empty@champion", "it has none"}}) {
    EXPECT_EQ(error(text).code(), base::ErrorCode::kNotFound) << text;
    EXPECT_THAT(error(text).message(), HasSubstr(part));
  }
  EXPECT_EQ(error("rain@green").name(), "rain@green");
  for (const char* text : {"", "rain/", "rain/x", "rain/0", "@champion", "rain@", "rain@v1", "a:b", "rain@a b", "a/b/1",
                           "\xFF", "..", "rain\n"}) {
    EXPECT_EQ(error(text).code(), base::ErrorCode::kInvalidArgument) << text;
  }
}

TEST_F(RegistryTest, RefusesNamesThatCouldNotBeWrittenAsAReference) {
  const auto attempt = [&](const std::string& name) {
    return registry_->Register(ModelName(name), SmallBundle(1), {}).error();
  };
  for (const auto& name : {std::string(), std::string("a/b"), std::string("a:b"), std::string("a\nb"),
                           std::string("\xC0\xAF"), std::string(501, 'a'), std::string("."), std::string("..")}) {
    EXPECT_EQ(attempt(name).code(), base::ErrorCode::kInvalidArgument) << name;
    EXPECT_EQ(attempt(name).name(), name);
  }
  EXPECT_THAT(registry_->ListModels().value(), IsEmpty());
  EXPECT_TRUE(registry_->Register(ModelName("Rain, next hour (v2) \xC3\xBC"), SmallBundle(1), {}));
}

TEST_F(RegistryTest, RefusesReservedAndBrokenAliases) {
  Register(1);
  for (const auto& alias : {std::string("latest"), std::string("LATEST"), std::string("v1"), std::string("V20"),
                            std::string(), std::string("a b"), std::string("a.b"), std::string(256, 'a')}) {
    EXPECT_EQ(registry_->SetAlias(kRain, alias, 1, "ann").error().code(), base::ErrorCode::kInvalidArgument) << alias;
    EXPECT_FALSE(registry_->Register(kRain, SmallBundle(2), {.actor = "ann", .aliases = {alias}}));
    EXPECT_FALSE(registry_->Register(kRain, SmallBundle(2), {.actor = "ann", .aliases_if_absent = {alias}}));
  }
  for (const char* alias : {"v", "v1a", "champion_2", "-", "latest1", "7"}) {
    EXPECT_TRUE(registry_->SetAlias(kRain, alias, 1, "ann")) << alias;
  }
  EXPECT_EQ(registry_->SetAlias(kRain, "champion", 2, "ann").error().name(), "rain/2");
  EXPECT_THAT(Refs(), ElementsAre("rain/1"));
}

TEST_F(RegistryTest, RefusesBundlesThatCouldNotBeLoaded) {
  auto bundle = SmallBundle(1);
  bundle.onnx.clear();
  EXPECT_EQ(registry_->Register(kRain, bundle, {}).error().name(), "model.onnx");
  bundle = SmallBundle(1);
  bundle.signature.inputs.push_back(bundle.signature.inputs.front());
  EXPECT_THAT(registry_->Register(kRain, bundle, {}).error().message(), HasSubstr("the bundle's signature"));
  EXPECT_THAT(registry_->ListModels().value(), IsEmpty());
}

TEST_F(RegistryTest, RefusesOriginsOverTheirLimits) {
  const auto attempt = [&](const RegisterOptions& options) {
    return registry_->Register(kRain, SmallBundle(1), options).error().name();
  };
  EXPECT_EQ(attempt({.actor = "ann", .run_id = std::string(257, 'r')}), "run_id");
  EXPECT_EQ(attempt({.actor = "ann", .pipeline_run = "\xFF"}), "pipeline_run");
  EXPECT_EQ(attempt({.actor = "ann", .datasets = std::vector<std::string>(1001)}), "datasets");
  EXPECT_EQ(attempt({.actor = "ann", .tags = {{"/", ""}}}), "/");
  EXPECT_EQ(attempt({.actor = "ann", .description = std::string(100'001, 'd')}), "description");
}

TEST_F(RegistryTest, DamagedAndMissingFilesAreNamed) {
  const auto version = Register(1);
  const auto path = registry_.BlobPath(version.files.at("model.onnx").digest);
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  ASSERT_TRUE(base::WriteFileAtomic(path, "graph 7"));
  for (const auto& error :
       {registry_->LoadBundle(version).error(), registry_->LoadFile(version, "model.onnx").error()}) {
    EXPECT_EQ(error.code(), base::ErrorCode::kCorrupt);
    EXPECT_EQ(error.name(), "rain/1/model.onnx");
    EXPECT_THAT(error.message(), HasSubstr("file model.onnx of model version rain/1 is damaged"));
  }
  std::filesystem::remove(path);
  EXPECT_EQ(registry_->LoadBundle(version).error().code(), base::ErrorCode::kCorrupt);
  EXPECT_THAT(registry_->LoadBundle(version).error().message(), HasSubstr("is missing"));
  EXPECT_TRUE(registry_->LoadFile(version, "signature.json"));
  EXPECT_THAT(registry_->LoadFile(version, "model.pkl").error().message(), HasSubstr("it has: "));
}

TEST_F(RegistryTest, ListsModelsByNameWithTheirLatestAndAliases) {
  ASSERT_TRUE(registry_->Register(ModelName("snow"), SmallBundle(1), {}));
  Register(1, {.actor = {}, .aliases = {"champion"}});
  registry_.clock().Advance(std::chrono::seconds(1));
  Register(2);
  const auto models = registry_->ListModels().value();
  ASSERT_EQ(models.size(), 2u);
  EXPECT_EQ(models[0].ToJson(), base::Json({{"name", "rain"},
                                            {"created_at", "2013-10-01T00:00:00Z"},
                                            {"updated_at", "2013-10-01T00:00:01Z"},
                                            {"description", ""},
                                            {"tags", base::Json::object()},
                                            {"latest_version", 2},
                                            {"aliases", {{"champion", 1}}}}));
  EXPECT_EQ(models[1].name.value(), "snow");
  EXPECT_EQ(registry_->ListVersions(ModelName("hail")).error().code(), base::ErrorCode::kNotFound);
}

TEST_F(RegistryTest, AnAliasMovesWithTheLargerChangeOrNotAtAll) {
  Register(1, {.actor = {}, .aliases = {"champion"}});
  Register(2);
  const auto promote = [&](bool succeed) {
    return registry_.database().Write([&](store::Transaction& transaction) -> base::Result<void> {
      TRY(registry_->SetAliasIn(transaction, kRain, "champion", 2, "loop"));
      if (!succeed) return base::Unprocessable("the larger change failed");
      return base::Ok();
    });
  };
  EXPECT_FALSE(promote(false));
  EXPECT_EQ(Aliases().at("champion"), 1);
  EXPECT_TRUE(promote(true));
  EXPECT_EQ(Aliases().at("champion"), 2);
}

constexpr int kThreads = 8;

void InThreads(const std::function<void(int)>& work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(work, i);
  for (auto& thread : threads) thread.join();
}

TEST_F(RegistryTest, OfManyRegisteringAtOnceExactlyOneBecomesChampion) {
  std::array<ModelVersion, kThreads> made;
  InThreads([&](int i) {
    made[i] = registry_->Register(kRain, SmallBundle(i), {.actor = "ann", .aliases_if_absent = {"champion"}}).value();
  });
  std::set<int64_t> numbers;
  int champions = 0;
  for (const auto& version : made) {
    numbers.insert(version.ref.version);
    champions += static_cast<int>(version.aliases.size());
    EXPECT_EQ(version.aliases.size(), version.ref.version == 1 ? 1u : 0u);
  }
  EXPECT_EQ(champions, 1);
  EXPECT_EQ(numbers.size(), size_t{kThreads});
  EXPECT_EQ(*numbers.rbegin(), kThreads);
  EXPECT_EQ(Aliases().at("champion"), 1);
}

TEST_F(RegistryTest, OnePipelineRunRetriedFromManySidesMakesOneVersion) {
  std::array<VersionRef, kThreads> made;
  InThreads([&](int i) {
    made[i] = registry_->Register(kRain, SmallBundle(1), {.actor = "ann", .pipeline_run = "p1"}).value().ref;
  });
  EXPECT_EQ(std::set(made.begin(), made.end()).size(), 1u);
  EXPECT_THAT(Refs(), ElementsAre("rain/1"));
}

TEST_F(RegistryTest, WhoResolvesWhileTheAliasMovesGetsOneOrTheOther) {
  Register(1, {.actor = {}, .aliases = {"champion"}});
  Register(2);
  std::atomic<bool> moving = true;
  std::thread promoter([&] {
    for (int i = 0; i < 50; ++i) EXPECT_TRUE(registry_->SetAlias(kRain, "champion", 1 + i % 2, "loop"));
    moving = false;
  });
  while (moving) {
    const auto resolved = registry_->Resolve("rain@champion");
    EXPECT_TRUE(resolved);
    if (!resolved) break;
    EXPECT_THAT(resolved->aliases, ElementsAre("champion"));
  }
  promoter.join();
  EXPECT_EQ(Aliases().at("champion"), 2);
}

TEST_F(RegistryTest, TheAuditTrailTellsWhereAnAliasCameFrom) {
  Register(1, {.actor = {}, .aliases = {"champion"}});
  Register(2, {.actor = {}, .aliases = {"champion"}});
  std::vector<base::Json> details;
  ASSERT_TRUE(registry_.database().Read([&](store::Reader& reader) {
    return reader.Query(
        "SELECT details FROM audit_details JOIN audit_log USING (sequence) WHERE action = 'model_alias_set' "
        "ORDER BY sequence",
        [&](const store::Row& row) -> base::Result<void> {
          details.push_back(TRY(base::ParseJson(row.Text(0), "details")));
          return base::Ok();
        });
  }));
  EXPECT_THAT(details, ElementsAre(base::Json({{"alias", "champion"}, {"to", 1}}),
                                   base::Json({{"alias", "champion"}, {"from", 1}, {"to", 2}})));
}

/// Local blobs on a disk that fills up after some writes.
class FillingBlobStore final : public blob::BlobStore {
 public:
  FillingBlobStore(blob::BlobStore& under, int writes) : under_(under), writes_left_(writes) {}

  base::Result<std::unique_ptr<blob::BlobWriter>> Begin() override {
    if (writes_left_-- <= 0) return base::Error(base::ErrorCode::kIo, "no space left on device");
    return under_.Begin();
  }
  base::Result<bool> Contains(const base::Digest& digest) override { return under_.Contains(digest); }
  base::Result<blob::BlobRef> Stat(const base::Digest& digest) override { return under_.Stat(digest); }
  base::Result<void> Read(const base::Digest& digest,
                          const std::function<base::Result<void>(std::string_view)>& on_chunk) override {
    return under_.Read(digest, on_chunk);
  }
  base::Result<void> Materialize(const base::Digest& digest, const std::filesystem::path& path,
                                 blob::Materialization how) override {
    return under_.Materialize(digest, path, how);
  }
  base::Result<blob::OpenBlob> Open(const base::Digest& digest) override { return under_.Open(digest); }
  base::Result<std::unique_ptr<blob::Collection>> BeginCollection() override { return under_.BeginCollection(); }

 private:
  blob::BlobStore& under_;
  int writes_left_;
};

TEST_F(RegistryTest, NothingIsVisibleOfAVersionWhoseFilesCouldNotAllBeStored) {
  const auto folder = base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-registry-test").value();
  const auto disk = blob::OpenLocalBlobStore(folder.path()).value();
  const auto files = SmallBundle(1).ToFiles().size();
  for (size_t writes = 0; writes < files; ++writes) {
    FillingBlobStore full(*disk, static_cast<int>(writes));
    const auto registry = Registry::Open(registry_.database(), full).value();
    const auto made = registry->Register(kRain, SmallBundle(1), {.actor = "ann", .aliases = {"champion"}});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code(), base::ErrorCode::kIo);
    EXPECT_THAT(made.error().message(), HasSubstr("storing "));
    EXPECT_THAT(registry->ListModels().value(), IsEmpty());
  }
  FillingBlobStore enough(*disk, static_cast<int>(files));
  const auto registry = Registry::Open(registry_.database(), enough).value();
  const auto made = registry->Register(kRain, SmallBundle(1), {}).value();
  EXPECT_EQ(made.ref.ToString(), "rain/1");
  EXPECT_TRUE(registry->LoadBundle(made));
}

TEST_F(RegistryTest, AfterTheDatabaseStoppedEverythingIsUnavailable) {
  const auto version = Register(1);
  registry_.database().Stop();
  EXPECT_EQ(registry_->Resolve("rain").error().code(), base::ErrorCode::kUnavailable);
  EXPECT_EQ(registry_->Register(kRain, SmallBundle(2), {}).error().code(), base::ErrorCode::kUnavailable);
  EXPECT_EQ(registry_->SetAlias(kRain, "champion", 1, "ann").error().code(), base::ErrorCode::kUnavailable);
  EXPECT_TRUE(registry_->LoadBundle(version)) << "files need no database";
}

TEST_F(RegistryTest, SchemaIsTheReleasedOne) {
  const auto golden = base::ReadFile(std::filesystem::path(GYRE_TEST_DATA) / "schema.sql", 1 << 20).value();
  EXPECT_EQ(store::testing::DumpSchema(registry_.database()).value(), golden)
      << "A released migration never changes: add one, and put the dump above into testdata/schema.sql.";
}

}  // namespace
}  // namespace gyre::registry
