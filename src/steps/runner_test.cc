#include "steps/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

#include "steps/project_files.h"
#include "steps/testing/steps_home.h"

namespace gyre::steps {
namespace {

using pipeline::State;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kCsv = "temp,rain\n1,no\n2,yes\n";

/// A pipeline that makes a dataset of a file of the project.
std::string IngestYaml(std::string_view with = "dataset: weather") {
  return fmt::format("    steps:\n      - {{name: ingest, uses: ingest, with: {{file: a.csv, {}}}}}\n", with);
}

class RunnerTest : public ::testing::Test {
 protected:
  /// Why a pipeline with this step after an ingest is not taken.
  std::string Refusal(const std::string& step) {
    const auto saved = home_.Save(IngestYaml() + "      - " + step + "\n", {{"a.csv", kCsv}});
    return saved ? "accepted" : saved.error().message();
  }
  pipeline::RunRecord Run(const std::string& yaml, std::map<std::string, std::string> files = {{"a.csv", kCsv}},
                          const base::Json& params = base::Json::object()) {
    auto run = home_.Run(yaml, std::move(files), params);
    EXPECT_TRUE(run) << run.error().ToString();
    return run.value();
  }
  base::Json Externals(const std::string& uses, const base::Json& with) {
    pipeline::StepSpec step;
    step.uses = uses;
    return home_.runner().Externals(step, with).value();
  }
  /// An artifact step that brings in a bundle of the registry's kind.
  std::string BundleYaml(int seed) {
    pipeline::Artifact artifact{.kind = pipeline::ArtifactKind::kBundle, .files = {}, .facts = {}};
    for (const auto& [name, bytes] : registry::testing::SmallBundle(seed).ToFiles())
      artifact.files[name] = home_.blobs().Put(bytes).value();
    return fmt::format("    steps:\n      - {{name: bundle, uses: artifact, with: {{artifact: {}}}}}\n",
                       base::DumpJson(artifact.ToJson()));
  }

