#include "targets/local_target.h"

#include <cstdio>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/testing/seeded_entropy.h"
#include "model/executor.h"
#include "model/graph_signature.h"
#include "registry/testing/temp_registry.h"
#include "serve/predictor.h"

namespace gyre::targets {
namespace {

using base::ErrorCode;
using ::testing::HasSubstr;

/// A scikit-learn pipeline of three numbers and a category (tests/golden/onnx.py), with its own answers as golden rows.
model::Bundle PipelineBundle() {
  onnx::Runtime runtime;
  model::Bundle bundle;
  const auto path = std::filesystem::path(GYRE_SOURCE_DIR) / "src/onnx/testdata/pipeline.onnx";
  bundle.onnx = base::ReadFile(path, 1 << 20).value();
  bundle.signature = model::SignatureFromGraph(onnx::Graph::Parse(bundle.onnx).value()).value();
  for (const auto& feature : bundle.signature.inputs) {
    model::FeatureColumn column{.name = feature.name, .type = feature.type, .numbers = {}, .categories = {}};
    if (feature.type == model::FeatureType::kNumber) column.numbers = {1, 2};
    if (feature.type == model::FeatureType::kCategory) column.categories = {"a", "b"};
    bundle.golden.features.columns.push_back(column);
  }
  const auto executor = model::Executor::Load(runtime, bundle.onnx, bundle.signature).value();
  const auto answers = executor->Predict(bundle.golden.features).value();
  for (const auto label : answers.labels) {
    bundle.golden.labels.push_back(bundle.signature.classes[static_cast<size_t>(label)]);
  }
  bundle.golden.probabilities = answers.probabilities;
  return bundle;
}

class NoLog final : public serve::PredictionSink {
 public:
  bool Offer(const serve::PredictionBatch&) override { return true; }
};

class LocalTargetTest : public ::testing::Test {
 protected:
  registry::VersionRef Register(const model::Bundle& bundle) {
    return registry_->Register(registry::ModelName("rain"), bundle, {.pipeline_run = std::to_string(++runs_)})
        .value()
        .ref;
  }
  std::unique_ptr<LocalTarget> Target(const std::filesystem::path& program = "/proc/self/exe", int64_t seconds = 60) {
    return std::make_unique<LocalTarget>(
        LocalTarget::Options{.program = program == "/proc/self/exe" ? std::filesystem::read_symlink(program) : program,
                             .work_folder = folder_.path() / "work",
                             .probe_seconds = seconds},
        LocalTarget::Deps{*registry_, endpoints_, runtime_, children_, log_});
  }
  /// A program that does as the script says; each run leaves a line in `runs`.
  std::filesystem::path Script(const std::string& script) {
    const auto path = folder_.path() / "program";
    std::ofstream(path) << "#!/bin/sh\necho run >> " << (folder_.path() / "runs").string() << "\n" << script << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
  }
  size_t Runs() {
    const auto text = base::ReadFile(folder_.path() / "runs", 1 << 20).value_or(std::string());
    return static_cast<size_t>(std::ranges::count(text, '\n'));
  }
  std::string Refusal(const std::string& script, int64_t seconds = 60) {
    const auto probed = Target(Script(script), seconds)->Probe(Register(PipelineBundle()));
    if (probed) return "was accepted";
    EXPECT_EQ(probed.error().code(), ErrorCode::kUnprocessable);
    EXPECT_EQ(probed.error().name(), "rain/" + std::to_string(runs_));
    EXPECT_THAT(probed.error().message(),
                HasSubstr(probed.error().name() + " was tried in a process of its own and refused: "));
    return probed.error().message().substr(probed.error().message().find("refused: ") + 9);
  }
  base::Json Predict(const std::string& body) {
    NoLog log;
    serve::Predictor predictor({}, {endpoints_, log, clock_, entropy_});
    std::string answer;
    const auto done = predictor.PredictJson("rain", body, {}, answer);
    EXPECT_TRUE(done) << done.error().ToString();
    return done ? base::Json::parse(answer) : base::Json();
  }

  base::TempFolder folder_ =
      base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-targets-test").value();
  registry::testing::TempRegistry registry_;
  base::Metrics metrics_;
  serve::Endpoints endpoints_{metrics_};
  onnx::Runtime runtime_;
  proc::ChildRunner children_;
  base::Logger log_{{.level = base::LogLevel::kOff}};
  base::SystemClock clock_;
  base::testing::SeededEntropy entropy_{3};
  int runs_ = 0;
  const serve::EndpointName rain_{"rain"};
};

TEST_F(LocalTargetTest, AVersionThatAnswersItsGoldenRowsPasses) {
  const auto probed = Target()->Probe(Register(PipelineBundle()));
  EXPECT_TRUE(probed) << probed.error().ToString();
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path() / "work")) << "the probe's files are gone";
}

TEST_F(LocalTargetTest, OneThatAnswersThemDifferentlyIsRefusedInTheChildsWords) {
  auto bundle = PipelineBundle();
  bundle.golden.probabilities.values[3] += 0.01F;
  const auto error = Target()->Probe(Register(bundle)).error();
  EXPECT_EQ(error.code(), ErrorCode::kUnprocessable);
  EXPECT_THAT(error.message(), HasSubstr("rain/1 was tried in a process of its own and refused: golden row 1: "));
}

TEST_F(LocalTargetTest, ABrokenGraphIsRefused) {
  auto bundle = PipelineBundle();
  bundle.onnx.resize(bundle.onnx.size() / 2);
  EXPECT_EQ(Target()->Probe(Register(bundle)).error().code(), ErrorCode::kUnprocessable);
}

TEST_F(LocalTargetTest, SaysHowTheChildEnded) {
  EXPECT_EQ(Refusal("kill -SEGV $$"), "it was killed by signal 11 (Segmentation fault)");
  EXPECT_EQ(Refusal("echo cannot open libx >&2; exit 127"),
            "it exited with code 127; its last words: cannot open libx");
  EXPECT_EQ(Refusal("sleep 30", 1), "it had not loaded and answered after 1 s");
  EXPECT_EQ(Refusal("echo \"terminate called after throwing an instance of 'std::bad_alloc'\"; kill -ABRT $$"),
            "it needs more than the 4.3 GB of memory it may have");
  EXPECT_EQ(Refusal("echo noise; printf '{\\n  \"message\": \"graph has no inputs\"\\n}\\n'; exit 1"),
            "graph has no inputs");
}

TEST_F(LocalTargetTest, TheChildGetsTheFilesOfTheBundleAndAMemoryLimit) {
  EXPECT_EQ(Refusal("echo $1 $(ls $2 | tr '\\n' ' ') $(ulimit -v); exit 1"),
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
            "it exited with code 1; its last words: probe golden.json model.onnx "
            "signature.json unlimited"
#else
            "it exited with code 1; its last words: probe golden.json model.onnx "
            "signature.json 4194304"
#endif
  );
}

TEST_F(LocalTargetTest, AProvenBundleIsNotTriedAgainWhateverItsVersion) {
  const auto target = Target(Script("exit 0"));
  const auto first = Register(PipelineBundle());
  ASSERT_TRUE(target->Probe(first));
  ASSERT_TRUE(target->Probe(first));
  ASSERT_TRUE(target->Probe(Register(PipelineBundle())));
  EXPECT_EQ(Runs(), 1u);
  auto other = PipelineBundle();
  other.card = "# Another\n";
  ASSERT_TRUE(target->Probe(Register(other)));
  EXPECT_EQ(Runs(), 2u);
}

TEST_F(LocalTargetTest, ARefusedBundleIsTriedAgain) {
  const auto target = Target(Script("exit 1"));
  const auto version = Register(PipelineBundle());
  EXPECT_FALSE(target->Probe(version));
  EXPECT_FALSE(target->Probe(version));
  EXPECT_EQ(Runs(), 2u);
}