  testing::StepsHome home_;
};

TEST_F(RunnerTest, SaysWhatIsWrongWithAStepBeforeItRuns) {
  EXPECT_EQ(Refusal("{name: b, uses: validate, inputs: {data: ingest.data}, with: {expectations: []}}"), "accepted");
  EXPECT_THAT(Refusal("{name: b, uses: ingst, with: {file: a.csv}}"), HasSubstr("did you mean 'ingest'?"));
  EXPECT_THAT(Refusal("{name: b, uses: frobnicate}"), HasSubstr("there are ingest, validate"));
  EXPECT_THAT(Refusal("{name: b, uses: ingest, with: {file: a.csv, colour: red}}"), HasSubstr("colour"));
  EXPECT_THAT(Refusal("{name: b, uses: ingest, with: {file: b.csv}}"), HasSubstr("reads b.csv, which was not sent"));
  EXPECT_THAT(Refusal("{name: b, uses: validate, with: {expectations: []}}"),
              HasSubstr("needs an input called 'data', like inputs: {data: STEP.OUTPUT}"));
  EXPECT_THAT(Refusal("{name: b, uses: validate, inputs: {data: ingest.data, more: ingest.data}, with: {}}"),
              HasSubstr("takes no input called 'more'"));
  EXPECT_THAT(Refusal("{name: b, uses: ingest, with: {file: a.csv}, outputs: {x: y}}"), HasSubstr("are for commands"));
  EXPECT_THAT(Refusal("{name: b, uses: register, with: {model: a/b}, inputs: {bundle: ingest.data}}"),
              HasSubstr("'a/b' cannot be a model's name"));
}

TEST_F(RunnerTest, NamesAndFilesThatLeadOutOfAStepsFolderAreRefused) {
  EXPECT_EQ(Refusal("{name: b, run: ./x, outputs: {m: out/m.onnx}}"), "accepted");
  EXPECT_THAT(Refusal("{name: b, run: ./x}"), HasSubstr("which files it leaves"));
  EXPECT_THAT(Refusal("{name: b, run: ./x, outputs: {m: ../m.onnx}}"), HasSubstr("'..'"));
  EXPECT_THAT(Refusal("{name: b, run: ./x, outputs: {m: /m.onnx}}"), HasSubstr("relative"));
  EXPECT_THAT(Refusal("{name: b, run: ./x, outputs: {m: m.onnx}, code: [../x]}"), HasSubstr("'..'"));
  EXPECT_THAT(Refusal("{name: b, run: ./x, outputs: {../m: m.onnx}}"), HasSubstr("name of an output"));
  EXPECT_THAT(Refusal("{name: b, uses: transform, inputs: {../../x: ingest.data}, with: {sql: SELECT 1}}"),
              HasSubstr("name of an input"));
  const auto blob = home_.Put("x").ToHex();
  for (const auto* name : {"../../x", "/tmp/x", "a/b", "..", ""}) {
    EXPECT_NE(Refusal(fmt::format("{{name: b, uses: artifact, with: {{artifact: {{kind: files, files: {{'{}': "
                                  "{{sha256: {}, size: 1}}}}}}}}}}",
                                  name, blob)),
              "accepted")
        << name;
  }
}

TEST_F(RunnerTest, RunsABuiltInInAChildAndMakesADatasetOfItsTable) {
  const auto run = Run(IngestYaml());
  ASSERT_EQ(run.state, State::kSucceeded) << run.ToJson();
  const auto version = home_.catalog().Resolve("weather/1").value();
  EXPECT_EQ(version.rows, 2u);
  const auto& artifact = run.steps[0].outputs.at("data");
  EXPECT_EQ(artifact.facts["dataset"], "weather/1");
  EXPECT_EQ(artifact.facts["dataset_version"], version.id.value());
  EXPECT_TRUE(home_.blobs().Contains(artifact.files.at("data.parquet").digest).value());
}

TEST_F(RunnerTest, ATableOfADatasetKnowsItsParents) {
  const auto run =
      Run(IngestYaml() +
          "      - {name: hot, uses: transform, inputs: {w: ingest.data}, with: {sql: SELECT * FROM w WHERE "
          "temp > 1, dataset: hot}}\n"
          "      - {name: parts, uses: split, inputs: {data: ingest.data}, with: {by: [temp], parts: {a: 0.5, b: "
          "0.5}, dataset: parts}}\n");
  ASSERT_EQ(run.state, State::kSucceeded) << run.ToJson();
  const auto parent = home_.catalog().Resolve("weather").value().id;
  EXPECT_THAT(home_.catalog().Resolve("hot").value().parents, ElementsAre(parent));
  EXPECT_THAT(home_.catalog().Resolve("parts.a").value().parents, ElementsAre(parent));
}

TEST_F(RunnerTest, WithoutADatasetNothingIsCatalogued) {
  EXPECT_EQ(Run(IngestYaml("dataset: null")).state, State::kSucceeded);
  EXPECT_EQ(Run(IngestYaml("nulls: []")).state, State::kSucceeded);
  EXPECT_TRUE(home_.catalog().ListDatasets().value().empty());
}

TEST_F(RunnerTest, WhatWasDoneIsNotDoneAgainAndWhatChangedIsNamed) {
  ASSERT_FALSE(Run(IngestYaml()).steps[0].cached);
  EXPECT_TRUE(Run(IngestYaml()).steps[0].cached);
  const auto changed = Run(IngestYaml(), {{"a.csv", "temp,rain\n9,no\n"}});
  EXPECT_FALSE(changed.steps[0].cached);
  EXPECT_THAT(changed.steps[0].changed, ElementsAre("files.a.csv"));
  EXPECT_EQ(home_.catalog().Resolve("weather").value().number, 2);
  EXPECT_THAT(Run(IngestYaml("dataset: other"), {{"a.csv", "temp,rain\n9,no\n"}}).steps[0].changed,
              Contains("with.dataset"));
}

TEST_F(RunnerTest, AFailedGateKeepsItsReportAndStopsWhatStandsOnIt) {
  const auto run =
      Run(IngestYaml() +
          "      - {name: check, uses: validate, inputs: {data: ingest.data}, with: {expectations: [{column: "
          "temp, between: [0, 1]}]}}\n"
          "      - {name: later, uses: transform, inputs: {w: ingest.data}, after: [check], with: {sql: SELECT 1 "
          "AS a FROM w}}\n");
  EXPECT_EQ(run.state, State::kFailed);
  EXPECT_THAT(run.error->message(), HasSubstr("step 'check': 1 of 1 expectations do not hold"));
  EXPECT_EQ(run.Find("check")->outputs.at("report").facts["passed"], false);
  EXPECT_EQ(run.Find("later")->state, State::kSkipped);
}

TEST_F(RunnerTest, AStepThatBrokeSaysWhyAndKeepsWhatItPrinted) {
  const auto run = Run(IngestYaml(), {{"a.csv", ""}});
  EXPECT_EQ(run.state, State::kFailed);
  ASSERT_TRUE(run.steps[0].error);
  EXPECT_FALSE(run.steps[0].log.empty());
  EXPECT_THAT(run.steps[0].log, HasSubstr(run.steps[0].error->message()));
}

TEST_F(RunnerTest, ParametersThatARunOverridesAreCheckedInTheStep) {
  const std::string yaml = "    params: {name: weather}\n" + IngestYaml("dataset: \"${params.name}\"");
  EXPECT_EQ(Run(yaml, {{"a.csv", kCsv}}, {{"name", 5}}).state, State::kFailed);
  EXPECT_EQ(Run(yaml, {{"a.csv", kCsv}}, {{"name", "../x"}}).state, State::kFailed);
  EXPECT_EQ(Run(yaml, {{"a.csv", kCsv}}, {{"name", base::Json::object()}}).state, State::kFailed);
  EXPECT_EQ(Run(yaml).state, State::kSucceeded);
}

TEST_F(RunnerTest, RegistersABundleAndDeploysIt) {
  const auto run =
      Run(BundleYaml(9) +
          "      - {name: register, uses: register, inputs: {bundle: bundle.data}, with: {model: snow, tags: {by: "
          "hand, n: 3}}}\n"
          "      - {name: deploy, uses: deploy, inputs: {version: register.version}, with: {endpoint: snow}}\n");
  ASSERT_EQ(run.state, State::kSucceeded) << run.ToJson();
  const auto version = home_.releases().registry().Resolve("snow@champion").value();
  EXPECT_EQ(version.ref.ToString(), "snow/1");
  EXPECT_EQ(version.tags.at("by"), "hand");
  EXPECT_EQ(version.tags.at("n"), "3");
  EXPECT_EQ(run.Find("register")->outputs.at("version").facts["ref"], "snow/1");
  EXPECT_EQ(home_.releases()->Get(serve::EndpointName("snow")).value().champion, version.ref);
  EXPECT_TRUE(
      Run(BundleYaml(9) +
          "      - {name: register, uses: register, inputs: {bundle: bundle.data}, with: {model: snow, tags: {by: "
          "hand, n: 3}}}\n"
          "      - {name: deploy, uses: deploy, inputs: {version: register.version}, with: {endpoint: snow}}\n")
          .Find("deploy")
          ->cached);
}

TEST_F(RunnerTest, FactsGivenByHandCanBreakAStepButNotTheServer) {
  const auto value = [](std::string_view facts) {
    return fmt::format(
        "    steps:\n      - {{name: made, uses: artifact, with: {{artifact: {{kind: value, facts: {}}}}}}}\n", facts);
  };
  const std::string deploy =
      "      - {name: deploy, uses: deploy, inputs: {version: made.data}, with: {endpoint: snow}}\n";
  for (const auto* facts : {"{ref: 5}", "{ref: [a]}", "{}", "{ref: nonsense}", "{ref: snow/99}"})
    EXPECT_EQ(Run(value(facts) + deploy).state, State::kFailed) << facts;
  EXPECT_THAT(
      Run(value("{}") + "      - {name: register, uses: register, inputs: {bundle: made.data}, with: {model: snow}}\n")
          .error->message(),
      HasSubstr("needs an input 'bundle' that is a bundle"));
}

TEST_F(RunnerTest, AnArtifactGivenByHandMustNameBlobsThatAreThere) {
  const auto run =
      Run(fmt::format("    steps:\n      - {{name: made, uses: artifact, with: {{artifact: {{kind: files, files: "
                      "{{x: {{sha256: {}, size: 1}}}}}}}}}}\n",
                      base::Sha256Of(std::string_view("never sent")).ToHex()));
  ASSERT_EQ(run.state, State::kFailed) << run.ToJson();
  EXPECT_EQ(run.steps[0].error->code(), base::ErrorCode::kNotFound);
}

TEST_F(RunnerTest, WhatAStepStandsForNowIsPartOfItsKey) {
  auto& registry = home_.releases().registry();
  const registry::ModelName rain("rain");
  ASSERT_TRUE(registry.SetAlias(rain, "champion", 1, "ann"));
  const base::Json test = {{"champion", "rain@champion"}};
  const auto before = Externals("test", test);
  ASSERT_TRUE(registry.SetAlias(rain, "champion", 2, "ann"));
  EXPECT_NE(Externals("test", test), before);
  EXPECT_EQ(Externals("test", {{"champion", nullptr}}), base::Json::object());

  EXPECT_EQ(Externals("deploy", {{"endpoint", "rain"}})["deployed"], nullptr);
  ASSERT_TRUE(home_.releases()->Deploy(release::testing::kRain, release::testing::Rain(1), "ann"));
  EXPECT_EQ(Externals("deploy", {{"endpoint", "rain"}})["deployed"], "rain/1");

  base::Json extend = {{"endpoint", "rain"}, {"until", "2013-12-01"}, {"label", "rain"}, {"event_time", "t"}};
  const auto log = Externals("extend", extend);
  home_.releases().AddEqual(3);
  EXPECT_NE(Externals("extend", extend), log);
  extend["until"] = nullptr;
  EXPECT_EQ(Externals("extend", extend), base::Json::object());

  Run(IngestYaml());
  const auto first = Externals("dataset", {{"dataset", "weather"}});
  Run(IngestYaml(), {{"a.csv", "temp,rain\n9,no\n"}});
  EXPECT_NE(Externals("dataset", {{"dataset", "weather"}}), first);
}

TEST_F(RunnerTest, ACancelledRunEndsItsChild) {
  const auto snapshot = home_.Save("    steps:\n      - {name: long, run: sleep 60, outputs: {x: x.txt}}\n").value();
  const auto started =
      home_.executor().Start({.snapshot = snapshot.id, .pipeline = pipeline::PipelineName("p"), .until = ""}).value();
  const auto begun = std::chrono::steady_clock::now();
  while (home_.executor().Get(started.id).value().steps[0].state != State::kRunning)
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  ASSERT_TRUE(home_.executor().Cancel(started.id));
  const auto run = home_.Finish(started).value();
  EXPECT_EQ(run.state, State::kCancelled);
  EXPECT_EQ(run.steps[0].state, State::kCancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
}

TEST_F(RunnerTest, AStepThatRunsOverItsTimeIsStopped) {
  const auto run = Run("    steps:\n      - {name: long, run: sleep 60, outputs: {x: x.txt}, timeout_seconds: 1}\n");
  EXPECT_EQ(run.state, State::kFailed);
  EXPECT_THAT(run.error->message(), HasSubstr("ran over its time"));
}

TEST_F(RunnerTest, ProjectFilesAreThoseThatStepsRead) {
  const auto files = [](const std::string& yaml) {
    return ProjectFiles(base::ParseYaml("pipelines:\n  p:\n" + yaml, "yaml").value());
  };
  EXPECT_THAT(files("    params: {f: b.csv}\n    steps:\n"
                    "      - {name: a, uses: ingest, with: {file: \"${params.f}\"}}\n"
                    "      - {name: t, uses: transform, inputs: {w: a.data}, with: {sql: sql/t.sql}}\n"
                    "      - {name: c, run: ./x, code: [train.py], outputs: {m: m.onnx}}\n")
                  .value(),
              ElementsAre("b.csv", "gyre.yaml", "sql/t.sql", "train.py"));
  // A project that was cloned must not have the sender's own files sent.
  for (const auto* file : {"../../.ssh/id_rsa", "/etc/passwd", "a/../../b", ".netrc"})
    EXPECT_FALSE(files(fmt::format("    steps:\n      - {{name: a, uses: ingest, with: {{file: {}}}}}\n", file)))
        << file;
}

/// Steps whose child is a shell script: `$2` is the folder it runs in.
class HostileChildTest : public ::testing::Test {
 protected:
  pipeline::RunRecord Run(const std::string& script) {
    const auto path = folder_.path() / "gyre";
    EXPECT_TRUE(base::WriteFileAtomic(path, "#!/bin/sh\ncd \"$2\"\n" + script + "\n"));
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    testing::StepsHome home(path);
    return home.Run(IngestYaml(), {{"a.csv", kCsv}}).value();
  }
  static std::string Leave(std::string_view outputs) {
    return fmt::format("echo '{{\"figures\": {{}}, \"outputs\": {}}}' > result.json", outputs);
  }

  base::TempFolder folder_ = base::TempFolder::Make(std::filesystem::temp_directory_path(), "gyre-hostile").value();
};

TEST_F(HostileChildTest, FilesOutsideItsFolderAreNotTaken) {
  ASSERT_TRUE(base::WriteFileAtomic(folder_.path() / "secret", "secret"));
  const auto secret = (folder_.path() / "secret").string();
  const std::vector<std::string> scripts = {
      Leave(fmt::format(R"({{"x": {{"kind": "files", "files": {{"a": "{}"}}}}}})", secret)),
      Leave(R"({"x": {"kind": "files", "files": {"a": "../../../../../../etc/passwd"}}})"),
      fmt::format("ln -s {} link; ", secret) + Leave(R"({"x": {"kind": "files", "files": {"a": "link"}}})"),
      "mkdir d; " + Leave(R"({"x": {"kind": "files", "files": {"a": "d"}}})"),
      "mkfifo pipe; " + Leave(R"({"x": {"kind": "files", "files": {"a": "pipe"}}})"),
      Leave(R"({"x": {"kind": "files", "files": {"a": "/dev/zero"}}})"),
      Leave(R"({"x": {"kind": "files", "files": {"a": "never-written"}}})"),
  };
  for (const auto& script : scripts) {
    const auto run = Run(script);
    EXPECT_EQ(run.state, State::kFailed) << script;
    EXPECT_THAT(run.error->message(), HasSubstr("did not leave it in its folder")) << script;
  }
}

TEST_F(HostileChildTest, ResultsThatAreNoneFailTheStep) {
  for (
      const std::string script :
      {"true", "echo '{' > result.json", "echo '[]' > result.json", "mkdir result.json", "rm -rf .",
       R"(echo '{"outputs": {"data": {"kind": "table", "files": {}}}}' > result.json)",
       R"(echo 1 > t; echo '{"outputs": {"data": {"kind": "table", "facts": {"rows": -1}, "files": {"t": "t"}}}}' > result.json)",
       "yes '[' | head -c 100000 > result.json"}) {
    EXPECT_EQ(Run(script).state, State::kFailed) << script;
  }
}

TEST_F(HostileChildTest, ACrashIsTheStepsAndItsLastWordsAreKept) {
  auto run = Run("echo first; echo 'last words' >&2; kill -SEGV $$");
  EXPECT_EQ(run.state, State::kFailed);
  EXPECT_THAT(run.error->message(), HasSubstr("killed by signal 11"));
  EXPECT_THAT(run.error->message(), HasSubstr("it last said: last words"));
  EXPECT_EQ(run.steps[0].log, "first\nlast words\n");
  run = Run("printf '\\377\\376 bad bytes\\n'; exit 7");
  EXPECT_THAT(run.error->message(), HasSubstr("exited with code 7; it last said: ?? bad bytes"));
}

TEST_F(HostileChildTest, OfALongLogTheEndIsKept) {
  const auto run = Run("yes 'ünicode line' | head -n 20000; echo the end; exit 1");
  EXPECT_LT(run.steps[0].log.size(), 70'000u);
  EXPECT_TRUE(run.steps[0].log.starts_with("...\n"));
  EXPECT_TRUE(run.steps[0].log.ends_with("ünicode line\nthe end\n"));
}

TEST_F(HostileChildTest, EventsThatAreNoneAreOnlyLogged) {
  EXPECT_EQ(Run("echo nonsense >&3; echo '{\"trial\": 5}' >&3; echo '{\"progress\": \"x\"}' >&3; " + Leave("{}")).state,
            State::kSucceeded);
}

}  // namespace
}  // namespace gyre::steps