TEST_F(LocalTargetTest, StoppingEndsAProbe) {
  const auto target = Target(Script("sleep 30"));
  const auto version = Register(PipelineBundle());
  std::thread stopper([&] {
    while (Runs() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    target->Stop();
  });
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(target->Probe(version).error().code(), ErrorCode::kCancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  stopper.join();
}

TEST_F(LocalTargetTest, AMissingVersionOrProgramIsAnErrorOfItsOwn) {
  const registry::VersionRef missing{.model = registry::ModelName("rain"), .version = 7};
  EXPECT_EQ(Target()->Probe(missing).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(Target()->Apply(rain_, {.champion = missing}).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(Target("/no/such/program")->Probe(Register(PipelineBundle())).error().name(), "/no/such/program");
}

TEST_F(LocalTargetTest, ServesWhatIsAppliedAndSharesWhatIsLoaded) {
  const auto target = Target();
  const auto champion = Register(PipelineBundle());
  const auto candidate = Register(PipelineBundle());
  ASSERT_TRUE(target->Apply(rain_, {.champion = champion}));
  const auto loaded = endpoints_.RoutingOf(rain_).value().champion;
  base::Json row;
  for (const auto& feature : loaded->signature().inputs) {
    row[feature.name] = feature.type == model::FeatureType::kNumber ? base::Json(1) : base::Json("a");
  }
  const auto answer = Predict(row.dump());
  EXPECT_EQ(answer["model_version"], "rain/1");
  EXPECT_EQ(answer["predictions"][0]["label"], PipelineBundle().golden.labels[0]);

  ASSERT_TRUE(target->Apply(rain_, {.champion = champion, .candidate = candidate, .candidate_share = 0.25}));
  const auto routing = endpoints_.RoutingOf(rain_).value();
  EXPECT_EQ(routing.champion, loaded) << "loaded a second time";
  EXPECT_EQ(routing.candidate->version(), candidate);
  EXPECT_EQ(routing.candidate_share, 0.25);

  ASSERT_TRUE(target->Apply(rain_, {.champion = candidate}));
  EXPECT_EQ(endpoints_.RoutingOf(rain_).value().candidate, nullptr);
  ASSERT_TRUE(target->Remove(rain_));
  EXPECT_EQ(target->Remove(rain_).error().code(), ErrorCode::kNotFound);
}

TEST_F(LocalTargetTest, OldModelsAreFreed) {
  const auto target = Target();
  const auto first = Register(PipelineBundle());
  const auto second = Register(PipelineBundle());
  ASSERT_TRUE(target->Apply(rain_, {.champion = first}));
  const std::weak_ptr<const serve::LoadedModel> watch = endpoints_.RoutingOf(rain_).value().champion;
  ASSERT_FALSE(watch.expired());
  ASSERT_TRUE(target->Apply(rain_, {.champion = second}));
  EXPECT_TRUE(watch.expired());
}

TEST_F(LocalTargetTest, AVersionThatDoesNotLoadChangesNothing) {
  const auto target = Target();
  const auto good = Register(PipelineBundle());
  auto bundle = PipelineBundle();
  bundle.golden.probabilities.values[0] += 0.01F;
  const auto bad = Register(bundle);
  ASSERT_TRUE(target->Apply(rain_, {.champion = good}));
  const auto refused = target->Apply(rain_, {.champion = good, .candidate = bad, .candidate_share = 1});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("loading rain/2: golden row 0: "));
  EXPECT_EQ(endpoints_.RoutingOf(rain_).value().champion->version(), good);
  EXPECT_EQ(endpoints_.RoutingOf(rain_).value().candidate, nullptr);
}

TEST(ProbeBundle, SaysWhatItFound) {
  const auto folder = base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-targets-test").value();
  ASSERT_TRUE(model::WriteBundle(PipelineBundle(), folder.path() / "bundle"));
  const auto found = ProbeBundle(folder.path() / "bundle").value();
  EXPECT_EQ(found["golden_rows"], 2);
  EXPECT_GT(found["row_cost_us"], 0.0);
  EXPECT_THAT(ProbeBundle(folder.path() / "nothing").error().message(), HasSubstr("model.onnx"));
}

/// What `gyre probe FOLDER` does.
int ProbeAsTheProgramDoes(const char* folder) {
  const auto probed = ProbeBundle(folder);
  if (!probed) std::puts(base::PrettyJson({{"message", probed.error().message()}}).c_str());
  return probed ? 0 : 1;
}

}  // namespace
}  // namespace gyre::targets

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "probe") return gyre::targets::ProbeAsTheProgramDoes(argv[2]);
  ::testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
